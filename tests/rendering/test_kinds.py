"""What each kind of field accepts."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.rendering.kinds import Choice, Expression, Integer, Kind, ModuleName

SEED = Integer(0, 2**32 - 1)
LEVEL = Choice(("bitwise", "seeds only"))

ACCEPTED = [
    (SEED, "0"),
    (SEED, "7"),
    (SEED, "4294967295"),
    (Integer(-5, 5), "-5"),
    (Expression(), "x"),
    (Expression(), "range(10)[::2]"),
    (Expression(), "'# no comment'"),
    (Expression(), "lambda x: x"),
    (Expression(), "'ä'"),
    (LEVEL, "bitwise"),
    (LEVEL, "seeds only"),
    *((ModuleName(), name) for name in ("seeding", "utils.seeding", ".seeding", "..a.b", "_a1", "match", "a.None_")),
]

REFUSED = [
    *((SEED, value) for value in ("abc", "-1", "4294967296", "1.5", "True", "", " 7", "7 ", "007", "-0", "+7")),
    *((SEED, value) for value in ("1_000", "0x10", "1e3", "٣", "7\n", "9" * 5000)),
    *(
        (Expression(), value)
        for value in ("", " ", " x", "x ", "x =", "x = 1", "import os", "(", "1] + [2", "*x", "1, 2", "y := 1")
    ),
    *((Expression(), value) for value in ("1 # c", "1\n", "(1,\n2)", "x; y", "'\t'", "'\0'", "'\udc80'", "(" * 9999)),
    *((LEVEL, value) for value in ("", "Bitwise", "bitwise ", "both")),
    *((ModuleName(), name) for name in ("", ".", "..", "a-b", "class", "a.class", "None", "a.", "a..b", ".a.", "1a")),
    *(
        (ModuleName(), name)
        for name in ("a b", " a", "a ", "a\n", "a . b", "seeding as s", "a, b", "(a)", "*", "é", "\uff41")
    ),
]


@pytest.mark.parametrize(("kind", "value"), ACCEPTED)
def test_accepted(kind: Kind, value: str) -> None:
    """A value of the kind is accepted."""
    assert kind.accepts(value)


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_refused(kind: Kind, value: str) -> None:
    """Anything else is refused, without an exception."""
    assert not kind.accepts(value)


@given(st.text("ab1._ -\nif", max_size=8) | st.text(max_size=4))
def test_a_module_name_can_be_imported_from(name: str) -> None:
    """What is accepted stands between `from` and `import` in valid code of one line, and names the module as it is."""
    if ModuleName().accepts(name):
        (statement,) = ast.parse(f"from {name} import x").body
        assert isinstance(statement, ast.ImportFrom)
        assert "." * statement.level + str(statement.module) == name


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SEED, "an integer in [0, 2**32 - 1]"),
        (Integer(1, 100), "an integer in [1, 100]"),
        (Integer(0, 65535), "an integer in [0, 65535]"),
        (LEVEL, "one of 'bitwise', 'seeds only'"),
        (Expression(), "a Python expression on one line"),
        (ModuleName(), "the name of a module, such as seeding, utils.seeding or .seeding"),
    ],
)
def test_words(kind: Kind, words: str) -> None:
    """A kind says in words what it accepts, for errors and for `seedblock list`."""
    assert str(kind) == words
