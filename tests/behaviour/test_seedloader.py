"""`seeded_loader` with many ways to load data. checks/seedloader.py shows that each line is needed."""

import itertools
import json
import multiprocessing
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked import perturb, run_all
from tests.support.processes import ROOT, plain, run

LOADING = (ROOT / "tests/support/loading.py").read_text(encoding="utf-8")

Config = dict[str, Any]
Epochs = list[list[str]]
HAS_ORDER = tuple(int(part) for part in version("torch").split(".")[:2]) >= (2, 6)
METHODS = [m for m in ("fork", "forkserver", "spawn") if m in multiprocessing.get_all_start_methods()]

WAYS: list[Config] = [{}, {"num_workers": 1}, {"num_workers": 2, "persistent_workers": True, "prefetch_factor": 5}]
# Spawned workers take seconds to start: the slow matrix covers them. Where only spawn exists, WAYS use it.
STARTS: list[Config] = [{"num_workers": 2, "multiprocessing_context": m} for m in METHODS if m != "spawn"]
VARIANTS: list[Config] = [
    *({"dataset": dataset} for dataset in ("subset", "concatenated")),
    *({"sampler": sampler} for sampler in ("replacement", "weighted", "distributed")),
    *({"batch_size": size} for size in (7, None)),
    {"mixed": True, "batch_size": 7},
]
LEFT: list[Config] = [{"leave": 1, **way} for way in WAYS]
RESUMED: list[Config] = [{"resume": (1, 12), **way} for way in WAYS]
OUT_OF_ORDER: Config = {"num_workers": 3, "in_order": False}
OTHERS: list[Config] = [
    {"loading": loading, "num_workers": workers} for loading in ("plain", "notes") for workers in (0, 1, 2)
]
PERSISTENT: list[Config] = [{**OTHERS[2], "persistent_workers": value} for value in (False, True)]


def load(configs: Sequence[Config], cwd: Path, name: str = "seeding") -> list[Epochs]:
    """Load data in a fresh process in each of these ways; return the digest of each sample, epoch by epoch."""
    script = cwd / "script.py"
    script.write_text(f"{plain(name)}\n{LOADING}", encoding="utf-8")
    result = run("-W", "ignore", str(script), cwd=cwd, text=json.dumps(configs), timeout=1200)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Config], Epochs]:
    """The data loaded in each of the ways above, all in one process, because a new one would import torch again."""
    both = [{**variant, **way} for variant in VARIANTS for way in WAYS]
    again = [config for config in OTHERS if config["num_workers"] != 1]
    configs = [*WAYS, *STARTS, *both, *LEFT, *RESUMED, *[OUT_OF_ORDER] * HAS_ORDER, *OTHERS, *again, *PERSISTENT]
    found = load(configs, tmp_path_factory.mktemp("data"))
    pairs = [(json.dumps(config), epochs) for config, epochs in zip(configs, found, strict=True)]
    known = dict(pairs)
    assert all(known[config] == epochs for config, epochs in pairs), "what is loaded twice repeats"
    return lambda config: known[json.dumps(config)]


@pytest.fixture
def reference(data: Callable[[Config], Epochs]) -> Epochs:
    """The data without workers."""
    return data({})


@pytest.mark.parametrize("way", [*WAYS[1:], *STARTS], ids=str)
def test_same_data_for_any_workers(way: Config, data: Callable[[Config], Epochs], reference: Epochs) -> None:
    """With any number of workers, started in any way, three epochs have the same bits as without workers."""
    assert data(way) == reference


def matrix(method: str) -> list[Config]:
    # Workers that are spawned anew for each epoch are slow: one configuration has them.
    persistence: list[Config] = [{}] * (method != "spawn") + [{"persistent_workers": True}]
    ways: list[Config] = [
        {"num_workers": workers, "prefetch_factor": prefetch, **persistent}
        for workers, prefetch, persistent in itertools.product((1, 2, 3, 4), (1, 2, 5), persistence)
    ]
    return [{**way, "multiprocessing_context": method} for way in [{"num_workers": 2}] * (method == "spawn") + ways]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seeding", "seedloader_block"])
@pytest.mark.parametrize("method", METHODS)
def test_same_data_over_the_matrix(method: str, name: str, tmp_path: Path) -> None:
    """1 to 4 workers, three prefetch factors, persistent or not: three epochs have the same bits as without workers.

    The block's are those of the module.
    """
    (reference,) = load([{}], tmp_path)
    found = load([{"sampler": None, **config} for config in matrix(method)], tmp_path, name)
    assert len(found) == (13 if method == "spawn" else 24)
    for config, epochs in zip(matrix(method), found, strict=True):
        assert epochs == reference, config


@pytest.mark.parametrize("loading", ["plain", "notes"])
def test_other_loaders_differ(loading: str, data: Callable[[Config], Epochs]) -> None:
    """The control: with the plain DataLoader and with PyTorch's notes, the data depends on the number of workers."""
    found = [data(config) for config in OTHERS if config["loading"] == loading]
    assert len({json.dumps(epochs) for epochs in found}) == 3
    orders = [data(config) for config in PERSISTENT]
    assert orders[0][0] == orders[1][0]
    assert orders[0][1] != orders[1][1]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_variants_are_the_same_for_any_workers(
    variant: Config, data: Callable[[Config], Epochs], reference: Epochs
) -> None:
    """Other datasets, samplers, batch sizes and a batch that draws: the data is the same for any number of workers."""
    first, *others = [data({**variant, **way}) for way in WAYS]
    assert others == [first] * (len(WAYS) - 1)
    same_samples = "dataset" in variant or "batch_size" in variant
    assert (first == reference) == (same_samples and "mixed" not in variant)


@pytest.mark.skipif(not HAS_ORDER, reason="before torch 2.6 batches come in order only")
def test_out_of_order_has_the_same_samples(data: Callable[[Config], Epochs], reference: Epochs) -> None:
    """With in_order=False the batches come in any order, with the same samples."""
    assert [sorted(epoch) for epoch in data(OUT_OF_ORDER)] == [sorted(epoch) for epoch in reference]


def test_a_repeated_index_draws_anew(data: Callable[[Config], Epochs]) -> None:
    """30 draws with replacement from 24 images: no two samples are equal."""
    assert [len(set(epoch)) for epoch in data({"sampler": "replacement"})] == [30, 30, 30]


@pytest.mark.parametrize("config", LEFT, ids=str)
def test_an_epoch_that_is_left_early_changes_no_other(
    config: Config, data: Callable[[Config], Epochs], reference: Epochs
) -> None:
    """After a break in the second epoch, the third is unchanged, for any number of workers."""
    assert data(config) == [reference[0], reference[1][:4], reference[2]]


@pytest.mark.parametrize("config", RESUMED, ids=str)
def test_resume_in_the_middle_of_an_epoch(config: Config, data: Callable[[Config], Epochs], reference: Epochs) -> None:
    """Resumed at sample 12 of the second epoch, the data continues unchanged, for any number of workers."""
    assert data(config) == [reference[1][12:], reference[2]]


DEALT = """
import random
found = []
for rank in range(COUNT):
    seed_everything(0, deterministic=False)  # as in a process of its own
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(COUNT))
    loader = seeded_loader(type("Noisy", (), {
        "__len__": lambda self: 30, "__getitem__": lambda self, index: (index, random.random(), torch.rand(()).item())
    })(), 1, "train", distributed=True, batch_size=3, collate_fn=list, SAMPLER)
    loader.sampler.set_epoch(1)
    found += [sample for batch in loader for sample in batch]
"""


def dealt(case: tuple[int, str]) -> list[Any]:
    """All samples that a number of ranks get."""
    ranks, sampler = case
    perturb()
    names: dict[str, Any] = {"__name__": "dealt"}
    exec(plain("seeding") + DEALT.replace("COUNT", str(ranks)).replace("SAMPLER", sampler), names)  # noqa: S102
    return sorted(names["found"])


@pytest.mark.parametrize("sampler", ["", "sampler=torch.utils.data.WeightedRandomSampler([1.0] * 30, 30)"])
def test_same_samples_for_any_number_of_ranks(sampler: str) -> None:
    """For 1, 2, 3 and 5 ranks the augmented samples are the same, including those that come twice."""
    first, *others = run_all(dealt, [(ranks, sampler) for ranks in (1, 2, 3, 5)])
    assert len(set(first)) == 30
    assert others == [first] * 3


@pytest.mark.slow
@pytest.mark.parametrize("method", [method for method in METHODS if method != "fork"])
def test_a_script_without_a_main_guard_gets_the_error_of_python(method: str, tmp_path: Path) -> None:
    """If workers import the script and it lacks `if __name__ == "__main__":`, it ends with Python's own error."""
    script = tmp_path / "script.py"
    options = f"num_workers=1, multiprocessing_context={method!r}"
    script.write_text(f"{plain('seeding')}\nlist(seeded_loader(range(8), 1, 'train', {options}))\n", encoding="utf-8")
    result = run(str(script), cwd=tmp_path)
    assert result.returncode != 0
    assert "if __name__ == '__main__':" in result.stderr
