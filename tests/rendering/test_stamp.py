"""The first line of a whole file: what it says, and that it notices every change below it."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedblock import __version__
from seedblock.rendering import stamp
from seedblock.rendering.model import stem
from seedblock.rendering.stamp import Stamp, first_line, read_stamp
from tests.support.editor_samples import SNIPPETS
from tests.support.samples import TEXT

VERSION = tuple(int(part) for part in __version__.split("."))
REST = 'import os\n\nname = "Zoë"\n'
LINE = first_line("demo", REST)


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", ["seedmodule", "seedtrain"])
def test_every_whole_file_is_stamped(name: str) -> None:
    """The first line of each file is read back: its name, this version, unchanged."""
    assert read_stamp(SNIPPETS[name].plain.encode()) == Stamp(stem(SNIPPETS[name]), VERSION, changed=False)


@given(TEXT)
@example("")
@example("\ud800")
def test_any_text_is_read_back(rest: str) -> None:
    """Whatever is below the first line, it is read back as unchanged."""
    assert read_stamp(encode(first_line("demo", rest) + rest)) == Stamp("demo", VERSION, changed=False)


@given(st.binary(), st.binary(), st.binary())
def test_any_change_below_is_seen(before: bytes, old: bytes, new: bytes) -> None:
    """Bytes that are changed, added or removed anywhere below the first line are a change; equal bytes are none."""
    line = LINE.replace(LINE[-17:-1], hashlib.sha256(before + old).hexdigest()[:16]).encode()
    assert read_stamp(line + before + new) == Stamp("demo", VERSION, changed=old != new)


def test_each_byte_counts() -> None:
    """Every single byte of the file, flipped, is seen, also in the last line; so is a line that is cut off or added."""
    rest = REST.encode()
    for index in range(len(rest)):
        other = bytes([*rest[:index], rest[index] ^ 1, *rest[index + 1 :]])
        assert read_stamp(LINE.encode() + other) == Stamp("demo", VERSION, changed=True)
    for other in (b"", rest[:-1], rest + b"\n", rest.replace(b"\n", b"\r\n"), b"\n" + rest, b" " + rest):
        assert read_stamp(LINE.encode() + other) == Stamp("demo", VERSION, changed=True)


def test_versions_are_compared_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of another release is read, and 0.10 is newer than 0.9."""
    found = []
    for version in ("0.9.1", "0.10.0"):
        monkeypatch.setattr(stamp, "__version__", version)
        found.append(read_stamp((first_line("demo", REST) + REST).encode()))
    assert found == [Stamp("demo", (0, 9, 1), changed=False), Stamp("demo", (0, 10, 0), changed=False)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].version < found[1].version


NOT_STAMPS = {
    "nothing": "",
    "the user's own module": "import torch\n",
    "a line above it": f"#!/usr/bin/env python\n{LINE}",
    "a mark above it": f"\ufeff{LINE}",
    "no line end": LINE.rstrip("\n"),
    "more in the line": LINE.replace("\n", " mine\n"),
    "no version": LINE.replace(__version__, ""),
    "a version of letters": LINE.replace(__version__, "1.2rc1"),
    "an endless version": LINE.replace(__version__, "9" * 5000),
    "no digest": LINE.replace(LINE[-17:], "\n"),
    "a short digest": LINE.replace(LINE[-18:], "\n"),
    "a digest of other letters": LINE.replace(LINE[-17:], "G" * 16 + "\n"),
    "the line of a block": stamp.ORIGIN,
}


@pytest.mark.parametrize("what", NOT_STAMPS)
def test_what_is_no_stamp(what: str) -> None:
    """A first line that we have not written is none of ours, and is no error."""
    assert read_stamp(NOT_STAMPS[what].encode() + REST.encode()) is None


@given(st.binary() | TEXT.map(encode))
def test_any_file_can_be_read(content: bytes) -> None:
    """A file of the user, whatever is in it, is not ours."""
    assert read_stamp(content) is None
