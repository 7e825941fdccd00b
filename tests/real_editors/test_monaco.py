"""VS Code's own parser, without its window: what it makes of every snippet and of random ones."""

import json

import pytest
from hypothesis import given

from seedblock.errors import FormatError
from seedblock.rendering.model import Snippet
from seedblock.rendering.targets import load, python
from tests.real_editors.conftest import Insert
from tests.support.editor_samples import BLOCKS, SNIPPETS, placed
from tests.support.expanders import expand_snippet
from tests.support.samples import TEXT, filled, snippets, typed


def body_of(snippet: Snippet, target: str) -> str:
    (file,) = load(target).render([snippet])
    return "\n".join(json.loads(file.text)[snippet.title]["body"])


def answers(snippet: Snippet) -> dict[str, str]:
    return {str(stop): value for stop, value in enumerate(typed(snippet).values(), start=1)}


@pytest.mark.parametrize("target", ["vscode", "zed"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet(insert: Insert, target: str, name: str) -> None:
    """VS Code inserts the plain code, and with a value typed at each stop the code with these."""
    snippet = SNIPPETS[name]
    assert insert(body_of(snippet, target)) == snippet.code
    assert insert(body_of(snippet, target), answers(snippet)) == filled(snippet)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", SNIPPETS)
def test_in_a_block(insert: Insert, block: str, name: str) -> None:
    """Below an `if`, each line has one more level of that file's indentation, whatever it is."""
    before, unit = BLOCKS[block]
    level = before.rpartition("\n")[2]
    text = insert(body_of(SNIPPETS[name], "vscode"), tabs=unit == "\t", size=len(unit.expandtabs(4)), line=level)
    assert text == placed(SNIPPETS[name].code, level, unit)


@given(snippet=snippets())
@pytest.mark.parametrize("target", ["vscode", "zed"])
def test_random_snippets(insert: Insert, target: str, snippet: Snippet) -> None:
    """Whatever is in it, a snippet is inserted as its code, with or without values typed, or refused."""
    try:
        python.render([snippet])  # as in render_all: half a character, for one, gets no further
        body = body_of(snippet, target)
    except FormatError:
        return
    assert insert(body) == snippet.code
    assert insert(body, answers(snippet)) == filled(snippet)


@given(body=TEXT)
def test_the_expander_of_these_tests_reads_as_vscode_does(insert: Insert, body: str) -> None:
    """Text that nobody escaped: the expander finds in it what VS Code does, or says that it goes beyond its grammar."""
    text = json.dumps({"demo": {"body": body}})
    try:
        expanded = expand_snippet(text, "demo")
    except AssertionError:
        return
    assert expanded == insert(body)
