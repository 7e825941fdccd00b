"""Two files whose bytes differ: the same content, or the part that differs."""

import io
import math
import pickle
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.twice.files.formats.known import Told, tell
from tests.support import written_files as made
from tests.support.forked import run_all
from tests.support.written_files import events, filtered, gzipped, npy, npz, pickled, png, record, strings, text, zipped

ARRAY = np.arange(12.0).reshape(3, 4)
OTHER = np.where(ARRAY == 6, 0.5, ARRAY)
ROWS = [bytes((7 * at * at + number) % 251 for at in range(9)) for number in range(6)]
OTHER_ROWS = [*ROWS[:4], bytes([*ROWS[4][:3], 255, *ROWS[4][4:]]), ROWS[5]]
TEXT = ((b"tEXt", b"Software\0a"), (b"tIME", b"1234567"))
SCALARS = ((0, "loss", 0.5), (300, "loss", 0.25), (300, "accuracy", 0.75))


def told(name: str, one: bytes, two: bytes) -> Told:
    return tell(name, io.BytesIO(one), io.BytesIO(two))


SAME = {
    "keys of JSON": ("a.json", b'{"a": 1, "b": [2.0, NaN]}', b'{"b":[2.0,NaN],"a":1}'),
    "keys of JSON lines": ("a.jsonl", b'{"a": 1, "b": 2}\n{}\n', b'{"b": 2, "a": 1}\n{}\n'),
    "escapes of JSON": ("a.json", b'"\\u00e9"', '"é"'.encode()),
    "protocol of a pickle": ("a.pkl", pickled({"a": [ARRAY, b"x"]}, 2), pickled({"a": [ARRAY, b"x"]}, 4)),
    "order of a set": ("a.pkl", strings("a", "b", "c"), strings("c", "a", "b")),
    "order of a dictionary": ("a.pkl", pickled({"a": 1, "b": 2}), pickled({"b": 2, "a": 1})),
    "an object twice": ("a.pkl", pickled([ROWS, ROWS]), pickled([ROWS, list(ROWS)])),
    "dates in a zip": ("a.zip", zipped(a_csv=b"1"), zipped((1999, 1, 1, 0, 0, 0), a_csv=b"1")),
    "packing of an npz": ("a.npz", npz(a=ARRAY), zipped(a_npy=npy(ARRAY))),
    "date of a gzip": ("a.gz", gzipped(b"a"), gzipped(b"a", 9)),
    "date of a gzipped table": ("a.csv.gz", gzipped(b"a,b\n"), gzipped(b"a,b\n", 9)),
    "the order of a graph's attributes": ("events.out.tfevents.1", record(b"\x22\x04abcd"), record(b"\x22\x04dcba")),
    "time of events": ("events.out.tfevents.1.h.2.0", events(*SCALARS), events(*SCALARS, time=1.8e9)),
    "text in a PNG": ("a.png", png(ROWS, [0] * 6, 9), png(ROWS, [0] * 6, 9, TEXT)),
    "level of a PNG": ("a.png", png(ROWS, [0] * 6, 9), png(ROWS, [0] * 6, 9, level=0)),
    **{
        f"filter {kind} of a PNG": ("a.png", png(ROWS, [0] * 6, 9), png(filtered(ROWS, kind), [kind] * 6, 9))
        for kind in (1, 2, 3, 4)
    },
}


@pytest.mark.parametrize("case", SAME)
def test_same_content(case: str) -> None:
    """Files that hold the same are the same, whatever their bytes."""
    name, one, two = SAME[case]
    assert one != two
    assert told(name, one, two) == Told(True)


PARTS = {
    "an element": ("a.npy", npy(ARRAY), npy(OTHER), "[1, 2]: 6.0 and 0.5"),
    "an element, by columns": ("a.npy", npy(np.asfortranarray(ARRAY)), npy(np.asfortranarray(OTHER)), "[1, 2]: 6.0 and 0.5"),
    "an element late in a long array": ("a.npy", npy(np.zeros(999_999)), npy(np.arange(999_999) // 999_998), "type '<f8', shape (999999,) and type '<i8', shape (999999,)"),
    "the last of many": ("a.npy", npy(np.zeros(999_999, "f4")), npy(np.append(np.zeros(999_998, "f4"), np.float32(3))), "[999998]: 0 and 3"),
    "a truth": ("a.npy", npy(np.array([True, False])), npy(np.array([True, True])), "[1]: False and True"),
    "minus zero": ("a.npy", npy(np.array(0.0)), npy(np.array(-0.0)), "[]: 0.0 and -0.0"),
    "a shape": ("a.npy", npy(ARRAY), npy(ARRAY.T), "type '<f8', shape (3, 4) and type '<f8', shape (4, 3), by columns"),
    "objects": ("a.npy", npy(np.array([{"a": 1}], object)), npy(np.array([{"a": 2}], object)), "[4][0].a: 1 and 2"),
    "a record": ("a.npy", npy(np.array([(1, 2)], "i4,f8")), npy(np.array([(1, 3)], "i4,f8")), "byte 10"),
    "an array of an npz": ("a.npz", npz(x=ARRAY, pred=ARRAY), npz(x=ARRAY, pred=OTHER), "pred[1, 2]: 6.0 and 0.5"),
    "one array more": ("a.npz", npz(a=ARRAY), npz(a=ARRAY, b=ARRAY), "b: only in run 2"),
    "a field": ("a.csv", b"id,acc\n1,0.31\n", b"id,acc\n1,0.99\n", "line 2, column 'acc': '0.31' and '0.99'"),
    "a field with quotes": ("a.csv", b'id,acc\n"a,b",1\n', b'id,acc\n"a,b",2\n', "line 2, column 'acc': '1' and '2'"),
    "a title": ("a.tsv", b"a\tb\n", b"a\tc\n", "line 1, column 'b': 'b' and 'c'"),
    "a field more": ("a.csv", b"a\n1\n", b"a\n1,2\n", "line 2: '1' and '1,2'"),
    "a line more": ("a.txt", b"a\n", b"a\nb\n", "line 2: only in run 2"),
    "no end of a line": ("a.txt", b"a\nb", b"a\nb\n", "line 2: 'b' and 'b\\n'"),
    "an end of a line": ("a.txt", b"a\nb\r\n", b"a\nb\n", "line 2: 'b\\r' and 'b'"),
    "a line of another name": ("notes.yaml", b"a: 1\nb: 2\n", b"a: 1\nb: 3\n", "line 2: 'b: 2' and 'b: 3'"),
    "a text of no known name": ("LOG", b"a\nb", b"a\nc", "line 2: 'b' and 'c'"),
    "no text": ("LOG", b"a\0b", b"a\0c", "byte 2"),
    "a line far down": ("a.log", b"line\n" * 99_999 + b"a", b"line\n" * 99_999 + b"b", "line 100,000: 'a' and 'b'"),
    "the middle of a long line": ("a.log", b"x" * 300_000 + b"a", b"x" * 300_000 + b"b", f"line 1: …{'x' * 98}a' and …{'x' * 98}b'"),
    "a value": ("a.json", b'{"a": {"b": [1, 2.5]}}', b'{"a": {"b": [1, 2.75]}}', "a.b[1]: 2.5 and 2.75"),
    "a kind of value": ("a.json", b'{"a": 1}', b'{"a": "1"}', "a: 1 and '1'"),
    "a number that none holds": ("a.json", b"[1e400]", b"[1e500]", "[0]: 1e400 and 1e500"),
    "a key": ("a.json", b'{"a": 1}', b'{"b": 1}', "keys ['a'] and keys ['b']"),
    "a line of JSON": ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}\n{"a": 3}\n', "line 2, a: 2 and 3"),
    "an item": ("a.pkl", pickled({"k": [1, (2, 3)]}), pickled({"k": [1, (2, 4)]}), "k[1][1]: 3 and 4"),
    "an array in a pickle": ("a.pkl", pickled({"k": [ARRAY]}), pickled({"k": [OTHER]}), "k[0][1, 2]: 6.0 and 0.5"),
    "an array in a pickle of protocol 5": ("a.pkl", pickled([ARRAY], 5), pickled([OTHER], 5), "[0][1, 2]: 6.0 and 0.5"),
    "a scalar of NumPy": ("a.pkl", pickled({"f": np.float32(3)}), pickled({"f": np.float32(4)}), "f[]: 3 and 4"),
    "an attribute": ("a.pkl", pickled(made.Model(0.5)), pickled(made.Model(0.25)), "rate: 0.5 and 0.25"),
    "an order that counts": ("a.pkl", pickled(made.Model(1, "ab")), pickled(made.Model(1, "ba")), "ordered: pairs of a, b and pairs of b, a"),
    "None and its name": ("a.pkl", pickled({None: 1}), pickled({"None": 1}), "a dictionary of None and a dictionary of 'None'"),
    "a member of a set": ("a.pkl", strings("a", "b"), strings("a", "c"), "a set of {a, b} and a set of {a, c}"),
    "a member": ("a.zip", zipped(a_csv=b"x\n1\n"), zipped(a_csv=b"x\n2\n"), "a.csv, line 2, column 'x': '1' and '2'"),
    "what is in a gzip": ("a.json.gz", gzipped(text([1])), gzipped(text([2])), "[0]: 1 and 2"),
    "a scalar of a step": ("events.out.tfevents.1.h.2.0", events(*SCALARS), events(*SCALARS[:2], (300, "accuracy", 0.5)), "step 300, accuracy: 0.75 and 0.5"),
    "a graph": ("events.out.tfevents.1", record(b"\x22\x02ab"), record(b"\x22\x02ac"), "step 0, the graph: 'fb8e20fc' and 'f45de51c'"),
    "a step": ("events.out.tfevents.1", events((1, "a", 1.0)), events((2, "a", 1.0)), "step 1, a in run 1, step 2, a in run 2"),
    "a pixel": ("a.png", png(ROWS, [0] * 6, 9), png(filtered(OTHER_ROWS, 4), [4] * 6, 9), "pixels[4, 3]"),
    "a size": ("a.png", png(ROWS, [0] * 6, 9), png(ROWS[:5], [0] * 5, 9), "9 x 6, type 0, 8 bits and 9 x 5, type 0, 8 bits"),
    "a palette": ("a.png", png(ROWS, [0] * 6, 9, ((b"PLTE", b"123"),)), png(ROWS, [0] * 6, 9, ((b"PLTE", b"124"),)), "PLTE: b'123' and b'124'"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTS)
def test_the_part_that_differs(case: str) -> None:
    """The part is named, with both of its values."""
    name, one, two, part = PARTS[case]
    assert told(name, one, two) == Told(False, part)


@pytest.fixture(scope="module")
def of_torch() -> dict[str, bytes]:
    (found,) = run_all(made.torch_files, [None])
    return found


TORCH = {
    "a weight": ("a.pt", "net", "net 2", "model['1.weight'][1, 0]: ", ""),
    "a weight of a module": ("a.ckpt", "module", "module 2", "_modules['1']._parameters.weight[1, 0]: ", ""),
    "a script's weight": ("a.pt", "script", "script 2", "bias[0]: ", ""),
    "a parameter": ("a.pth", "parameter", "parameter 2", "w[0, 0]: 1 and 2", ""),
    "a tensor": ("a.pt", "ab", "aa", "b[0, 0]: 2 and 1", ""),
    "a half": ("a.bin", "half", "half 2", "[0, 0]", ""),
    "a view": ("a.pt", "view", "turned", "shape (2,), strides (3,), offset 1", ""),
    "a shape": ("a.pt", "turned", "rows", "shape (3, 2), strides (1, 3)", ""),
    "torch's former format": ("a.pt", "old", "old 2", "byte ", "it is not in torch's present format"),
    "a tensor of safetensors": ("a.safetensors", "safe", "safe 2", "w[0, 0]: 1 and 2", ""),
    "a note of safetensors": ("a.safetensors", "safe", "safe by b", "metadata.by: 'a' and 'b'", ""),
}  # fmt: skip


def test_files_of_torch(of_torch: dict[str, bytes]) -> None:
    """A tensor that differs is named, with its index and both values, without torch."""
    found = {case: told(name, of_torch[one], of_torch[two]) for case, (name, one, two, _, _) in TORCH.items()}
    for case, (_, _, _, part, why) in TORCH.items():
        assert found[case].part.startswith(part), case
        assert (found[case].same, found[case].why) == (False, why), case


def test_the_order_of_tensors(of_torch: dict[str, bytes]) -> None:
    """Tensors that a dictionary holds in another order are the same."""
    assert of_torch["ab"] != of_torch["ba"]
    assert told("a.pt", of_torch["ab"], of_torch["ba"]) == Told(True)


def test_a_png_of_a_library() -> None:
    """What Pillow writes at two levels, with and without its choice of filters, has the same pixels; one pixel more differs."""
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8).cumsum(1, np.uint8)
    files = [io.BytesIO() for _ in range(3)]
    for file, level in zip(files, (1, 9, 9), strict=True):
        Image.fromarray(pixels).save(file, "png", compress_level=level)
        if level == 9:
            pixels[11, 7, 2] += 1
    one, two, three = (file.getvalue() for file in files)
    assert told("a.png", one, two) == Told(True)
    assert told("a.png", one, three) == Told(False, "pixels[11, 7]")


# One NaN: the first protocol of pickles keeps no others.
numbers = st.floats().map(lambda value: math.nan if math.isnan(value) else value)
plain = st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=5) | st.binary(max_size=5)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4)
        | st.tuples(inner)
    ),
    max_leaves=12,
)


def bits(value: Any) -> Any:
    """What must be equal in two values for them to be the same: kinds and signs of zero too, but not the order of keys."""
    if isinstance(value, dict):
        return "dict", frozenset((bits(key), bits(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(bits, value))
    if isinstance(value, float):
        return float, struct.pack("<d", math.nan if math.isnan(value) else value)
    return type(value), value


@given(values, values, st.sampled_from([0, 2, 4, 5]), st.sampled_from([0, 2, 4, 5]))
def test_pickles_are_told_apart(one: Any, two: Any, first: int, second: int) -> None:
    """Two pickles are the same if and only if their values are, whatever their protocols."""
    assert told("a.pkl", pickle.dumps(one, first), pickle.dumps(two, second)).same == (bits(one) == bits(two))
    assert told("a.pkl", pickle.dumps(one, first), pickle.dumps(one, second)).same


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 300_000))
def test_any_two_texts(one: bytes, two: bytes, before: int) -> None:
    """A line is named for any two texts, and it is the first that differs."""
    head = b"a line\n" * (before // 7)
    one, two = (head + data.replace(b"\0", b"") for data in (one, two))
    part = told("a.txt", one, two).part
    pairs = enumerate(zip(one, two, strict=False))
    same = next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(two)))
    assert part.startswith(f"line {one[:same].count(10) + 1:,}: ") if one != two else part == ""


AFTER = {
    "a.npy": npy(ARRAY),
    "a.png": png(ROWS, [0] * 6, 9),
    "a.json": b"[1]",
    "a.pkl": pickled(1),
    "a.csv.gz": gzipped(b"1"),
}


@pytest.mark.parametrize("name", AFTER)
def test_what_follows_the_end(name: str) -> None:
    """A file that goes on after its end is another one."""
    assert not told(name, AFTER[name], AFTER[name] + b"1").same
