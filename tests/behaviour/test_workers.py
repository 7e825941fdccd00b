"""For any number of workers: the same weights with unaligned batches, and the same data with nested datasets.

And not for workers that are threads.
"""

import importlib
import multiprocessing
import sys
from pathlib import Path
from typing import Any

from tests.support.forked import perturb, run_all
from tests.support.processes import plain

METHOD = next(method for method in ("fork", "spawn") if method in multiprocessing.get_all_start_methods())
COMMON = f"""
def ways(workers):
    return {{"num_workers": workers, "multiprocessing_context": {METHOD!r} if workers else None}}

"""

TRAINING = """
class Rows:
    def __len__(self):
        return 64

    def __getitem__(self, index):
        return np.random.default_rng(index).standard_normal(101).astype(np.float32)


def features(rows):
    # The first column is cut off: what is left begins at an odd address.
    return torch.from_numpy(np.stack(rows)[:, 1:])


def moved(offset):
    "All batches, of which each begins so many floats after a multiple of 64 bytes."
    for rows in torch.from_numpy(np.stack([*map(Rows().__getitem__, range(64))])).split(8):
        yield torch.empty(offset + 15 + rows.numel())[offset + 15 :].view_as(rows).copy_(rows)[:, 1:]


def trained(batches):
    "The digests of all batches, and of the weights of a net afterwards."
    torch.manual_seed(1)
    net, digest = torch.nn.Linear(100, 1), hashlib.sha256()
    for batch in batches:
        digest.update(batch.contiguous().numpy().data)
        net.zero_grad()
        net(batch).square().mean().backward()
        with torch.no_grad():
            for parameter in net.parameters():
                parameter -= 0.01 * parameter.grad
    return digest.hexdigest(), hashlib.sha256(net.weight.detach().numpy().data).hexdigest()


def plain(workers):
    return trained(torch.utils.data.DataLoader(Rows(), 8, collate_fn=features, **ways(workers)))


def seeded(workers):
    options = {"batch_size": 8, "collate_fn": features, "shuffle": False}
    return trained(seeded_loader(Rows(), 1, "train", **options, **ways(workers)))


def placed(offset):
    return trained(moved(offset))
"""

NESTED = """
class Inner:
    def __getitem__(self, index):
        return [python_random.random(), np.random.random(), torch.rand(()).item()]


inner = _SeededDataset(Inner(), None, None, False)


class Outer:
    "What four keys draw inside, each for many an index; then what the index draws itself."

    def __len__(self):
        return 24

    def __getitem__(self, index):
        drawn = inner["key", 7, "inner", 0, index % 4, 0] + Inner()[0]
        return torch.tensor(drawn, dtype=torch.float64)


def source():
    yield from map(Outer().__getitem__, range(24))


def seen(loader):
    "The digest of two epochs, and how many values each column has."
    found = torch.cat([*loader, *loader])
    return hashlib.sha256(found.numpy().data).hexdigest(), [len(column.unique()) for column in found.T]


def by_dataset(workers):
    return seen(seeded_loader(Outer(), 1, "train", batch_size=4, **ways(workers)))


def by_source(workers):
    return seen(SeededIterable(source, 1, "train", 4).loader(**ways(workers)))


def by_transform(workers):
    data = SeededIterable(range(24), 1, "train", 4, transform=Outer().__getitem__)
    return seen(data.loader(**ways(workers)))
"""

THREADS = """
class Draws:
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.rand(())


def read(shard):
    yield from (torch.rand(()) for _ in range(4))


def fetched(loader):
    "The first batch, in a worker that is a thread of this process or is said to be a process."
    return next(iter(loader)).tolist()


def by_loader():
    return fetched(seeded_loader(Draws(), 1, "loader", batch_size=4))


def by_stream():
    return fetched(SeededIterable(range(8), 1, "stream", 4).loader())


def by_shards():
    return fetched(ShardLoader(SeededShards(range(2), read, 1, "shards", 4)))


def in_a_worker(method):
    "What each of the three gives, or the error that it raises."
    worker = torch.utils.data._utils.worker
    info = {"id": 0, "num_workers": 1, "seed": 0, "dataset": None}
    found = []
    for function in (by_loader, by_stream, by_shards):
        try:
            # As torch has it since 2.13; no DataLoader of torch's starts threads by 2.15.
            worker._worker_info = worker.WorkerInfo(**info, worker_method=method)
            found.append(function())
        except RuntimeError as error:
            found.append(str(error))
        finally:
            worker._worker_info = None
    return found
"""


def call(case: tuple[str, str, str, Any]) -> Any:
    """Call a function of a module, which a worker that does not fork can import too."""
    folder, module, function, argument = case
    perturb()
    sys.path.insert(0, folder)
    return getattr(importlib.import_module(module), function)(argument)


def broken(code: str, old: str, new: str) -> str:
    assert old in code
    return code.replace(old, new)


def test_same_weights_for_any_workers_at_odd_addresses(tmp_path: Path) -> None:
    """The weights are the same for 0, 1 and 2 workers, with the module and with the block. The controls, without a copy
    and without seeded_loader, have the same data, but may have other weights without workers, if sums on this processor
    depend on the address."""
    module, block = plain("seeding"), plain("seedloader_block")
    codes = {
        "module": module,
        "block": block,
        "uncopied": broken(
            module, "return copy.deepcopy(batch, {id(view): view.clone() for view in views})", "return batch"
        ),
    }
    for name, code in codes.items():
        (tmp_path / f"{name}.py").write_text(code + COMMON + TRAINING, encoding="utf-8")
    ways = [("module", "seeded"), ("block", "seeded"), ("uncopied", "seeded"), ("module", "plain")]
    cases = [(str(tmp_path), *way, workers) for way in ways for workers in (0, 1, 2)]
    moved = [(str(tmp_path), "module", "placed", offset) for offset in range(16)]
    found = run_all(call, [*cases, *moved])
    assert len({data for data, _ in found}) == 1
    for same in (found[:3], found[3:6]):
        assert same == [same[0]] * 3
    depends = len(set(found[12:])) > 1
    for none, *some in (found[6:9], found[9:12]):
        assert some == [some[0]] * 2
        assert depends or none == some[0]


def test_same_data_of_datasets_in_datasets(tmp_path: Path) -> None:
    """A `seeded_loader`'s dataset in another one, or in the source or transform of a `SeededIterable`: the same data for
    0 and 2 workers, each index with its own draws. The control does not restore a worker's streams: its draws differ.
    """
    module = plain("seeding")
    line = "    pool: Any = torch_data._utils.worker  # private; get_worker_info() reads it\n"
    in_worker = (
        "    if __import__('multiprocessing').current_process().daemon:\n"
        "        _seed_streams(generators, *key) if key else None\n        yield\n        return\n"
    )
    for name, code in (("held", module), ("lost", broken(module, line, in_worker + line))):
        (tmp_path / f"{name}.py").write_text(code + COMMON + NESTED, encoding="utf-8")
    functions = ("by_dataset", "by_source", "by_transform")
    cases = [(name, function, workers) for name in ("held", "lost") for function in functions for workers in (0, 2)]
    found = dict(zip(cases, run_all(call, [(str(tmp_path), *case) for case in cases]), strict=True))
    for function in functions:
        without, with_two = found["held", function, 0], found["held", function, 2]
        assert without == with_two
        assert without[1] == [4, 4, 4, 48, 48, 48]
        assert found["lost", function, 0] == without
        assert found["lost", function, 2][0] != without[0]
        assert found["lost", function, 2][1] == [4] * 6


def test_workers_that_are_threads_are_refused(tmp_path: Path) -> None:
    """In a worker that is a thread, each of the three raises an error that says what to do; in a process they load."""
    (tmp_path / "threads.py").write_text(plain("seeding") + THREADS, encoding="utf-8")
    cases = [(str(tmp_path), "threads", "in_a_worker", method) for method in ("thread", "multiprocessing")]
    refused, loaded = run_all(call, cases)
    assert refused == ["threads share random streams: use worker processes"] * 3
    assert [len(batch) for batch in loaded] == [4, 4, 4]
