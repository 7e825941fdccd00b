"""The pictures in the docs show the snippets' current text."""

import json

import pytest

from tools.pictures import DIGESTS, SHOWN, TEXTS, digests


@pytest.mark.parametrize("name", TEXTS)
def test_a_picture_shows_the_snippets_as_they_are(name: str) -> None:
    """Every text that VS Code showed when the picture was taken is still in the snippets; they may have new ones too."""
    shown = json.loads(DIGESTS.read_text(encoding="utf-8"))[name]
    assert shown
    assert set(shown) <= set(digests(name)), (
        f".github/pictures/{name} shows an older text: run `pytest -m editor tests/real_editors/test_vscode.py`,"
        " then `python -m tools.pictures`"
    )


def test_every_picture_is_held() -> None:
    """The text of every picture is compared."""
    assert {path.name for path in SHOWN.glob("*.png")} == set(TEXTS)
