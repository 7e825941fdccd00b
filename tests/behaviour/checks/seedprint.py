import collections
import enum

one = torch.arange(6.0)
equal = [
    (one, one.clone()),
    (one, torch.nn.Parameter(one)),
    (one, torch.stack([one, one], 1)[:, 0]),
    (torch.complex(one, one), torch.complex(one, -one).conj()),
    ([one, 1], (one, 1)),
    ({"a": 1}, collections.OrderedDict(a=1)),
    (np.arange(6), np.arange(12)[::2] // 2),
    (1.5, np.float64(1.5)),
]
for first, second in equal:
    assert fingerprint(first) == fingerprint(second), (first, second)

nans = np.array([0x7FF8000000000000, 0x7FF8000000000001], dtype=np.uint64).view(np.float64)
dtypes = [
    torch.float32,
    torch.float64,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.int8,
    torch.uint16,
    torch.bool,
    torch.complex64,
]
distinct = [
    *(torch.zeros(4).to(dtype) for dtype in dtypes),
    *(torch.ones(4).to(dtype) for dtype in dtypes),
    *(np.zeros(4, dtype) for dtype in ("<f4", ">f4", "<i8", "?", "<c16", "S1", "M8[s]", "M8[D]")),
    torch.zeros(2, 2),
    torch.zeros(4, 1),
    torch.tensor(0.0),
    torch.tensor(-0.0),
    torch.zeros(0),
    torch.zeros(3, 0),
    np.zeros((2, 2)),
    np.zeros((), "<f4"),
    np.zeros(0),
    np.zeros((3, 0)),
    torch.arange(4),
    torch.arange(4).flip(0),
    0,
    1,
    -1,
    10**30,
    True,
    False,
    None,
    0.0,
    -0.0,
    1.0,
    1j,
    float("inf"),
    *nans.tolist()[:1],
    nans[1],
    "",
    "a",
    "0",
    "True",
    "None",
    b"",
    b"a",
    "é",
    "\ud800",
    [],
    [[]],
    [[], []],
    {},
    [{}],
    {"a": 1, "b": 2},
    {"b": 2, "a": 1},
    {"a": 2, "b": 1},
    {1: "a"},
    [("a", 1), ("b", 2)],
    ["ab", "c"],
    ["a", "bc"],
    [["a"], "b"],
    ["a", ["b"]],
    [1, 0],
    [0, 1],
    ["1", 0],
]
digests = [fingerprint(item) for item in distinct]
assert all(len(digest) == 16 and set(digest) <= set("0123456789abcdef") for digest in digests)
for first in range(len(digests)):
    for second in range(first):
        assert digests[first] != digests[second], (distinct[first], distinct[second])
assert fingerprint("ab", "c") != fingerprint("a", "bc") != fingerprint(["a", "bc"])

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # some of these are on their way out of torch
    refused = [
        set(),
        object(),
        range(3),
        torch.nn.Linear(1, 1),
        torch.Generator(),
        np.array([object()]),
        {"a": [set()]},
        torch.eye(2).to_sparse(),
        torch.eye(2).to_sparse_csr(),
        torch.zeros(2, device="meta"),
        torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8),
    ]
    for item in refused:
        assert raises((TypeError, RuntimeError, NotImplementedError), "", fingerprint, item), item
assert raises(TypeError, "state_dict()", fingerprint, torch.nn.Linear(1, 1))


class Colour(enum.IntEnum):
    RED = 1


class Name(str):
    def __repr__(self):
        return "a name"


for item in (
    np.ma.masked_array([1, 2], [True, False]),
    np.zeros(1, [("a", "<i4"), ("b", "<f4")]),
    np.zeros(3, np.longdouble),
    np.clongdouble(1),
    np.array(["a"]).astype(np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType") else object(),
    Colour.RED,
    Name("b"),
):
    assert raises(TypeError, "cannot digest", fingerprint, item), item

# Recorded: digests printed by an earlier version can still be compared.
assert (
    fingerprint({"w": torch.arange(3.0), "n": np.arange(3, dtype="<i4")}, [1, -0.0, "é", b"x", None])
    == "a2e1bab1a5b82491"
)

before = states()
streams = fingerprint()
assert states() == before, "looking at the streams moves none"
assert fingerprint() == streams
for move in (random.random, np.random.random, lambda: torch.rand(1)):
    move()
    assert fingerprint() != streams
    streams = fingerprint()
random.gauss(0, 1)
streams = fingerprint()
random.gauss(0, 1)
assert fingerprint() != streams, "a kept normal is part of the state"
streams = fingerprint()
for name in ("cuda", "xpu", "mps"):
    device, state = getattr(torch, name), torch.zeros(3, dtype=torch.uint8)
    device.is_initialized = torch.backends.mps.is_available = lambda: True
    device.get_rng_state, device.get_rng_state_all = lambda state=state: state, lambda state=state: [state]
    if name != "mps":
        torch.backends.mps.is_available = lambda: False
    assert fingerprint() != streams, "a device in use is part of the state"
    streams = fingerprint()
    state += 1
    assert fingerprint() != streams, "and what it draws"
    device.is_initialized = lambda: False
    streams = fingerprint()
