"""`SeededIterable` and `SeededShards` in fresh scripts. checks/ shows that each line is needed."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import plain, run

METHODS = [
    pytest.param(method, marks=() if method == "fork" else pytest.mark.slow)
    for method in ("fork", "forkserver", "spawn")
    if method in multiprocessing.get_all_start_methods()
]

READING = """
import copy, json, multiprocessing, pickle, random, sys


def read(shard):
    # Rows of which the first column is cut off later: what is left begins at an odd address.
    rows = np.random.default_rng(shard).standard_normal((30, 101)).astype(np.float32)
    yield from rows * np.float32(random.random())


def everything():
    for shard in range(6):
        yield from read(shard)


def features(rows):
    return torch.from_numpy(np.stack(rows)[:, 1:])


def by_stream(workers, **options):
    return SeededIterable(everything, 1, "train", 8, collate_fn=features).loader(num_workers=workers, **options)


def by_shards(workers, **options):
    data = SeededShards(range(6), read, 1, "shards", 8, readers=3, collate_fn=features)
    return ShardLoader(data, num_workers=workers, **options)


def trained(loader, epochs=2):
    "The digests of all batches of two epochs, and of the weights of a net afterwards."
    seed_everything(1)  # it sets the clocks back too
    net, digest = torch.nn.Linear(100, 1), hashlib.sha256()
    for _ in range(epochs):
        for batch in loader:
            digest.update(batch.contiguous().numpy().data)
            net.zero_grad()
            net(batch).square().mean().backward()
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter -= 0.01 * parameter.grad
    return [digest.hexdigest(), hashlib.sha256(net.weight.detach().numpy().data).hexdigest()]


def names():
    return {f"name {number}" for number in range(64)}


if __name__ == "__main__":
    method = sys.argv[1]
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload(["torch.utils.data", "numpy"])
    found = {}
    for make in (by_stream, by_shards):
        ways = [make(0)]
        for options in ({}, {"persistent_workers": True}):
            ways.append(make(2, multiprocessing_context=method, **options))
        data = pickle.loads(pickle.dumps(ways[0].dataset))  # a copy, whose epoch workers that persist see change
        other = make(1, multiprocessing_context=method, persistent_workers=True)
        vars(other.dataset).update(vars(data))
        found[make.__name__] = [trained(loader) for loader in [*ways, other]]
    try:
        loader = SeededIterable(names, 1, "names", 4).loader(num_workers=2, multiprocessing_context=method)
        found["names"] = sorted(name for batch in loader for name in batch) == sorted(names())
    except RuntimeError as error:
        found["names"] = "epoch 0 has other data when read again" in str(error)
    print(json.dumps(found))
"""


@pytest.mark.parametrize("method", METHODS)
def test_same_weights_for_any_workers(method: str, tmp_path: Path) -> None:
    """Batches at unaligned addresses give the same weights for any workers. Data from an unordered set is an error."""
    script = tmp_path / "script.py"
    script.write_text(plain("seeding") + READING, encoding="utf-8")
    result = run("-W", "ignore", str(script), method, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    for name in ("by_stream", "by_shards"):
        assert found[name] == [found[name][0]] * 4
    assert found["by_stream"] != found["by_shards"]
    assert found["names"]
