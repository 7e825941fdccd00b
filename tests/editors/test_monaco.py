"""VS Code's own parser, without its window: what it makes of every snippet and of random ones."""

import json
import re

import pytest
from hypothesis import given

from seedblock.body import read_snippets
from seedblock.catalog import CATALOG
from seedblock.errors import FormatError
from seedblock.files import find_templates, read_templates
from seedblock.model import Snippet
from seedblock.targets import load
from tests.editors.conftest import Insert
from tests.expanders import expand_snippet
from tests.samples import TEXT, filled, snippets, typed

SNIPPETS = {snippet.abbreviation: snippet for snippet in read_snippets(CATALOG, read_templates(find_templates()))}
BLOCKS = {"blanks": ("    ", False, 4), "two": ("  ", False, 2), "tabs": ("\t", True, 4)}


def body_of(snippet: Snippet, target: str) -> str:
    (file,) = load(target).render([snippet])
    return "\n".join(json.loads(file.text)[snippet.abbreviation]["body"])


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
    level, tabs, size = BLOCKS[block]
    in_levels = re.sub("^(?: {4})+", lambda m: level * (len(m[0]) // 4), SNIPPETS[name].code, flags=re.MULTILINE)
    meant = level + in_levels.replace("\n", f"\n{level}")
    assert insert(body_of(SNIPPETS[name], "vscode"), tabs=tabs, size=size, line=level) == meant


@given(snippet=snippets())
@pytest.mark.parametrize("target", ["vscode", "zed"])
def test_random_snippets(insert: Insert, target: str, snippet: Snippet) -> None:
    """Whatever is in it, a snippet is inserted as its code, with or without values typed, or refused."""
    try:
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
