"""Plain Python files."""

import pytest

from seedblock.errors import FormatError
from seedblock.rendering.model import RenderedFile
from seedblock.rendering.targets import python
from tests.support.samples import SNIPPET


def test_file_is_the_code() -> None:
    """The file has the code with its call as a comment, and is named after the abbreviation."""
    assert python.render([SNIPPET]) == (RenderedFile("python/demo.py", SNIPPET.plain),)
    assert python.show(SNIPPET).text == SNIPPET.plain


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a\n b\r", r"line 2, column 3 contains '\r'"),
        ("\ud800", r"line 1, column 1 contains '\ud800'"),
        *(
            (f"# {mark}", f"line 1, column 3 contains {mark!r}")
            for mark in "\u061c\u200e\u200f\u202a\u202e\u2066\u2069"
        ),
    ],
)
def test_what_no_file_can_hold_is_refused(text: str, at: str) -> None:
    """A carriage return, half a surrogate pair or a bidirectional control is refused, and its position is named."""
    with pytest.raises(FormatError) as caught:
        python.render([SNIPPET._replace(body=(text,))])
    assert caught.value.problems[0].startswith(f"demo: {at}: ")
