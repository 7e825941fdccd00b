"""Strings from a tape, made fit to be shown: each stays on its line, and every output can hold it. Pure.

A tape may come from anybody: a newline in a name would print a line of its own, such as "identical: ...".
"""

import re
from typing import Any

MAX_DEPTH = 20  # of lists and dictionaries in each other; the recorder's have fewer

# Control characters, separators of lines, text direction controls, lone surrogates, and characters that are none.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SUSPECT = re.compile(rb"[^ -~]|\\")  # without these, JSON text has no such character


def clean_text(text: str) -> str:
    """Write each character that is unfit as an escape."""
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)


def clean(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Clean every string in what was read from JSON. Raises ValueError if it is nested too deeply, or two names become one."""
    if isinstance(value, str):
        return clean_text(value)
    if not isinstance(value, (list, dict)):
        return value
    if not depth:
        raise ValueError("nested too deeply")
    if isinstance(value, list):
        return [clean(item, depth - 1) for item in value]
    cleaned = {clean_text(name): clean(item, depth - 1) for name, item in value.items()}
    if len(cleaned) != len(value):
        raise ValueError("two names differ only in characters that cannot be shown")
    return cleaned


def may_be_unfit(text: bytes) -> bool:
    """Tell whether JSON text may need cleaning: that of most lines needs none."""
    return _SUSPECT.search(text) is not None or text.count(b"[") + text.count(b"{") > MAX_DEPTH
