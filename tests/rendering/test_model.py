"""Splitting rendered text into literals and fields."""

import pytest

from seedblock.errors import TemplateError
from seedblock.rendering.kinds import Integer
from seedblock.rendering.model import (
    FIELD_END,
    FIELD_START,
    SELECTION,
    Field,
    Snippet,
    around,
    split_at_fields,
)
from tests.support.samples import BODY, IMPORT, LEVEL, MODULE, NAMES, SCOPE, SEED, SNIPPET

ONE, TWO = (Field(name, "1", Integer(0, 9), "a digit") for name in ("one", "two"))


def mark(name: str) -> str:
    return f"{FIELD_START}{name}{FIELD_END}"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param(mark("one"), (ONE,), id="a field alone"),
        pytest.param(f"a{mark('one')}b{mark('one')}", ("a", ONE, "b", ONE), id="a field twice"),
        pytest.param(mark("one") * 2, (ONE, ONE), id="nothing between"),
        pytest.param(f"one{mark('one')}", ("one", ONE), id="text that is a field's name"),
    ],
)
def test_split(text: str, body: tuple[str | Field, ...]) -> None:
    """Literal text and fields come in the order of the text, without empty parts."""
    assert split_at_fields([text], [ONE]) == (body,)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("x", ["the field 'one' is declared but never used", "the field 'two' is declared but never used"]),
        pytest.param(f"{mark('one')}{mark('tow')}{mark('two')}", ["unknown field 'tow': known: one, two"]),
        pytest.param(
            f"{mark('one')}{mark('two')}{FIELD_END}",
            [f"the characters {FIELD_START!r} and {FIELD_END!r} are reserved for marking fields"],
        ),
        pytest.param(
            f"{FIELD_START}{mark('one')}{mark('two')}",
            [f"the characters {FIELD_START!r} and {FIELD_END!r} are reserved for marking fields"],
        ),
    ],
    ids=["unused", "unknown", "stray end", "stray start"],
)
def test_split_refuses(text: str, problems: list[str]) -> None:
    """Unknown fields, unused fields and stray markers are all named."""
    with pytest.raises(TemplateError) as caught:
        split_at_fields([text], [ONE, TWO])
    assert list(caught.value.problems) == problems


def test_split_of_several_texts() -> None:
    """Each text is split separately; a field is used if any text uses it; everything wrong is reported at once."""
    assert split_at_fields([f"a{mark('one')}", mark("two")], [ONE, TWO]) == (("a", ONE), (TWO,))
    assert split_at_fields(["", mark("one")], [ONE]) == ((), (ONE,))
    with pytest.raises(TemplateError) as caught:
        split_at_fields([mark("x"), mark("y")], [ONE])
    assert caught.value.problems == (
        "unknown field 'x': known: one",
        "unknown field 'y': known: one",
        "the field 'one' is declared but never used",
    )


def test_fields_come_once_in_order_of_appearance() -> None:
    """The order of the tab stops is the order in the code, not that of the catalogue."""
    assert SNIPPET._replace(body=(NAMES, SEED, NAMES), call=(NAMES, LEVEL)).fields == (NAMES, SEED, LEVEL)


def test_the_module_is_the_last_stop() -> None:
    """The import comes first in the code, but seldom needs another name."""
    assert SNIPPET._replace(body=(MODULE, NAMES), call=(SEED, MODULE, LEVEL)).fields == (NAMES, SEED, LEVEL, MODULE)


def test_code_has_every_default() -> None:
    """The code is body and call with each field at its default."""
    assert SNIPPET.code == (
        'seed = 2020\nlevel = "seeds"  # "bitwise" or "seeds"\nnames = {\'a\': "$\\\\"}, 20200\n'
        "if seed:\n    print(names, 2020, {'a': \"$\\\\\"})\n\n# once\n"
    )
    assert BODY.count(SEED) == 2


@pytest.mark.parametrize(
    ("call", "plain"),
    [
        ((), ""),
        (("f(", SEED, ")\n"), "# f(2020)\n"),
        (("if a:\n    b\n\n    c\n",), "# if a:\n#     b\n\n#     c\n"),
        (("f()\n# or: g()\n    # h\n",), "# f()\n# or: g()\n#     # h\n"),
        (("f()",), "# f()"),
    ],
    ids=["none", "field", "empty line", "comment", "no last newline"],
)
def test_the_call_is_a_comment_in_a_plain_file(call: tuple[str | Field, ...], plain: str) -> None:
    """Every line of code in the call is a comment; the body is as it is in the editors."""
    assert Snippet("demo", "Demo", "d", ("a = 1\n# b\n",), call).plain == f"a = 1\n# b\n{plain}"


def test_around_ends_with_the_selection() -> None:
    """The snippet for selected code has the import and the call, with the selection as last field, which is no stop."""
    (made,) = around([SNIPPET, SCOPE])
    assert made.parts == (*IMPORT, "with f(", SEED, "):\n    ", SELECTION)
    assert (made.abbreviation, made.title, made.form) == ("scope_around", "Scope around the selection", SCOPE.form)
    assert made.fields == (SEED, MODULE)
    assert made.code == "from seeding import f\n\nwith f(2020):\n    "
