"""Templates to snippets, and what is wrong with a template, by file and line."""

import pytest

from seedblock.errors import TemplateError
from seedblock.rendering.body import read_snippets
from seedblock.rendering.jinja import check_used
from seedblock.rendering.model import BLOCK, FIELD_START, FILE, PASTE, USE, Entry
from seedblock.rendering.stamp import ORIGIN, first_line
from tests.support.samples import ENTRY, MODULE, NAMES, SEED, SNIPPET, TEMPLATE

PLAIN = Entry("demo", "Demo", "no fields", PASTE)
IMPORTING = PLAIN._replace(form=USE, fields=(MODULE, SEED))
ALONE = Entry("demo_block", "Demo (block)", "no import", BLOCK, (SEED,))
PARENT = (
    "{% block definition %}\nfrom {{ module }} import f\n\n{% endblock %}\n"
    "{% block call %}\nf({{ seed_value }})\n{% endblock %}\n"
)
CHILD = "{% extends 'demo.py.jinja' %}\n{% block definition %}\ndef f(seed): ...\n\n\n{% endblock %}\n"


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
            {"demo.py.jinja": "{% include 'parts/a.jinja' %}\n\nb = 2\n", "parts/a.jinja": "a = 1\n"},
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
        ({"demo.py.jinja": "\n{% include 'a/x' %}"}, "templates/demo.py.jinja, line 2: no template 'a/x'"),
        ({"demo.py.jinja": "{% include 'a/x' %}", "a/x": "\n{{ y }}"}, "templates/a/x, line 2: 'y' is undefined"),
        (
            {"demo.py.jinja": "{% include 'a/x' %}", "a/x": "\n{% if %}"},
            "templates/a/x, line 2: Expected an expression, got 'end of statement block'",
        ),
        ({"demo.py.jinja": "\n{{ 1 / 0 }}"}, "templates/demo.py.jinja, line 2: division by zero"),
        (
            {"demo.py.jinja": FIELD_START},
            "templates/demo.py.jinja: the characters '\\U0010fffc' and '\\U0010fffd' are reserved for marking fields",
        ),
    ],
    ids=[
        "missing",
        "undefined",
        "syntax",
        "no such part",
        "undefined in a part",
        "syntax in a part",
        "raises",
        "marker",
    ],
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
        ("a\n{% block cal %}b\n{% endblock %}", ", line 2: unknown block 'cal': did you mean 'call'?"),
        ("a\n{% block call %}b\n{% endblock %}c\n", ": the block 'call' must hold the last lines of the template"),
        ("a\n{% block call %}{% endblock %}", ": the block 'call' must hold the last lines of the template"),
        ("a {% block call %}b\n{% endblock %}", ": the block 'call' must hold the last lines of the template"),
        ("a\n{% block call %}\n{{ b }}\n{% endblock %}\n", ", line 3: 'b' is undefined"),
    ],
    ids=["other name", "not at the end", "empty", "in a line", "undefined"],
)
def test_a_call_that_is_no_call_is_refused(template: str, problem: str) -> None:
    """A block with another name, an empty one, or one before the last lines is an error: it would be lost silently."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([PLAIN], {"demo.py.jinja": template})
    assert caught.value.problems == (f"templates/demo.py.jinja{problem}",)


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
    entry = Entry("demo", "Demo", "d", PASTE, (SEED, NAMES), surround="seed_value")
    with pytest.raises(TemplateError) as caught:
        read_snippets([entry], {"demo.py.jinja": f"{{{{ names }}}}\n{{% block call %}}\n{call}{{% endblock %}}\n"})
    assert caught.value.problems == (
        "templates/demo.py.jinja: the call must end with the field 'seed_value', which a selection replaces",
    )


def test_what_the_entry_says_of_the_snippet() -> None:
    """Title, description, surround and form of the entry are those of the snippet."""
    entry = Entry("demo", "Demo", "d", USE, (SEED,), surround="seed_value")
    template = "a\n{% block call %}\nwith b:\n    {{ seed_value }}\n{% endblock %}\n"
    (snippet,) = read_snippets([entry], {"demo.py.jinja": template})
    assert (snippet.title, snippet.description) == ("Demo", "d")
    assert (snippet.surround, snippet.form) == ("seed_value", USE)


def test_a_template_takes_over_a_part_of_another() -> None:
    """A block of its own has its own definition, below a line of its origin, and the call of the use."""
    templates = {"demo.py.jinja": PARENT, "demo_block.py.jinja": CHILD}
    use, block = read_snippets([IMPORTING, ALONE], templates)
    assert (use.body, use.call) == (("from ", MODULE, " import f\n\n"), ("f(", SEED, ")\n"))
    assert (block.body, block.call) == ((ORIGIN, "def f(seed): ...\n\n\n"), use.call)


def test_a_whole_file_begins_with_its_stamp() -> None:
    """The first line of a whole file has the digest of all that is below it, with each field at its default."""
    (whole,) = read_snippets([PLAIN._replace(form=FILE, fields=(SEED,))], {"demo.py.jinja": "a = {{ seed_value }}\n"})
    assert whole.body == (first_line("demo", "a = 2020\n"), "a = ", SEED, "\n")
    assert whole.plain == whole.code


@pytest.mark.parametrize(
    ("templates", "problem"),
    [
        pytest.param(
            {"demo_block.py.jinja": CHILD}, "_block.py.jinja, line 1: no template 'demo.py.jinja'", id="no parent"
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD.replace("definition", "definitio"), "demo.py.jinja": PARENT},
            "_block.py.jinja, line 2: unknown block 'definitio': did you mean 'definition'?",
            id="other name",
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD.partition("\n")[0], "demo.py.jinja": PARENT},
            ".py.jinja, line 2: 'module' is undefined",
            id="no definition of its own",
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD.replace("...", "{{ dots }}"), "demo.py.jinja": PARENT},
            "_block.py.jinja, line 3: 'dots' is undefined",
            id="undefined in its own definition",
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD, "demo.py.jinja": PARENT.replace("seed_value", "sed_value")},
            ".py.jinja, line 6: 'sed_value' is undefined",
            id="undefined in the call that it inherits",
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD, "demo.py.jinja": PARENT.partition("{% block call")[0]},
            "_block.py.jinja: the block 'call' must hold the last lines of the template",
            id="a parent without a call",
        ),
        pytest.param(
            {"demo_block.py.jinja": "def f(seed): ...\n"},
            "_block.py.jinja: the block 'call' must hold the last lines of the template",
            id="it extends nothing",
        ),
        pytest.param(
            {"demo_block.py.jinja": CHILD + "{% block call %}{% endblock %}", "demo.py.jinja": PARENT},
            "_block.py.jinja: the block 'call' must hold the last lines of the template",
            id="a call that is taken over by nothing",
        ),
    ],
)
def test_faults_of_a_template_that_extends_another(templates: dict[str, str], problem: str) -> None:
    """The file and line are named, of the template or of the one that it extends."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([ALONE], templates)
    assert caught.value.problems == (f"templates/demo{problem}",)


def test_a_use_without_a_call_is_refused() -> None:
    """An import alone would be of no use."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([IMPORTING], {"demo.py.jinja": "from {{ module }} import f  # {{ seed_value }}\n"})
    assert caught.value.problems == (
        "templates/demo.py.jinja: the block 'call' must hold the last lines of the template",
    )


def test_a_whole_file_with_a_call_is_refused() -> None:
    """A call would be a comment in the plain file and code in the editors, but a whole file has one digest."""
    with pytest.raises(TemplateError) as caught:
        read_snippets([PLAIN._replace(form=FILE)], {"demo.py.jinja": "a\n{% block call %}\nb\n{% endblock %}\n"})
    assert caught.value.problems == ("templates/demo.py.jinja: a whole file has no block 'call'",)


NAMES_OF_TEMPLATES = ["demo.py.jinja", "demo_block.py.jinja"]
USED = {
    "demo.py.jinja": "{% block definition %}{% include 'parts/a' %}{% endblock %}",
    "demo_block.py.jinja": "{% extends 'demo.py.jinja' %}{% block definition %}{% include 'parts/b' %}{% endblock %}",
    "parts/a": "",
    "parts/b": "{% include 'parts/c' %}",
    "parts/c": "",
}


def test_templates_that_are_used() -> None:
    """An entry's template is used, and what is included, at any depth; a template of an entry may be missing."""
    check_used(NAMES_OF_TEMPLATES, USED)
    check_used([*NAMES_OF_TEMPLATES, "other.py.jinja"], USED)


@pytest.mark.parametrize(
    ("more", "names", "problems"),
    [
        ({"lost.py.jinja": ""}, NAMES_OF_TEMPLATES, ["lost.py.jinja: no entry in the catalogue has this abbreviation"]),
        ({"parts/x": ""}, NAMES_OF_TEMPLATES, ["parts/x: no template includes it"]),
        (
            {"parts/x": "{% include 'parts/y' %}", "parts/y": "{% include 'parts/x' %}"},
            NAMES_OF_TEMPLATES,
            ["parts/x: no template includes it", "parts/y: no template includes it"],
        ),
        (
            {},
            NAMES_OF_TEMPLATES[:1],
            [
                "demo_block.py.jinja: no entry in the catalogue has this abbreviation",
                "parts/b: no template includes it",
                "parts/c: no template includes it",
            ],
        ),
        (
            {"parts/c": "\n{% if %}"},
            NAMES_OF_TEMPLATES,
            ["parts/c, line 2: Expected an expression, got 'end of statement block'"],
        ),
    ],
    ids=["no entry", "not included", "included by each other", "of an entry that has gone", "syntax"],
)
def test_a_stray_template_is_refused(more: dict[str, str], names: list[str], problems: list[str]) -> None:
    """A template of no entry, or a fragment that none of them includes, is an error: it would be lost silently."""
    with pytest.raises(TemplateError) as caught:
        check_used(names, USED | more)
    assert caught.value.problems == tuple(f"templates/{problem}" for problem in problems)
