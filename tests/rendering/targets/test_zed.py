"""Zed snippets, compared with a reimplementation of the parser in Zed's crates/snippet."""

import json
import re

import pytest
from hypothesis import given

from seedblock.errors import FormatError, VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import zed
from tests.support.samples import LEVEL, SCOPE, SEED, SNIPPET, snippets, texts

REFUSED = re.compile(r"^ *\t|\r", re.MULTILINE)


def json_of(snippet: Snippet) -> str:
    (file,) = zed.render([snippet])
    assert file.path == "zed/python.json"
    return file.text


def parse(source: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Zed's Snippet::parse: the text, and each occurrence of a stop as (number, start, end)."""
    text, stops = "", []
    while source:
        if source[0] == "\\":
            text, source = text + source[1:2], source[2:]
        elif stop := re.match(r"\$\{([0-9]+):((?:\\.|[^\\}$])*)\}|\$([0-9]+)", source, re.DOTALL):
            default = re.sub(r"\\(.)", r"\1", stop[2] or "", flags=re.DOTALL)
            stops.append((int(stop[1] or stop[3]), len(text), len(text + default)))
            text, source = text + default, source[stop.end() :]
        else:
            assert source[0] != "$", f"expected an integer: {source[:20]!r}"
            text, source = text + source[0], source[1:]
    return text, stops


ESCAPES = [
    (("$",), [r"\$$0"]),
    (("a\\n",), [r"a\\n$0"]),
    (("{x}",), [r"{x\}$0"]),
    (("if a:\n        b\n",), ["if a:", "        b", "$0"]),
    ((SEED, "0", SEED, LEVEL), ["${1:2020}0${1:2020}${2:seeds}$0"]),
]


@pytest.mark.parametrize(("body", "lines"), ESCAPES)
def test_body(body: tuple[object, ...], lines: list[str]) -> None:
    r"""`\`, `$` and `}` are escaped, spaces stay spaces, and every occurrence of a field has its default."""
    entry = json.loads(json_of(Snippet("demo", "Demo", "d", body)))["Demo"]  # type: ignore[arg-type]
    assert entry == {"prefix": "demo", "description": "d", "body": lines}


def test_the_module_is_the_last_stop() -> None:
    """The caret goes to the call first, although the import is above it."""
    text, stops = parse("\n".join(json.loads(json_of(SCOPE))["Scope"]["body"]))
    ordered = [text[start:end] for _, start, end in sorted(stops, key=lambda stop: stop[0] or len(stops))]
    assert ordered == ["2020", "{'a': \"$\\\\\"}", "seeding", ""]


@given(snippets())
def test_expands_to_what_was_meant(snippet: Snippet) -> None:
    """Any text expands to the code. Occurrences of one field share a number, and none is empty."""
    if any(map(REFUSED.search, texts(snippet))):
        with pytest.raises(FormatError, match=r"Zed may leave a tab|a line end"):
            zed.render([snippet])
        return
    (file,) = zed.render([snippet])
    text, stops = parse("\n".join(json.loads(file.text)["Demo"]["body"]))
    assert text == snippet.code
    assert zed.expand(file) == {"demo": snippet.code}
    places = [part for part in snippet.parts if not isinstance(part, str)]
    assert [text[start:end] for _, start, end in stops] == [*(field.default for field in places), ""]
    assert [number for number, _, _ in stops] == [*(snippet.fields.index(field) + 1 for field in places), 0]


@pytest.mark.parametrize("body", ["$TM_FILENAME", "${1|a,b|}", "${1/a/b/}", "$", "a}b", "$1", "${1}", "${1:${2:x}}"])
def test_expand_refuses_what_zed_reads_otherwise(body: str) -> None:
    """What Zed cannot parse, or inserts as nothing, is refused."""
    text = json.dumps({"demo": {"prefix": "demo", "body": [body]}})
    with pytest.raises(VerificationError, match="that Zed reads"):
        zed.expand(RenderedFile("x", text))


def test_show_is_the_file_of_one_snippet() -> None:
    """The output of show is a valid python.json with one snippet."""
    assert json.loads(zed.show(SNIPPET).text).keys() == {"Demo"}
