"""VS Code snippets, compared with an independent expander and the portable subset."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.errors import FormatError, VerificationError
from seedblock.rendering.model import FILE, RenderedFile, Snippet
from seedblock.rendering.targets import vscode
from tests.support.editor_samples import SELECTIONS, surrounded
from tests.support.expanders import expand_snippet, surround_snippet
from tests.support.processes import ROOT
from tests.support.samples import LEVEL, NAMES, SCOPE, SEED, SNIPPET, filled, snippets, texts, typed

REFUSED = re.compile(r"^ *\t|\r", re.MULTILINE)


def json_of(snippet: Snippet) -> str:
    (file,) = vscode.render([snippet])
    assert file.path == "vscode/seedblock.code-snippets"
    return file.text


def body_of(*body: object) -> list[str]:
    lines = json.loads(json_of(Snippet("demo", "Demo", "d", body)))["Demo"]["body"]  # type: ignore[arg-type]
    assert isinstance(lines, list)
    return lines


ESCAPES = [
    (("$",), [r"\$$0"]),
    (("${1:x}",), [r"\${1:x\}$0"]),
    (("a\\n",), [r"a\\n$0"]),
    (("{x}",), [r"{x\}$0"]),
    (("a\n",), ["a", "$0"]),
    (("if a:\n        b\n      c\n",), ["if a:", "\t\tb", "\t  c", "$0"]),
    (("a    b",), ["a    b$0"]),
    ((SEED, "0", SEED, SEED, "1"), ["${1:2020}0${1}${1}1$0"]),
    (("    ", LEVEL, NAMES), [r"""	${1:seeds}${2:{'a': "\$\\\\"\}}$0"""]),
]


@pytest.mark.parametrize(("body", "lines"), ESCAPES)
def test_body(body: tuple[object, ...], lines: list[str]) -> None:
    r"""`\`, `$` and `}` are escaped, four leading spaces become a tab, and a repeated field has no default."""
    assert body_of(*body) == lines


def test_entry() -> None:
    """The entry is offered in Python files under its abbreviation, in strict JSON."""
    entry = json.loads(json_of(SNIPPET))["Demo"]
    assert {name: entry[name] for name in ("prefix", "scope", "description")} == {
        "prefix": "demo",
        "scope": "python",
        "description": SNIPPET.description,
    }
    assert entry.keys() == {"prefix", "scope", "description", "body"}
    assert json.loads(vscode.show(SNIPPET).text) == {"Demo": entry}


def test_entry_of_a_whole_file() -> None:
    """A whole file is offered as a file template, and under its abbreviation."""
    entry = json.loads(json_of(SNIPPET._replace(form=FILE)))["Demo"]
    assert entry["isFileTemplate"] is True
    assert entry["prefix"] == "demo"


def test_the_module_is_the_last_stop() -> None:
    """The caret goes to the call first, although the import is above it."""
    assert json.loads(json_of(SCOPE))["Scope"]["body"] == [
        "from ${3:seeding} import f",
        "",
        "with f(${1:2020}):",
        "\t" + r"""${2:{'a': "\$\\\\"\}}""",
        "$0",
    ]


def test_entry_for_a_selection() -> None:
    """It has the variable for selected code, and no prefix, so it is not offered while typing."""
    entries = json.loads(json_of(SCOPE))
    assert entries.keys() == {"Scope", "Scope around the selection"}
    assert entries["Scope around the selection"] == {
        "scope": "python",
        "description": "The selected code inside the call of scope",
        "body": ["from ${2:seeding} import f", "", "with f(${1:2020}):", "\t${TM_SELECTED_TEXT}$0"],
    }
    (file,) = vscode.render([SCOPE])
    assert vscode.expand(file) == vscode.expected([SCOPE]) != {}
    assert vscode.expected([SCOPE])["Scope around the selection"] == "from seeding import f\n\nwith f(2020):\n    "


@pytest.mark.parametrize("case", SELECTIONS)
def test_around_a_selection(case: str) -> None:
    """Each line of the selected code is indented one level deeper than it was, in a file with any indentation."""
    selected, blanks, unit = SELECTIONS[case]
    text = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")
    found = surround_snippet(
        text, "Seed scope around the selection", selected, {"seed_value": "7"}, line=blanks, unit=unit
    )
    assert found == surrounded(selected, blanks, unit, "7")


@given(snippets())
def test_expands_to_what_was_meant(snippet: Snippet) -> None:
    """Any text expands to the code in a file indented by four spaces, with defaults or typed values.

    A carriage return, or a tab at the start of a line, would be changed by VS Code's indentation and is refused.
    """
    if any(map(REFUSED.search, texts(snippet))):
        with pytest.raises(FormatError, match=r"one level of indentation|a line end"):
            vscode.render([snippet])
        return
    (file,) = vscode.render([snippet])
    assert expand_snippet(file.text, "demo") == snippet.code
    assert vscode.expand(file) == {"demo": snippet.code}
    assert expand_snippet(file.text, "demo", typed(snippet), tuple(typed(snippet))) == filled(snippet)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t ")))
def test_any_default_is_escaped(default: str) -> None:
    """Any default is inserted unchanged."""
    assert (
        expand_snippet(json_of(Snippet("demo", "Demo", "d", ("x", SEED._replace(default=default)))), "demo")
        == "x" + default
    )


@pytest.mark.parametrize(
    "body", ["$TM_FILENAME", "${TM_SELECTED_TEXT}", "${1|a,b|}", "${1/a/b/}", "$", "a}b", "$1", "$0 x", "${1:${2:x}}"]
)
def test_expand_refuses_what_is_not_portable(body: str) -> None:
    """A choice, variable, transform, nesting or bare `$` is refused; the selection too, in an entry with a prefix."""
    text = json.dumps({"demo": {"prefix": "demo", "body": [body]}})
    with pytest.raises(VerificationError, match="portable subset"):
        vscode.expand(RenderedFile("x", text))
