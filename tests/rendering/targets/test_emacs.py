"""Files for Emacs' yasnippet, compared with an independent expander."""

import re

import pytest
from hypothesis import given

from seedblock.errors import FormatError, VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import emacs
from tests.support.expanders import expand_yasnippet
from tests.support.samples import LEVEL, NAMES, SCOPE, SEED, SNIPPET, filled, snippets, texts, typed

REFUSED = re.compile(r"\r|\A\s*\n")

ESCAPES = [
    (("$",), r"\$$0"),
    (("`x` \\n {x}",), r"\`x\` \\n {x\}$0"),
    (("if a:\n        b\n",), "if a:\n        b\n$0"),
    ((SEED, "0", SEED, "1"), "${1:2020}0${1:$(identity yas-text)}1$0"),
    ((LEVEL, NAMES), r"""${1:seeds}${2:{'a': "\$\\\\"\}}$0"""),
]


def body_of(snippet: Snippet) -> str:
    return emacs.show(snippet).text.partition("# --\n")[2]


@pytest.mark.parametrize(("parts", "body"), ESCAPES)
def test_body(parts: tuple[object, ...], body: str) -> None:
    r"""`\`, a backquote, `$` and `}` are escaped, spaces stay spaces, and a repeated field mirrors the first."""
    assert body_of(Snippet("demo", "Demo", "d", parts)) == body  # type: ignore[arg-type]


def test_files() -> None:
    """One file for each snippet, named by its abbreviation."""
    files = {file.path: file.text for file in emacs.render([SNIPPET, SCOPE])}
    assert list(files) == ["emacs/python-mode/demo", "emacs/python-mode/scope"]
    assert files["emacs/python-mode/scope"] == (
        "# -*- mode: snippet; coding: utf-8 -*-\n# name: Scope\n# key: scope\n"
        '# condition: (looking-back "^[ \\t]*[a-z_]*" (line-beginning-position))\n'
        "# expand-env: ((yas-indent-line 'fixed))\n# --\n"
        "from ${3:seeding} import f\n\nwith f(${1:2020}):\n    " + r"""${2:{'a': "\$\\\\"\}}""" + "\n$0"
    )


@given(snippets())
def test_expands_to_what_was_meant(snippet: Snippet) -> None:
    """Any text expands to the code, with defaults or typed values; what yasnippet would change is refused."""
    if "\r" in "".join(texts(snippet)) or any(map(REFUSED.match, texts(snippet))):
        with pytest.raises(FormatError, match=r"a line end|drops empty lines"):
            emacs.show(snippet)
        return
    file = emacs.show(snippet)
    assert emacs.expand(file) == emacs.expected([snippet]) == {"demo": snippet.code}
    assert expand_yasnippet(file.text) == snippet.code
    assert expand_yasnippet(file.text, typed(snippet), tuple(typed(snippet))) == filled(snippet)


def test_a_word_of_yasnippet_itself() -> None:
    """The word by which yasnippet marks escaped characters for a moment is refused."""
    with pytest.raises(FormatError, match="uses it for itself"):
        emacs.show(Snippet("demo", "Demo", "d", ("YASESCAPE36PROTECTGUARD",)))


@pytest.mark.parametrize("body", ["$1", "`x`", "$", "${1:$(x)}", "${1:${2:x}}", "$0 x", "$>", "\\a"])
def test_expand_refuses_what_is_more_than_text(body: str) -> None:
    """Programs, nesting and bare `$` are refused, and so is a file without a head."""
    with pytest.raises(VerificationError, match="yasnippet's grammar"):
        emacs.expand(RenderedFile("x", f"# key: demo\n# --\n{body}"))
    with pytest.raises(VerificationError, match="no head"):
        emacs.expand(RenderedFile("x", "pass\n"))
