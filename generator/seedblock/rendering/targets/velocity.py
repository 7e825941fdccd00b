"""PyCharm file templates: text that Velocity 1.7 merges, and an HTML description.

Velocity leaves the text between `#[[` and `]]#` unchanged.
"""

import html
import re

from seedblock.errors import VerificationError
from seedblock.rendering.model import Snippet
from seedblock.rendering.targets import refuse


def render(snippet: Snippet) -> str:
    refuse((snippet,), r"\A\$", "PyCharm reads `#[[$` as a stop of a live template")
    # Where the code has `]]#` or `#[[$`, end the unparsed text and begin another.
    code = re.sub(r"(?<=\])(?=\]#)|(?<=#)(?=\[\[\$)", "]]##[[", snippet.code)
    return f"#[[{code}]]#"


def description(snippet: Snippet) -> str:
    return f"<html><body>{html.escape(snippet.description)}</body></html>\n"


def expand(text: str) -> str:
    """Merge a text made only of unparsed parts. Raises VerificationError for any other."""
    if "#[[$" in text:
        raise VerificationError("PyCharm would read `#[[$` as a stop of a live template")
    code, position = "", 0
    while position < len(text):
        unread = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL).match(text, position)
        if unread is None:
            raise VerificationError(f"Velocity would interpret {text[position:][:20]!r}")
        code, position = code + unread[1], unread.end()
    return code
