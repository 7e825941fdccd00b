"""The README and the docs are current: blocks, commands, links and names of tests."""

import ast
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from seedblock.cli import COMMANDS
from tests.support.processes import ROOT
from tools.blocks import PAGES, meant, shown

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
BLOCKS = [(page, name) for page in PAGES for name in shown(page)]


def defined_tests() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    return {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.MULTILINE)}


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes from the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "name"), [pytest.param(*block, id=f"{block[0].name}-{block[1]}") for block in BLOCKS])
def test_block(page: Path, name: str) -> None:
    """A block equals the file that it shows, or what its command prints on a terminal of 80 columns."""
    assert shown(page)[name] == meant(name), "run `python -m tools.blocks` to update"


def test_every_command_is_shown() -> None:
    """docs/cli.md has a row for each command, and the README the first snippet of its first table."""
    assert set(COMMANDS) <= set(re.findall(r"^\| \[`(\w+)`\]\(", TEXTS["docs/cli.md"], flags=re.MULTILINE))
    assert "snippets/python/seedall.py" in shown(ROOT / "README.md")


def calls(text: str) -> list[tuple[str, list[str]]]:
    """List the calls of seedblock that a page shows: the command, and the options before those of a script."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    code = "\n".join([*(block for kind, block in blocks if kind == "sh"), *re.findall(r"`([^`]+)`", prose)])
    found = re.findall(r"(?:^|[('\"]|&& )seedblock ([a-z]\w*)([^&|;()\n]*)", code, flags=re.MULTILINE)
    return [(command, re.findall(r"(?<!\S)--?[a-z][\w-]*", rest.partition(" -- ")[0])) for command, rest in found]


def unknown_calls(text: str, options: Mapping[str, Collection[str]]) -> set[str]:
    """Name the commands and options in the calls of a page that do not exist. options: those of each command."""
    named = {(command, option) for command, given in calls(text) for option in ("", *given)}
    return {" ".join(pair).strip() for pair in named if pair[1] not in options.get(pair[0], ())}


@pytest.fixture(scope="module")
def options() -> Mapping[str, Collection[str]]:
    """The options of each command, as its help names them."""
    return {
        name: {"", *re.findall(r"(?<![\w-])--?[a-z][\w-]*", meant(f"seedblock {name} --help"))} for name in COMMANDS
    }


@pytest.mark.parametrize("name", TEXTS)
def test_calls_are_possible(name: str, options: Mapping[str, Collection[str]]) -> None:
    """Each command and option in a call of seedblock that a page shows exists."""
    assert unknown_calls(TEXTS[name], options) == set()


def test_an_impossible_call_is_noticed(options: Mapping[str, Collection[str]]) -> None:
    """The control: a command that is mistyped, an option that another command has; not an option of the script."""
    prose = "`seedblock rendr`, for which seedblock is made, `as seedblock wrote it`, and `seedblock list --check`.\n"
    page = f"{prose}```sh\npipx install . && seedblock twice --fast -- a.py --epochs 1\n```\n```text\nseedblock wrote it\n```\n"
    assert unknown_calls(page, options) == {"rendr", "list --check", "twice --fast"}


def test_the_two_commands() -> None:
    """Two marked commands of one line each set everything up; the first needs neither torch nor NumPy."""
    commands = re.findall(r"<!-- command \d -->\n```sh\n(.*)\n```\n", README)
    assert len(commands) == 2
    assert "test" not in commands[0]
    assert "-c tests/constraints.txt" in commands[1]


def test_readme_is_short_and_can_be_found() -> None:
    """The README has at most 130 lines, and the words that people search for."""
    assert len(README.splitlines()) <= 130
    words = ("reproducible", "reproducibility", "PyTorch", "DataLoader", "num_workers", "seed")
    assert [word for word in words if word not in README.lower() and word not in README] == []


def test_docs_are_short() -> None:
    """All pages below docs/ have at most 10,000 words in all."""
    assert sum(len(text.split()) for name, text in TEXTS.items() if name.startswith("docs/")) <= 10_000


def test_every_page_is_linked() -> None:
    """The README links to every page, or to one that does."""
    linked = {name: set(re.findall(r"\]\((?:docs/)?([\w-]+\.md)", text)) for name, text in TEXTS.items()}
    near = linked["README.md"].union(*(linked.get(f"docs/{page}", set()) for page in linked["README.md"]))
    assert [name for name in TEXTS if name != "README.md" and Path(name).name not in near] == []


def test_named_tests_exist() -> None:
    """Each test that a page names exists."""
    named = {name for text in TEXTS.values() for name in re.findall(r"`(test_\w+)`", text)}
    assert named
    assert sorted(named - defined_tests()) == []


def unclaimed(source: str) -> list[str]:
    """Name the test functions in this source that have no docstring."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)]


def test_every_test_states_its_claim() -> None:
    """Every test function has a docstring; one without it is noticed."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    missing = [f"{path.relative_to(ROOT)}: {name}" for path in files for name in unclaimed(path.read_text("utf-8"))]
    assert not missing, f"say in a docstring what these prove: {missing}"
    assert unclaimed('def test_a():\n    """A claim."""\n\n\ndef test_b():\n    pass\n') == ["test_b"]


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    """Each relative link names a file that exists, and each anchor a heading on that page."""
    page = ROOT / name
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[name]):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []
