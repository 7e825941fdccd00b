"""The snippet `seedall` in fresh processes and for many seeds. checks/seedall.py shows that each line is needed."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.forked import failure, result, run_all
from tests.support.processes import ROOT, seen

PROBE = (ROOT / "tests/support/probe.py").read_text(encoding="utf-8")
DRAWN = PROBE.partition('if __name__ == "__main__"')[0] + "\nresult = drawn()"
PLAIN = (ROOT / "snippets/python/seedall.py").read_text(encoding="utf-8")
XML = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    forked = {"5": "5", "5, seeds only": "5, deterministic=False", "6": "6"}
    codes = [
        f"{PLAIN}\nimport warnings; warnings.simplefilter('ignore')\nseed_everything({arguments})\n{DRAWN}"
        for arguments in forked.values()
    ]
    fresh = seen(f"{PLAIN}\nseed_everything(5)\n{PROBE}", cwd=tmp_path_factory.mktemp("run"), hash_seed="7")
    return {**dict(zip(forked, run_all(result, codes), strict=True)), "5, fresh": fresh}


@pytest.mark.parametrize("again", ["5, fresh", "5, seeds only"])
def test_streams_repeat_in_fresh_processes(drawn: dict[str, Any], again: str) -> None:
    """A seed gives the same bits in every process, with and without deterministic algorithms."""
    assert drawn[again] == drawn["5"]


def test_streams_differ_with_another_seed(drawn: dict[str, Any]) -> None:
    """Another seed changes every stream."""
    assert all(drawn["6"][stream] != digest for stream, digest in drawn["5"].items())


SEEDS_ONLY = """
assert not torch.are_deterministic_algorithms_enabled()
first = torch.rand(3).tolist()
seed_everything(7)
assert torch.are_deterministic_algorithms_enabled()
assert torch.rand(3).tolist() == first
seed_everything(2020)
assert torch.rand(3).tolist() != first
"""


@pytest.mark.parametrize("form", ["pycharm", "vscode"])
def test_typed_call(form: str) -> None:
    """The seed and the choice typed at the tab stops of the call take effect in both editors' forms."""
    typed = {"seed_value": "7", "deterministic": "False"}
    block = (
        expand_live_template(XML, "seedall", typed)
        if form == "pycharm"
        else expand_snippet(JSON, "seedall", typed, fields=tuple(typed))
    )
    assert run_all(failure, [(block, "import warnings; warnings.simplefilter('ignore')", SEEDS_ONLY)]) == [""]


@cache
def block() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(PLAIN, names)  # noqa: S102
    return names


def first_draws(seed: int) -> tuple[bytes, ...]:
    import random

    import torch

    block()["seed_everything"](seed, deterministic=False)
    return random.randbytes(16), np.random.bytes(16), torch.randint(256, (16,), dtype=torch.uint8).numpy().tobytes()


SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, SEEDS)
def test_pairs_of_seeds(first: int, second: int) -> None:
    """Equal seeds give equal streams, different ones different streams, in each library."""
    one, two = first_draws(first), first_draws(second)
    assert [a == b for a, b in zip(one, two, strict=True)] == [first == second] * 3
    assert first_draws(first) == one


@pytest.mark.parametrize("bit", range(32))
def test_every_bit_of_the_seed_counts(bit: int) -> None:
    """Seeds that differ in one bit give different streams in each library."""
    assert all(a != b for a, b in zip(first_draws(0), first_draws(1 << bit), strict=True))
