"""The kinds of value that a field takes. `str(kind)` says in words what `kind.accepts` accepts."""

import re
from typing import NamedTuple


class Integer(NamedTuple):
    """A decimal integer literal in [minimum, maximum], without `+`, leading zeros or underscores."""

    minimum: int
    maximum: int

    def __str__(self) -> str:
        return f"an integer in [{_power(self.minimum)}, {_power(self.maximum)}]"

    def accepts(self, value: str) -> bool:
        # int() raises on more than 4300 digits; no range here needs more than 20.
        return bool(re.fullmatch("-?[1-9][0-9]{0,19}|0", value)) and self.minimum <= int(value) <= self.maximum


class Expression(NamedTuple):
    """One Python expression on one line."""

    def __str__(self) -> str:
        return "a Python expression on one line"

    def accepts(self, value: str) -> bool:
        import ast  # only expressions need it

        if value != value.strip() or not value.isprintable():
            return False
        try:
            ast.parse(value, mode="eval")
            bracketed = ast.parse(f"[{value}]", mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
        # In brackets a trailing comment is a syntax error, and `1, 2`, which would be two arguments, is two elements.
        return isinstance(bracketed, ast.List) and len(bracketed.elts) == 1


class ModuleName(NamedTuple):
    """What stands between `from` and `import`, absolute or relative."""

    def __str__(self) -> str:
        return "the name of a module, such as seeding, utils.seeding or .seeding"

    def accepts(self, value: str) -> bool:
        import keyword  # only module names need it

        names = value.lstrip(".").split(".")
        return all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in names)


class Choice(NamedTuple):
    """One of several texts. The field's default is offered first."""

    options: tuple[str, ...]

    def __str__(self) -> str:
        return f"one of {', '.join(map(repr, self.options))}"

    def accepts(self, value: str) -> bool:
        return value in self.options


Kind = Integer | Expression | ModuleName | Choice


def _power(number: int) -> str:
    """Write 4294967295 as 2**32 - 1."""
    bits = number.bit_length()
    return f"2**{bits} - 1" if bits > 16 and number == 2**bits - 1 else str(number)
