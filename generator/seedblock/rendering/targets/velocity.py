"""PyCharm file templates: text that Velocity merges, with a page that describes it. The rules are those of Velocity 1.7.

Between `#[[` and `]]#` Velocity reads nothing.
"""

import html
import re

from seedblock.errors import VerificationError
from seedblock.rendering.model import Snippet
from seedblock.rendering.targets import refuse


def render(snippet: Snippet) -> str:
    refuse((snippet,), r"\A\$", "PyCharm reads `#[[$` as the stop of a live template")
    # Where the code itself ends such a text, or has a stop in it, another text begins.
    code = re.sub(r"(?<=\])(?=\]#)|(?<=#)(?=\[\[\$)", "]]##[[", snippet.code)
    return f"#[[{code}]]#"


def description(snippet: Snippet) -> str:
    return f"<html><body>{html.escape(snippet.description)}</body></html>\n"


def expand(text: str) -> str:
    """Merge a text that is nothing but unread text. Raises VerificationError for any other."""
    if "#[[$" in text:
        raise VerificationError("PyCharm would read `#[[$` as the stop of a live template")
    code, position = "", 0
    while position < len(text):
        unread = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL).match(text, position)
        if unread is None:
            raise VerificationError(f"Velocity would read {text[position:][:20]!r}")
        code, position = code + unread[1], unread.end()
    return code
