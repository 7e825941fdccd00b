"""What `seedall` does not reach, and what mends it: the table in docs/what-changes-the-bits.md, with the real libraries."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.libraries.running import run_code
from tests.support.marks import needs

pytestmark = pytest.mark.libraries


class Stream(NamedTuple):
    """A library, what it draws below `seed_everything`, and the same with a seed of its own."""

    library: str
    code: str
    mended: str


JOBLIB = """
import joblib

def job(i):
    return random.random(), np.random.random(), torch.rand(()).item()

def named(i):
    return numpy_stream(2020, f"job {i}").random(), torch_stream(2020, f"job {i}").initial_seed()

def seeded(i):
    seed_everything(rank_seed(2020, i))
    return job(i)

def found(job):
    return joblib.Parallel(n_jobs=2)(joblib.delayed(job)(i) for i in range(3))
"""

POLARS = """
import polars as pl

numbers = pl.Series("a", range(1000))
frame = numbers.to_frame()
"""
DRAWN = "numbers.sample(3).to_list(), numbers.shuffle().to_list(), frame.sample(3).rows()"
SEEDED = "numbers.sample(3, seed=1).to_list(), numbers.shuffle(seed=1).to_list(), frame.sample(3, seed=1).rows()"

OPTUNA = """
import optuna

optuna.logging.disable_default_handler()

def best(sampler):
    study = optuna.create_study(sampler=sampler)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) ** 2, n_trials=15)
    return study.best_value
"""

STREAMS = {
    "a job's own stream": Stream("joblib", JOBLIB + "print(found(job))", JOBLIB + "print(found(named))"),
    "a job's global streams": Stream("joblib", JOBLIB + "print(found(job))", JOBLIB + "print(found(seeded))"),
    "a seed for each call": Stream("polars", f"{POLARS}print({DRAWN})", f"{POLARS}print({SEEDED})"),
    "a seed for all calls": Stream(
        "polars", f"{POLARS}print({DRAWN})", f"{POLARS}pl.set_random_seed(1)\nprint({DRAWN})"
    ),
    "a seed for the sampler": Stream(
        "optuna", OPTUNA + "print(best(None))", OPTUNA + "print(best(optuna.samplers.TPESampler(seed=1)))"
    ),
}


@pytest.mark.parametrize(
    "stream",
    [pytest.param(row, id=f"{row.library}, {name}", marks=needs(row.library)) for name, row in STREAMS.items()],
)
def test_what_seedall_does_not_reach(stream: Stream, tmp_path: Path) -> None:
    """Below seed_everything the library draws other numbers in each run; with the seed that the docs name, the same."""
    printed = []
    for code in (stream.code, stream.code, stream.mended, stream.mended):
        result = run_code(f"seed_everything(2020)\n{code}\n", tmp_path)
        assert result.returncode == 0, result.stderr[-3000:]
        printed.append(result.stdout)
    assert printed[0] != printed[1], "the control"
    assert printed[2] == printed[3]
