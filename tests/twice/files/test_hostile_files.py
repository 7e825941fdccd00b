"""Files that are broken, or made to break their reader: an answer, little memory, and nothing of theirs is run."""

import io
import pickle
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from seedblock.twice.files.formats import archives, differing, inert, known, parts
from seedblock.twice.files.formats.known import Told, tell
from tests.support.written_files import chunk, field, gzipped, npy, pickled, png, record, text, zipped
from tests.twice.files.test_formats import PARTS, SAME

MB = 1 << 20


def told(name: str, one: bytes, two: bytes) -> Told:
    return tell(name, io.BytesIO(one), io.BytesIO(two))


def nested(depth: int, width: int = 1) -> bytes:
    """Pickle lists in each other: at each depth, one list that is there `width` times."""
    made = b"\x80\x02]q\x00"
    for at in range(depth):
        made += b"](" + b"".join([b"h" + bytes([at % 256])] * width) + b"eq" + bytes([(at + 1) % 256])
    return made + b"."


def keyed(depth: int) -> bytes:
    """Pickle a dictionary with one key: tuples in each other, each twice in the next."""
    made = b"\x80\x02}K\0q\0"
    for at in range(depth):
        made += b"0h" + bytes([at]) + b"h" + bytes([at]) + b"\x86q" + bytes([at + 1])
    return made + b"K\1s."


def header(content: bytes, size: int | None = None) -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(content) if size is None else size) + content


def safe(head: bytes, size: int | None = None) -> bytes:
    return struct.pack("<Q", len(head) if size is None else size) + head + bytes(8)


def image(wide: int, high: int, content: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


# A name, a file, and the start of the reason why its content is not compared; "" if it is.
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a memo of four billion": ("a.pkl", b"\x80\x02]r\xff\xff\xff\xffK\1a.", ""),
    "bytes that are not there": ("a.pkl", b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b"abc.", "it ends too early"),
    "text that is not there": ("a.pkl", b"\x80\x05\x8d" + struct.pack("<Q", 1 << 40) + b"abc.", "EOFError"),
    "a frame that is not there": ("a.pkl", b"\x80\x05\x95" + struct.pack("<Q", 1 << 40) + b"K\1.", ""),
    "keys that take for ever": ("a.pkl", keyed(40), "its keys hold too much"),
    "an extension": ("a.pkl", b"\x80\x02\x82\1.", "it uses extension 1"),
    "a pickle in itself": ("a.pkl", b"\x80\x02]q\0h\0aK\1a.", ""),
    "a deep pickle": ("a.pkl", nested(200), "it is nested too deeply"),
    "a set of a set in itself": ("a.pkl", b"\x80\x04]\x94(h\0\x91.", "unhashable"),
    "a deep JSON": ("a.json", b"[" * 100_000, ""),
    "a deep JSON that is read": ("a.json", b"[" * 300 + b"]" * 300, "it is nested too deeply"),
    "a key twice": ("a.json", b'{"a": 1, "a": 2}', "a key is there twice"),
    "a long number": ("a.json", b"9" * 100_000, ""),
    "a line of JSON without an end": ("a.jsonl", b'"' + b"a" * (2 << 20) + b'"', "a line is longer"),
    "a long header": ("a.npy", header(b"", 65_535), "it ends too early"),
    "a header that runs": ("a.npy", header(b"__import__('os').abort()"), "malformed node"),
    "a deep header": ("a.npy", header(b"(" * 60_000), ""),
    "an array that is not there": ("a.npy", header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,)}"), ""),
    "no array": ("a.npy", b"", "it ends too early"),
    "a long list of tensors": ("a.safetensors", safe(b"{}", 1 << 60), "its header is longer"),
    "a tensor outside": ("a.safetensors", safe(b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-9, -1]}}'), "a tensor is not where"),
    "a tensor of another length": ("a.safetensors", safe(b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}'), "it holds more than its tensors"),
    "a large image": ("a.png", image(1 << 30, 1 << 30), "it is interlaced, or larger"),
    "an image that is not there": ("a.png", image(1000, 1000), "it ends too early"),
    "an image that unpacks to more": ("a.png", image(1, 1, bytes(99 * MB)), ""),
    "a record that is not there": ("a.tfevents.1", struct.pack("<QI", 1 << 60, 0), "a record's length is wrong"),
    "a field that is not there": ("a.tfevents.1", record(b"\x2a\xff\xff\xff\xff\x7f"), "a record ends too early"),
    "a number without an end": ("a.tfevents.1", record(b"\xff" * 100), "a record ends too early"),
    "a kind of field that is none": ("a.tfevents.1", record(b"\x0b"), "a record has a field of kind 3"),
    "a summary of nothing": ("a.tfevents.1", record(field(5, field(1, b""))), ""),
    "no zip": ("a.npz", b"PK\3\4", "File is not a zip file"),
    "no gzip": ("a.csv.gz", b"\x1f\x8b\x08", ""),
    "a gzip that is cut": ("a.csv.gz", gzipped(text("abc"))[:-9], ""),
    "no torch": ("a.pt", b"PK\3\4" + b"\0" * 99, "File is not a zip file"),
    "a torch without a tensor": ("a.pt", zipped(a_pkl=b"").replace(b"a.pkl", b"a.pk\0"), ""),
    "a member that is encrypted": ("a.zip", zipped(a_b=b"abc").replace(b"\0\0\x08\0\0\0", b"\1\0\x08\0\0\0"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile(case: str) -> None:
    """There is an answer, with the reason where the content could not be compared, and it takes little memory."""
    name, data, why = HOSTILE[case]
    tracemalloc.start()
    try:
        found = told(name, data, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.why.startswith(why)
    assert not (why and found.same)
    assert peak < 150 * MB


def test_a_filter_that_is_none() -> None:
    """Rows of a PNG with a filter that the standard lacks are no pixels."""
    assert told("a.png", png([b"abc"], [9], 3), png([b"abd"], [9], 3)).why == "a row has filter 9"


def test_nothing_runs(tmp_path: Path) -> None:
    """A pickle that would start a command is only read: what it would call is a part of it."""
    files = [f"cos\nsystem\n(S'touch {tmp_path / name}'\ntR.".encode() for name in "ab"]
    assert told("a.pkl", *files).part == f"()[0]: 'touch {tmp_path}/a' and 'touch {tmp_path}/b'"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AttributeError):  # and so would Python's own reader, had it the module
        pickle.loads(files[0].replace(b"system", b"no_such_name"))


LIMITS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, bytes, str]] = {
    "bytes of a gzip": (lambda patch: patch.setattr(parts, "MAX_BYTES", 9 * MB), "a.bin.gz", gzipped(bytes(10 * MB)), "it unpacks to more than 9,437,184 bytes"),
    "bytes of a zip": (lambda patch: patch.setattr(parts, "MAX_BYTES", 9 * MB), "a.zip", zipped(a=bytes(5 * MB), b=bytes(5 * MB)), "it unpacks to more than 9,437,184 bytes"),
    "members": (lambda patch: patch.setattr(archives, "MAX_MEMBERS", 9), "a.zip", zipped(**dict.fromkeys("abcdefghij", b"")), "it holds more than 9 members"),
    "parts of a pickle that grows": (lambda patch: patch.setattr(differing, "MAX_PARTS", 999), "a.pkl", nested(3, 10), "it has more than 999 parts"),
    "objects of a pickle": (lambda patch: patch.setattr(inert, "MAX_READS", 999), "a.pkl", pickled(list(range(999))), "it holds too many objects"),
}  # fmt: skip


@pytest.mark.parametrize("case", LIMITS)
def test_limits(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds more than is read is refused, and says so; below the limit, the same file is compared."""
    patch, name, data, why = LIMITS[case]
    other = data + b"\0" if name.endswith(".gz") else data
    assert told(name, data, other).why == ""
    patch(monkeypatch)
    assert told(name, data, other).why == why


def test_broken_anywhere() -> None:
    """A file of any format that is cut or changed anywhere is compared or refused: nothing is raised."""
    source = random.Random(0)
    files = [(name, data) for name, data, *_ in (*SAME.values(), *PARTS.values()) if len(data) < 100_000]
    for name, data in files:
        for _ in range(20):
            broken = bytearray(data[: source.choice([len(data), source.randrange(1, len(data) + 1)])])
            for _ in range(source.randrange(4)):
                broken[source.randrange(len(broken))] = source.randrange(256)
            assert isinstance(told(name, data, bytes(broken)), Told)


def test_a_reader_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in a reader is not taken for a broken file."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(known, "first_difference", stop)
    with pytest.raises(KeyboardInterrupt):
        told("a.npy", npy(0), npy(1))
