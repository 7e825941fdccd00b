"""What CONTRIBUTING.md says of a new snippet or target: whatever is missing fails with a message that names the file."""

import re
from collections.abc import Mapping

import pytest

from seedblock.rendering import targets
from seedblock.rendering.model import BLOCK, Snippet
from tests.support.editor_samples import SNIPPETS
from tests.support.processes import ROOT

CHECKS = ROOT / "tests/behaviour/checks"
CHECKED = {path.stem for path in CHECKS.glob("*.py")}

# How each page shows the snippet NAME. The blocks of the uses are described together, each beside its use.
PAGES = {"README.md": "`NAME`", "docs/snippets.md": "\n## NAME\n", "CHANGELOG.md": "`NAME`"}
PAGES_OF_BLOCKS = ("CHANGELOG.md",)
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}


def undescribed(name: str, texts: Mapping[str, str]) -> list[str]:
    """Name the pages that do not show the snippet `name`."""
    return [page for page, shown in PAGES.items() if shown.replace("NAME", name) not in texts[page]]


def touches_a_device(snippet: Snippet) -> bool:
    code = re.sub("#.*", "", snippet.code)
    return re.search("cuda|device|xpu|mps", code) is not None


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_is_described(name: str) -> None:
    """The README, docs/snippets.md and the changelog have each snippet; all pages that lack it are named.

    A block of a use needs no section: the changelog names it, and the first two name one of them as an example.
    """
    pages = undescribed(name, TEXTS)
    if SNIPPETS[name].form == BLOCK:
        assert name.removesuffix("_block") in SNIPPETS
        pages = [page for page in pages if page in PAGES_OF_BLOCKS]
    assert not pages, f"the snippet {name} is not described in {', '.join(pages)}"


def test_blocks_are_described_together() -> None:
    """The README and docs/snippets.md say that a use has a block of its own, with at least one as an example."""
    blocks = [name for name, snippet in SNIPPETS.items() if snippet.form == BLOCK]
    for page in PAGES.keys() - set(PAGES_OF_BLOCKS):
        assert any(f"`{name}`" in TEXTS[page] for name in blocks), page


def test_an_undescribed_snippet_is_noticed() -> None:
    """The control: a new name, a name that is only part of another one, and each page in turn without a name."""
    assert undescribed("seedfoo", TEXTS) == list(PAGES)
    assert undescribed("seedl", TEXTS) == list(PAGES)
    for page, text in TEXTS.items():
        for name in ("seedscope", "seedmodule"):
            cut = {**TEXTS, page: re.sub(rf"(`|## ){name}(?=`|\n)", r"\1seedother", text)}
            assert undescribed(name, cut) == [page]


@pytest.mark.parametrize(
    "name", sorted(CHECKED & {name for name, snippet in SNIPPETS.items() if touches_a_device(snippet)})
)
def test_every_snippet_that_touches_a_device_is_checked_there(name: str) -> None:
    """A block that has a check and names a device has a check on devices too, which runs below the module as well."""
    file = f"devices/{name.removesuffix('_block')}.py"
    assert (CHECKS / file).exists(), f"write tests/behaviour/checks/{file}"


def test_blocks_that_touch_devices_are_told_apart() -> None:
    """The control: seedall seeds the GPU; seedhash starts a script again."""
    assert touches_a_device(SNIPPETS["seedall"])
    assert not touches_a_device(SNIPPETS["seedhash"])


@pytest.mark.parametrize("name", targets.NAMES)
def test_every_target_has_its_tests(name: str) -> None:
    """Each target has a test file of its own."""
    file = f"tests/rendering/targets/test_{name}.py"
    assert (ROOT / file).exists(), f"the target {name} has no tests: write {file}"
