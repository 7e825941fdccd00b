"""The pictures in the docs show the snippets' current text."""

import json
import re

import pytest

from tools.pictures import DIGESTS, MOVING, SHOWN, TEXTS, digests


@pytest.mark.parametrize("name", TEXTS)
def test_a_picture_shows_the_snippets_as_they_are(name: str) -> None:
    """Every text that VS Code showed when the picture was taken is still in the snippets; they may have new ones too."""
    shown = json.loads(DIGESTS.read_text(encoding="utf-8"))[name]
    assert shown
    assert set(shown) <= set(digests(name)), (
        f".github/pictures/{name} shows an older text: run `pytest -m editor tests/real_editors/test_vscode.py"
        " tests/real_editors/test_vscode_moving.py`, then `python -m tools.pictures`"
    )


def test_every_picture_is_held() -> None:
    """The text of every picture is compared."""
    assert {path.name for path in SHOWN.iterdir()} == {*TEXTS, DIGESTS.name}


def test_the_moving_picture_is_small_and_ends_with_a_pause() -> None:
    """It has less than 1.5 MB, so that a page with it loads fast, and shows what was made for five seconds at its end."""
    moving = SHOWN / MOVING
    assert moving.stat().st_size < 1_500_000
    times = re.findall(rb"\x21\xf9\x04.(..).\x00", moving.read_bytes(), flags=re.DOTALL)  # in hundredths of a second
    assert int.from_bytes(times[-1], "little") == 500
