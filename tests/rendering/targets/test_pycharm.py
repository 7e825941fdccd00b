"""Live templates, compared with an independent expander and the platform's rules."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.errors import FormatError, VerificationError
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import BLOCK, FILE, PASTE, USE, RenderedFile, Snippet
from seedblock.rendering.targets import pycharm
from tests.support.editor_samples import SELECTIONS, surrounded
from tests.support.expanders import contexts, expand_live_template, merge_velocity, stops, surround_live_template
from tests.support.live_templates import OWN_VARIABLES, TAKEN, file_problems
from tests.support.processes import ROOT
from tests.support.samples import (
    LEVEL,
    MODULE,
    NAMES,
    SCOPE,
    SEED,
    SNIPPET,
    VELOCITY_TEXT,
    filled,
    snippets,
    texts,
    typed,
)

NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_of(snippet: Snippet) -> str:
    (file,) = pycharm.render([snippet])
    assert file.path == "pycharm/seedblock.xml"
    return file.text


ESCAPES = [
    ("$", "$$"),
    ("$HOME$", "$$HOME$$"),
    ("$$", "$$$$"),
    ("\\n", "\\n"),
    ("<a & 'b' \"c\">", "<a & 'b' \"c\">"),
    ("a\n\tb", "a\n\tb"),
    ("é😀\u2028\x85", "é😀\u2028\x85"),
]


@pytest.mark.parametrize(("text", "value"), ESCAPES)
def test_literal_text(text: str, value: str) -> None:
    """Only `$` is doubled in the value; escaping for XML is left to the XML library."""
    template = ElementTree.fromstring(xml_of(Snippet("demo", "Demo", "d", (text,)))).find("template")
    assert template is not None
    assert template.attrib["value"] == f"{value}$END$"


def test_element() -> None:
    """The element has every attribute that the platform's defaults would get wrong, and quotes every default."""
    group = ElementTree.fromstring(xml_of(SNIPPET))
    template = group[0]
    assert group.attrib == {"group": "seedblock"}
    assert {name: template.attrib[name] for name in ("name", "description", "toReformat", "toShortenFQNames")} == {
        "name": "demo",
        "description": SNIPPET.description,
        "toReformat": "false",
        "toShortenFQNames": "false",
    }
    assert [variable.attrib for variable in template.findall("variable")] == [
        {"name": "SEED_VALUE", "expression": "", "defaultValue": '"2020"', "alwaysStopAt": "true"},
        {"name": "LEVEL", "expression": 'enum("seeds","bitwise")', "defaultValue": '"seeds"', "alwaysStopAt": "true"},
        {"name": "NAMES", "expression": "", "defaultValue": r'''"{'a': \"$\\\\\"}"''', "alwaysStopAt": "true"},
    ]
    assert [option.attrib for option in template.findall("context/option")] == [{"name": "Python", "value": "true"}]
    assert "<!" not in xml_of(SNIPPET), "the platform reads no DOCTYPE"


def test_the_ide_has_nothing_to_rewrite() -> None:
    """Attributes and elements are those that TemplateSettings.serializeTemplate writes, in its order.

    The IDE compares a hash of the file's elements and ordered attributes with that of what it would write. If they
    differ, it rewrites the file, and seedblock would then treat it as changed by the user.
    """
    (template,) = ElementTree.fromstring(xml_of(SNIPPET))
    assert list(template.attrib) == ["name", "value", "description", "toReformat", "toShortenFQNames"]
    assert [child.tag for child in template] == ["variable", "variable", "variable", "context"]
    for variable in template.findall("variable"):
        assert list(variable.attrib) == ["name", "expression", "defaultValue", "alwaysStopAt"]
    (option,) = template.findall("context/option")
    assert list(option.attrib) == ["name", "value"]


def test_where_it_is_offered_and_stops() -> None:
    """The caret stops at every field once, in the order of the code, and at the module last.

    All Python contexts offer the snippet, but a block that defines functions is offered at the top level only.
    """
    everywhere = {"Python", "Python_Class", "Python_Top_Level"}
    for form in (PASTE, USE, BLOCK, FILE):
        snippet = SNIPPET._replace(body=(NAMES, MODULE, LEVEL, "\n", SEED, LEVEL), form=form)
        xml = pycharm.render([snippet])[0].text
        assert stops(xml, "demo") == ["NAMES", "LEVEL", "SEED_VALUE", "MODULE"]
        assert contexts(xml, "demo") == ({"Python_Top_Level"} if form == BLOCK else everywhere)
        assert file_problems(xml) == []


def test_inserted_in_a_block() -> None:
    """Every further line begins as the first one does."""
    snippet = Snippet("demo", "Demo", "d", ("if a:\n    b\n\nc = ", SEED))
    assert expand_live_template(xml_of(snippet), "demo", line="    ") == "    if a:\n        b\n    \n    c = 2020"


def test_newlines_are_references() -> None:
    """A raw newline in an attribute would be read as a blank."""
    assert "demo" in xml_of(SNIPPET)
    assert 'value="seed = $SEED_VALUE$&#10;level = ' in xml_of(SNIPPET)


def test_show_is_the_bare_element() -> None:
    """PyCharm's Live Templates page pastes text that starts with `<template `."""
    assert pycharm.show(SNIPPET).text.startswith("<template ")
    assert expand_live_template(pycharm.show(SNIPPET).text, "demo") == SNIPPET.code


def test_a_whole_file_is_a_file_template_too() -> None:
    """A whole file is a live template, and a file template named after the title, with a description."""
    whole = SNIPPET._replace(form=FILE, description="a < b")
    live, template, page = pycharm.render([whole, SCOPE])
    assert [element.get("name") for element in ElementTree.fromstring(live.text)] == ["demo", "scope", "scope_around"]
    assert expand_live_template(live.text, "demo") == whole.code
    assert template == pycharm.show(whole)
    assert template.path == "pycharm/fileTemplates/Demo.py.ft"
    assert merge_velocity(template.text) == whole.code
    assert page == RenderedFile("pycharm/fileTemplates/Demo.py.html", "<html><body>a &lt; b</body></html>\n")
    assert pycharm.expand(template) == {"Demo": whole.code}
    assert pycharm.expand(page) == {}
    assert pycharm.expected([whole, SCOPE]).keys() == {"Demo", "demo", "scope", "scope_around"}


@pytest.mark.parametrize("title", ["a/b", "", "a.b", "CON:", "é", "fix()"])
def test_a_title_that_is_no_file_name_is_refused(title: str) -> None:
    """The title of a whole file must be a valid file name on every system."""
    with pytest.raises(FormatError, match="cannot be a file name"):
        pycharm.render([SNIPPET._replace(title=title, form=FILE)])


@given(VELOCITY_TEXT)
def test_any_file_is_merged_as_it_is(code: str) -> None:
    """Velocity copies any content to the new file unchanged, and PyCharm sees no stop in it."""
    whole = Snippet("demo", "Demo", "d", (code,), form=FILE)
    if code.startswith("$"):
        with pytest.raises(FormatError, match="stop of a live template"):
            pycharm.show(whole)
        return
    text = pycharm.show(whole).text
    assert merge_velocity(text) == code
    assert "#[[$" not in text
    assert pycharm.expand(pycharm.show(whole)) == {"Demo": code}


@pytest.mark.parametrize("text", ["x", "#[[x", "#[[x]]#y", "#[[$x]]#", "#[[x]]#$y", "#[[x]]##[[$y$]]#"])
def test_a_file_template_that_velocity_would_read_is_refused(text: str) -> None:
    """Text outside the marks, or with a stop of a live template, is refused."""
    with pytest.raises(VerificationError):
        pycharm.expand(RenderedFile("pycharm/fileTemplates/Demo.py.ft", text))


@pytest.mark.parametrize("case", SELECTIONS)
def test_around_a_selection(case: str) -> None:
    """Each line of the selected code is indented one level deeper than it was.

    The level is the four spaces of the live template. Several lines indented with tabs then become invalid Python.
    """
    selected, blanks, _ = SELECTIONS[case]
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    found = surround_live_template(xml, "seedscope_around", selected, {"seed_value": "7"}, line=blanks)
    if case == "tabs, several lines":
        with pytest.raises(TabError):
            compile(f"if True:\n{found}\n", "train.py", "exec")
        return
    assert found == surrounded(selected, blanks, "    ", "7")
    compile("if True:\n" * bool(blanks) + found + "\n", "train.py", "exec")


@given(snippets())
def test_expands_to_what_was_meant(snippet: Snippet) -> None:
    """Any text that XML can hold expands to the code, with defaults or typed values; other text is refused."""
    if any(map(NOT_XML.search, texts(snippet))):
        with pytest.raises(FormatError, match=r"XML cannot hold this character|a line end"):
            pycharm.render([snippet])
        return
    (file,) = pycharm.render([snippet])
    assert expand_live_template(file.text, "demo") == snippet.code
    assert pycharm.expand(file) == {"demo": snippet.code}
    assert expand_live_template(file.text, "demo", typed(snippet)) == filled(snippet)
    assert set(file_problems(file.text)) <= {"tab", "no value"}  # of these, a random snippet is itself the cause


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_any_default_is_quoted(default: str) -> None:
    """Any default is inserted unchanged, alone and as the first option of a choice."""
    for field in (SEED._replace(default=default), LEVEL._replace(default=default)):
        if not NOT_XML.search(default):
            assert expand_live_template(xml_of(Snippet("demo", "Demo", "d", (field,))), "demo") == default


@pytest.mark.parametrize("default", ["a\nb", "a\tb", 'a"b', "a\\b", "a\\nb"])
def test_a_default_is_one_string_literal(default: str) -> None:
    """Quotes, backslashes and line ends in a default are escaped."""
    xml = xml_of(Snippet("demo", "Demo", "d", (SEED._replace(default=default),)))
    (variable,) = ElementTree.fromstring(xml).iter("variable")
    assert "\n" not in variable.attrib["defaultValue"]
    assert expand_live_template(xml, "demo") == default


@pytest.mark.parametrize("character", ["\0", "\x0c", "\x1b", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_cannot_hold_is_refused(character: str) -> None:
    """A control character in the code or the description is refused, and its position is named."""
    with pytest.raises(FormatError) as caught:
        pycharm.render([Snippet("demo", "Demo", f"d{character}", ("a\n  b", character))])
    assert list(caught.value.problems) == [
        f"demo: line 2, column 4 contains {character!r}: XML cannot hold this character",
        f"demo: the description contains {character!r}: XML cannot hold this character",
    ]


@pytest.mark.parametrize(("option", "reason"), [("\r", "a line end"), ("\0", "XML cannot hold this character")])
def test_options_are_looked_at_too(option: str, reason: str) -> None:
    """Options that are not the default are checked too, although only the live template contains them."""
    field = LEVEL._replace(kind=Choice(("seeds", option)))
    with pytest.raises(FormatError, match=rf"an option of level contains .*{reason}"):
        pycharm.render([Snippet("demo", "Demo", "d", (field,))])


@pytest.mark.parametrize("abbreviation", sorted(TAKEN))
def test_every_taken_abbreviation_is_refused(abbreviation: str) -> None:
    """An abbreviation of PyCharm's own is refused: PyCharm would ask the user which one to insert."""
    with pytest.raises(FormatError, match="PyCharm already has a live template with this abbreviation"):
        pycharm.render([Snippet(abbreviation, "Demo", "d", ("x",))])


@pytest.mark.parametrize("name", sorted({*OWN_VARIABLES, "ARG"}))
def test_every_variable_of_the_platform_is_refused(name: str) -> None:
    """A field with the name of a platform variable is refused."""
    with pytest.raises(FormatError, match="PyCharm cannot take a field named"):
        pycharm.render([Snippet("demo", "Demo", "d", (SEED._replace(name=name.lower()),))])


@pytest.mark.parametrize(
    ("snippet", "problem"),
    [
        (Snippet("iter", "Iter", "d", ("x",)), "iter: PyCharm already has a live template with this abbreviation"),
        (Snippet("a-b", "A", "d", ("x",)), "'a-b': PyCharm expands only abbreviations of letters a-z, digits and _"),
        (Snippet("demo", "Demo", "d", (NAMES._replace(name="end"),)), "demo: PyCharm cannot take a field named 'end'"),
        (Snippet("demo", "Demo", "d", (NAMES._replace(name="a-b"),)), "demo: PyCharm cannot take a field named 'a-b'"),
    ],
)
def test_names_that_fail_silently_in_pycharm_are_refused(snippet: Snippet, problem: str) -> None:
    """Names that the platform would drop, shadow or read as its own variable are refused."""
    with pytest.raises(FormatError) as caught:
        pycharm.render([snippet])
    assert caught.value.problems == (problem,)
