"""Each library of the table, in a process of its own: the same bits for 0 and 2 workers, and no sample lost."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from tests.libraries.rows import ROWS, WITHOUT_RESEED, Row
from tests.libraries.running import run_code
from tests.libraries.streams import STREAMS
from tests.support.marks import needs

pytestmark = pytest.mark.libraries

# Below a row's code: two epochs for each number of workers, and what the same net has learnt from each.
HARNESS = """
import hashlib, json, warnings
warnings.filterwarnings("ignore", ".*multi-threaded")


def sha256(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()[:16]


def learnt(loader):
    weights, seen, bits = None, [], []
    for epoch in range(2):
        seen.append([])
        for batch in loader:
            x = values(batch).double()
            bits.append(sha256(x))
            seen[-1] += numbers(batch)
            weights = torch.zeros(x.shape[1]).double() if weights is None else weights
            weights += 1e-6 * (1 - x @ weights) @ x
    return {"seen": seen, "bits": bits, "weights": sha256(weights)}


if __name__ == "__main__":
    found = {}
    for workers in (0, 2):
        seed_everything(workers, deterministic=False)  # the clock too: each loader begins with epoch 0
        found[workers] = learnt(seeded(workers))
    seed_everything(1, deterministic=False)
    check_loader(seeded(2))
    for workers in (0, 2):
        seed_everything(1, deterministic=False)
        found[f"plain {workers}"] = learnt(plain(workers))
    print(json.dumps(found))
"""


def parameter(row: Row) -> Any:
    return pytest.param(row, id=row.name, marks=needs(*row.libraries))


@pytest.mark.parametrize("row", [parameter(row) for row in [*ROWS, *STREAMS]])
def test_same_bits_for_any_workers(row: Row, tmp_path: Path) -> None:
    """Batches and weights have the same bits for 0 and 2 workers, each sample comes once an epoch, and check_loader finds
    no fault; the control differs."""
    result = run_code(row.common + row.code + HARNESS, tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads(result.stdout.splitlines()[-1])
    first = found["0"]
    assert [sorted(epoch) for epoch in first["seen"]] == [list(range(24))] * 2
    assert first["seen"][0] != first["seen"][1]
    assert len(set(first["bits"])) == len(first["bits"])
    assert found["2"] == first
    assert found["plain 0"]["weights"] != found["plain 2"]["weights"], "the control"
    assert "seeding.py" not in result.stderr, "a warning"


# Each row's code, with `reseed=` left out and, if it has one, as it is written; in the second run without workers only.
DIGESTS = """
import json, warnings


def bits(loader):
    return [fingerprint(values(batch)) for batch in loader]


found = {}
for name, code in json.loads(sys.argv[1]).items():
    exec(compile(code, name, "exec"))
    for reseed in ("left out", "written")[: 1 + ("reseed=" in code.splitlines()[-1])]:
        options = {"reseed": None} if reseed == "left out" else {}
        for workers in json.loads(sys.argv[2]):
            seed_everything(1, deterministic=False)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                digest = bits(seeded(workers, **options))
            warned = any("a sample made twice differs" in str(warning.message) for warning in caught)
            found[f"{name}, {reseed}, {workers}"] = [digest, warned]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes get from each row of the table whose library is here."""
    rows = [row for row in ROWS if row.name in WITHOUT_RESEED and all(map(importlib.util.find_spec, row.libraries))]
    codes = json.dumps({row.name: row.common + row.code for row in rows})
    results = [run_code(DIGESTS, tmp_path_factory.mktemp("run"), codes, workers) for workers in ("[0, 2]", "[0]")]
    for result in results:
        assert result.returncode == 0, result.stderr[-3000:]
    return [json.loads(result.stdout.splitlines()[-1]) for result in results]


@pytest.mark.parametrize("row", [parameter(row) for row in ROWS if row.name in WITHOUT_RESEED])
def test_what_needs_reseed(row: Row, two_runs: list[dict[str, Any]]) -> None:
    """The table says which libraries repeat without reseed=, and the others warn; with it they repeat and do not warn."""
    one, two = two_runs
    name = f"{row.name}, left out, "
    same = one[name + "0"] == one[name + "2"], one[name + "0"] == two[name + "0"]
    assert same == WITHOUT_RESEED[row.name]
    assert one[name + "0"][1] is not all(same)
    name = f"{row.name}, written, "
    assert (name + "0" in one) is not all(same)
    if name + "0" in one:
        assert one[name + "0"] == one[name + "2"] == two[name + "0"]
        assert not one[name + "0"][1]
