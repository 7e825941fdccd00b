"""The file for Vim's UltiSnips, compared with an independent expander."""

import re

import pytest
from hypothesis import given

from seedblock.errors import FormatError, VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import vim
from tests.support.expanders import expand_ultisnips
from tests.support.samples import LEVEL, NAMES, SCOPE, SEED, SNIPPET, filled, snippets, texts, typed

REFUSED = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|^ *\t|^endsnippet\\s*$|[^\\S\n]\n", re.MULTILINE)

ESCAPES = [
    (("$",), r"\$$0"),
    (("`x` \\n {x}",), r"\`x\` \\n \{x\}$0"),
    (("if a:\n        b\n      c\n",), "if a:\n\t\tb\n\t  c\n$0"),
    ((SEED, "0", SEED, "1"), "${1:2020}0${1/^//}1$0"),
    ((LEVEL, NAMES), r"""${1:seeds}${2:\{'a': "\$\\\\"\}}$0"""),
]


@pytest.mark.parametrize(("parts", "body"), ESCAPES)
def test_body(parts: tuple[object, ...], body: str) -> None:
    r"""`\`, a backquote, `$`, `{` and `}` are escaped, a level is a tab, and a repeated field has the first one's text."""
    file = vim.show(Snippet("demo", "Demo", "d", parts))  # type: ignore[arg-type]
    assert file == ("vim/python_seedblock.snippets", f'snippet demo "Demo" bm\n{body}\nendsnippet\n')


def test_one_file() -> None:
    """All snippets are in one file, in their order, and each expands by itself."""
    (file,) = vim.render([SNIPPET, SCOPE])
    assert re.findall("^(?:snippet|endsnippet).*$", file.text, re.MULTILINE) == [
        'snippet demo "Demo" bm',
        "endsnippet",
        'snippet scope "Scope" bm',
        "endsnippet",
    ]
    assert vim.expand(file) == vim.expected([SNIPPET, SCOPE])
    assert expand_ultisnips(file.text, "scope") == SCOPE.code


@given(snippets())
def test_expands_to_what_was_meant(snippet: Snippet) -> None:
    """Any text expands to the code, with defaults or typed values; what UltiSnips would change is refused."""
    at_the_end = any(field.default.endswith("\\") for field in snippet.fields)
    if at_the_end or any(map(REFUSED.search, texts(snippet))):
        with pytest.raises(FormatError, match="UltiSnips"):
            vim.render([snippet])
        return
    (file,) = vim.render([snippet])
    assert vim.expand(file) == {"demo": snippet.code}
    assert expand_ultisnips(file.text, "demo") == snippet.code
    assert expand_ultisnips(file.text, "demo", typed(snippet), tuple(typed(snippet))) == filled(snippet)


@pytest.mark.parametrize("body", ["$1", "`x`", "$", "${1:${2:x}}", "${VISUAL}", "${1/a/b/}", "$0 x", "\\a"])
def test_expand_refuses_what_is_more_than_text(body: str) -> None:
    """Programs, nesting, substitutions and bare `$` are refused."""
    with pytest.raises(VerificationError, match="UltiSnips' grammar"):
        vim.expand(RenderedFile("x", f'snippet demo "Demo" bm\n{body}\nendsnippet\n'))
