"""A value as JSON. Importing the standard encoder would hide the script's own `json.py`, `re.py` or `enum.py` from it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONSTANTS = {None: "null", True: "true", False: "false"}
_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}  # as Python's own encoder writes them


def to_json(value: Any) -> str:
    """Write a value in ASCII on one line. Keys must be strings. Raises TypeError for a value that JSON lacks."""
    if isinstance(value, str):
        return _text(value)
    if value is None or value is True or value is False:
        return _CONSTANTS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        number = float.__repr__(value)
        return _NUMBERS.get(number, number)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_text(key)}:{to_json(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([to_json(item) for item in value]) + "]"
    raise TypeError(f"a tape cannot hold a {type(value).__name__}")


def _text(text: str) -> str:
    plain = str.isascii(text) and str.isprintable(text) and '"' not in text and "\\" not in text
    return '"' + (text if plain else "".join([_character(character) for character in text])) + '"'


def _character(character: str) -> str:
    number = ord(character)
    if 32 <= number < 127 and character not in '"\\':
        return character
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 | number >> 10:04x}\\u{0xDC00 | number & 0x3FF:04x}"
