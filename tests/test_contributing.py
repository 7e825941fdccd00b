"""What CONTRIBUTING.md says of a new snippet or target: whatever is missing fails with a message that names the file."""

import re
from collections.abc import Mapping

import pytest

from seedblock.rendering import targets
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Snippet
from tests.support.editor_samples import SNIPPETS
from tests.support.processes import ROOT

CHECKS = ROOT / "tests/behaviour/checks"
CHECKED = {path.stem for path in CHECKS.glob("*.py")}

# How each page shows the snippet NAME.
PAGES = {"README.md": "`NAME`", "docs/snippets.md": "\n## NAME\n", "CHANGELOG.md": "`NAME`"}
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}


def undescribed(name: str, texts: Mapping[str, str]) -> list[str]:
    """Name the pages that do not show the snippet `name`."""
    return [page for page, shown in PAGES.items() if shown.replace("NAME", name) not in texts[page]]


def touches_a_device(snippet: Snippet) -> bool:
    code = re.sub("#.*", "", snippet.code)
    return re.search("cuda|device|xpu|mps", code) is not None


@pytest.mark.parametrize("name", [entry.abbreviation for entry in CATALOG])
def test_every_snippet_is_described(name: str) -> None:
    """The README, docs/snippets.md and the changelog have each snippet; all pages that lack it are named."""
    pages = undescribed(name, TEXTS)
    assert not pages, f"the snippet {name} is not described in {', '.join(pages)}"


def test_an_undescribed_snippet_is_noticed() -> None:
    """The control: a new name, a name that is only part of another one, and each page in turn without a name."""
    assert undescribed("seedfoo", TEXTS) == list(PAGES)
    assert undescribed("seedl", TEXTS) == list(PAGES)
    for page, text in TEXTS.items():
        cut = {**TEXTS, page: text.replace("seedscope", "seedscape")}
        assert undescribed("seedscope", cut) == [page]


@pytest.mark.parametrize(
    "name", sorted(CHECKED & {name for name, snippet in SNIPPETS.items() if touches_a_device(snippet)})
)
def test_every_snippet_that_touches_a_device_is_checked_there(name: str) -> None:
    """A block that has a check and names a device has a check on devices too."""
    assert (CHECKS / f"devices/{name}.py").exists(), f"write tests/behaviour/checks/devices/{name}.py"


def test_blocks_that_touch_devices_are_told_apart() -> None:
    """The control: seedall seeds the GPU; seedhash starts a script again."""
    assert touches_a_device(SNIPPETS["seedall"])
    assert not touches_a_device(SNIPPETS["seedhash"])


@pytest.mark.parametrize("name", targets.NAMES)
def test_every_target_has_its_tests(name: str) -> None:
    """Each target has a test file of its own."""
    file = f"tests/rendering/targets/test_{name}.py"
    assert (ROOT / file).exists(), f"the target {name} has no tests: write {file}"
