"""The snippet `seedloader` over every way to load data. Its lines are held by checks/seedloader.py."""

import itertools
import json
import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ROOT, run

PLAIN = (ROOT / "snippets/python/seedloader.py").read_text(encoding="utf-8")
LOADING = (ROOT / "tests/support/loading.py").read_text(encoding="utf-8")

Config = dict[str, Any]
METHODS = [
    pytest.param(method, marks=pytest.mark.slow if method == "spawn" else ())
    for method in ("fork", "forkserver", "spawn")
    if method in multiprocessing.get_all_start_methods()
]


def load(configs: Sequence[Config], cwd: Path) -> list[list[list[str]]]:
    """Load data in a fresh process in each of these ways; return the digest of each sample, epoch by epoch."""
    script = cwd / "script.py"
    script.write_text(f"{PLAIN}\n{LOADING}", encoding="utf-8")
    result = run("-W", "ignore", str(script), cwd=cwd, text=json.dumps(configs), timeout=1200)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The data without workers."""
    return load([{}], tmp_path_factory.mktemp("reference"))[0]


def matrix(method: str) -> list[Config]:
    persistence = [{}, {"persistent_workers": True}]
    return [
        {"num_workers": workers, "prefetch_factor": prefetch, "multiprocessing_context": method, **persistent}
        for workers, prefetch, persistent in itertools.product((1, 2, 3, 4), (1, 2, 5), persistence)
    ]


@pytest.mark.parametrize("method", METHODS)
def test_same_data_for_any_workers(method: str, reference: list[list[str]], tmp_path: Path) -> None:
    """1 to 4 workers, three prefetch factors, persistent or not: three epochs with the bits of the main process's own."""
    found = load(matrix(method), tmp_path)
    assert len(found) == 24
    for config, data in zip(matrix(method), found, strict=True):
        assert data == reference, config


@pytest.mark.parametrize("loading", ["plain", "notes"])
def test_other_loaders_differ(loading: str, tmp_path: Path) -> None:
    """The control: the plain DataLoader, and the recipe of PyTorch's notes, give other data for other workers."""
    configs = [{"loading": loading, "num_workers": workers} for workers in range(5)]
    assert len({json.dumps(data) for data in load([*configs, *configs], tmp_path)}) == 5, "repeatable, each another"
    persistent = [{**configs[2], "persistent_workers": value} for value in (False, True)]
    orders = load(persistent, tmp_path)
    assert orders[0][0] == orders[1][0]
    assert orders[0][1] != orders[1][1]


VARIANTS: list[Config] = [
    *({"dataset": dataset} for dataset in ("subset", "concatenated")),
    *({"sampler": sampler} for sampler in ("replacement", "weighted", "distributed")),
    *({"batch_size": size} for size in (7, None)),
    {"mixed": True},
    {"mixed": True, "batch_size": 7},
]
WAYS: list[Config] = [{}, {"num_workers": 1}, {"num_workers": 3}, {"num_workers": 2, "persistent_workers": True}]


def test_variants_are_the_same_for_any_workers(reference: list[list[str]], tmp_path: Path) -> None:
    """Other datasets, samplers, batch sizes and a batch that draws: each has its data, for any number of workers."""
    found = load([{**variant, **way} for variant in VARIANTS for way in WAYS], tmp_path)
    for number, variant in enumerate(VARIANTS):
        first, *others = found[number * len(WAYS) : (number + 1) * len(WAYS)]
        assert others == [first] * (len(WAYS) - 1), variant
        same_samples = "dataset" in variant or "batch_size" in variant
        assert (first == reference) == (same_samples and "mixed" not in variant), variant


def test_out_of_order_has_the_same_samples(reference: list[list[str]], tmp_path: Path) -> None:
    """With in_order=False the batches come as they are ready; their samples are the same."""
    (found,) = load([{"num_workers": 3, "in_order": False}], tmp_path)
    assert [sorted(epoch) for epoch in found] == [sorted(epoch) for epoch in reference]


def test_a_repeated_index_draws_anew(tmp_path: Path) -> None:
    """30 draws with replacement from 24 images: no two samples are equal."""
    (found,) = load([{"sampler": "replacement"}], tmp_path)
    assert [len(set(epoch)) for epoch in found] == [30, 30, 30]


def test_an_epoch_that_is_left_early_changes_no_other(reference: list[list[str]], tmp_path: Path) -> None:
    """After a break in the second epoch the third is what it always is, with any number of workers."""
    for found in load([{"leave": 1, **way} for way in (*WAYS, {"num_workers": 2, "prefetch_factor": 5})], tmp_path):
        assert found == [reference[0], reference[1][:4], reference[2]]


def test_resume_in_the_middle_of_an_epoch(reference: list[list[str]], tmp_path: Path) -> None:
    """From sample 12 of the second epoch on, with another number of workers, the data goes on as it would have."""
    for found in load([{"resume": (1, 12), **way} for way in WAYS], tmp_path):
        assert found == [reference[1][12:], reference[2]]
