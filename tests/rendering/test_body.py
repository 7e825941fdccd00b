"""Templates to snippets."""

import pytest

from seedblock.errors import TemplateError
from seedblock.rendering.body import read_snippets, unlisted
from seedblock.rendering.model import FIELD_START, Entry
from tests.support.samples import ENTRY, NAMES, SEED, SNIPPET, TEMPLATE

PLAIN = Entry("demo", "Demo", "no fields")


def test_a_template_becomes_a_snippet() -> None:
    """Field values are never rendered: the body holds the fields themselves."""
    assert read_snippets([ENTRY], {"demo.py.jinja": TEMPLATE}) == (SNIPPET,)


@pytest.mark.parametrize(
    ("templates", "code"),
    [
        pytest.param({"demo.py.jinja": "a = 1\n"}, "a = 1\n", id="the last newline stays"),
        pytest.param({"demo.py.jinja": "a = 1"}, "a = 1", id="none is added"),
        pytest.param({"demo.py.jinja": "a = 1\r\nb = 2\r\n"}, "a = 1\nb = 2\n", id="CRLF is read as LF"),
        pytest.param(
            {"demo.py.jinja": "{% include '_part.py.jinja' %}\n\nb = 2\n", "_part.py.jinja": "a = 1\n"},
            "a = 1\n\nb = 2\n",
            id="an include leaves no line of its own",
        ),
        pytest.param({"demo.py.jinja": "if x:\n    {# why #}\n    y = '${1:$A$}'\n"}, "if x:\n    y = '${1:$A$}'\n"),
    ],
)
def test_whitespace(templates: dict[str, str], code: str) -> None:
    """Tags on lines of their own leave no blank lines, and line ends become LF."""
    assert read_snippets([PLAIN], templates)[0].code == code


@pytest.mark.parametrize(
    ("templates", "problem"),
    [
        ({}, "templates/demo.py.jinja: no template 'demo.py.jinja'"),
        ({"demo.py.jinja": "\n{{ sed }}\n"}, "templates/demo.py.jinja, line 2: 'sed' is undefined"),
        (
            {"demo.py.jinja": "\n\n{% if %}"},
            "templates/demo.py.jinja, line 3: Expected an expression, got 'end of statement block'",
        ),
        ({"demo.py.jinja": "\n{% include '_x' %}"}, "templates/demo.py.jinja, line 2: no template '_x'"),
        ({"demo.py.jinja": "{% include '_x' %}", "_x": "\n{{ y }}"}, "templates/_x, line 2: 'y' is undefined"),
        ({"demo.py.jinja": "\n{{ 1 / 0 }}"}, "templates/demo.py.jinja, line 2: division by zero"),
        (
            {"demo.py.jinja": FIELD_START},
            "templates/demo.py.jinja: the characters '\\U0010fffc' and '\\U0010fffd' are reserved for marking fields",
        ),
    ],
    ids=["missing", "undefined", "syntax", "missing include", "undefined in an include", "raises", "marker"],
)
def test_faults_name_file_and_line(templates: dict[str, str], problem: str) -> None:
    """An error in a template names its file and line."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([PLAIN], templates)
    assert caught.value.problems == (problem,)


def test_faults_of_all_templates_come_together() -> None:
    """Two broken templates are two problems of one error."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([PLAIN, PLAIN._replace(abbreviation="other")], {"demo.py.jinja": "{{ a }}"})
    assert caught.value.problems == (
        "templates/demo.py.jinja, line 1: 'a' is undefined",
        "templates/other.py.jinja: no template 'other.py.jinja'",
    )


def test_a_choice_needs_its_options_in_the_comment_beside_it() -> None:
    """VS Code shows no list of choices, so a comment that forgets one is refused."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([ENTRY], {"demo.py.jinja": TEMPLATE.replace('"bitwise" or', "")})
    assert caught.value.problems == ("templates/demo.py.jinja: the comment beside level does not name 'bitwise'",)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("seed_value == '2020'", "line 2: the field 'seed_value' can be written out, not compared"),
        ("1 if seed_value else 2", "line 2: the field 'seed_value' can be written out, not tested"),
        ("seed_value + 1", "line 2: unsupported operand type(s) for +: '_Placeholder' and 'int'"),
        ("seed_value | length", "line 2: object of type '_Placeholder' has no len()"),
        ("seed_value | upper", "unknown field 'SEED_VALUE': known: level, names, seed_value"),
    ],
)
def test_a_field_can_only_be_written_out(expression: str, problem: str) -> None:
    """A template cannot depend on a field's value, which is typed later."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([ENTRY], {"demo.py.jinja": f"\n{{{{ {expression} }}}}\n"})
    assert problem in caught.value.problems[0]


@pytest.mark.parametrize(
    ("template", "body", "call"),
    [
        ("a = 1\n{% block call %}\nb\n{% endblock %}\n", "a = 1\n", "b\n"),
        ("b\n{% block call %}\nb\n{% endblock %}", "b\n", "b\n"),
        ("a\n\n\n{% block call %}\nif b:\n    c\n\n{% endblock call %}\n", "a\n\n\n", "if b:\n    c\n\n"),
        ("a = 1\n", "a = 1\n", ""),
    ],
    ids=["call", "lines twice", "empty lines", "none"],
)
def test_call(template: str, body: str, call: str) -> None:
    """The content of the block `call` is the call, and the lines of the block's tags disappear."""
    (snippet,) = read_snippets([PLAIN], {"demo.py.jinja": template})
    assert (snippet.body, snippet.call) == ((body,), (call,) if call else ())


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a\n{% block cal %}b\n{% endblock %}", "unknown block 'cal': did you mean 'call'?"),
        ("a\n{% block call %}b\n{% endblock %}c\n", "the block 'call' must hold the last lines of the template"),
        ("a\n{% block call %}{% endblock %}", "the block 'call' must hold the last lines of the template"),
        ("a {% block call %}b\n{% endblock %}", "the block 'call' must hold the last lines of the template"),
        ("a\n{% block call %}\n{{ b }}\n{% endblock %}\n", "'b' is undefined"),
    ],
    ids=["other name", "not at the end", "empty", "in a line", "undefined"],
)
def test_a_call_that_is_no_call_is_refused(template: str, problem: str) -> None:
    """A block with another name, an empty one, or one before the last lines is an error: it would be lost silently."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([PLAIN], {"demo.py.jinja": template})
    assert caught.value.problems[0].startswith("templates/demo.py.jinja")
    assert caught.value.problems[0].endswith(f": {problem}")


@pytest.mark.parametrize(
    "call",
    [
        "f({{ seed_value }})\n",
        "{{ seed_value }}\n\n",
        "f(\n    {{ seed_value }} )\n",
        "{{ seed_value }}\n{{ names }}\n",
    ],
)
def test_a_selection_needs_the_end_of_the_call(call: str) -> None:
    """Selected code can replace a field only where nothing follows, because it may have many lines."""
    entry = Entry("demo", "Demo", "d", (SEED, NAMES), surround="seed_value")
    with pytest.raises(TemplateError) as caught:
        read_snippets([entry], {"demo.py.jinja": f"{{{{ names }}}}\n{{% block call %}}\n{call}{{% endblock %}}\n"})
    assert caught.value.problems == (
        "templates/demo.py.jinja: the call must end with the field 'seed_value', which a selection replaces",
    )


def test_what_the_entry_says_of_the_snippet() -> None:
    """Title, description, surround and whole_file of the entry are those of the snippet."""
    entry = Entry("demo", "Demo", "d", (SEED,), surround="seed_value", whole_file=True)
    template = "a\n{% block call %}\nwith b:\n    {{ seed_value }}\n{% endblock %}\n"
    (snippet,) = read_snippets([entry], {"demo.py.jinja": template})
    assert (snippet.title, snippet.description) == ("Demo", "d")
    assert (snippet.surround, snippet.whole_file) == ("seed_value", True)


def test_unlisted() -> None:
    """A template without an entry is named; a shared fragment needs none."""
    assert unlisted([PLAIN], ["demo.py.jinja", "_part.py.jinja", "lost.py.jinja"]) == ["lost.py.jinja"]
