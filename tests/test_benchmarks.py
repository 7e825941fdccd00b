"""The benchmarks run and report their results. No test depends on how fast this machine is."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import PARTS
from benchmarks.generator import render_many
from benchmarks.gpu import FLAGS, NONE, SEEDALL, SETTINGS, compare
from benchmarks.measure import Benchmark, Ratio, spread
from benchmarks.results import plot, row, table, version
from benchmarks.step import main
from tests.support.forked import perturb, run_all
from tests.support.processes import ROOT, run

OURS = [setting.code for setting in SETTINGS.values() if setting.package == "torch"]
MEASURED = row(Benchmark("`seed`", "nothing", lambda: (Ratio(1.5, 1.25, 2.0), "repeats"), ("jinja2",)))
NOT_INSTALLED = row(Benchmark("another", "nothing", lambda: (None, "not installed"), ("no-such-package",)))


def step(arguments: tuple[str, str]) -> dict[str, Any]:
    code, net = arguments
    perturb()  # as fresh processes differ
    return main(code, net, "tiny", "cpu", warm=1, steps=2)


@pytest.mark.parametrize("net", [pytest.param("resnet", marks=pytest.mark.slow), "gpt"])
def test_every_setting_of_ours_trains(net: str) -> None:
    """Each trains twice to the same weights, except the one that seeds nothing."""
    rounds = [run_all(step, [(code, net) for code in OURS]) for _ in range(2)]
    repeats = [first["digest"] == second["digest"] for first, second in zip(*rounds, strict=True)]
    assert repeats == [code != SETTINGS[NONE].code for code in OURS]
    assert all(one["seconds"] > 0 for one in rounds[0])


def test_each_flag_left_out_is_in_seedall() -> None:
    """The settings that leave out a line of `seedall` differ from `seedall`."""
    without = [setting.code for name, setting in FLAGS.items() if name.startswith("`seedall` without")]
    assert len(without) == 3
    assert not [code for code in without if SEEDALL in code]


def test_throughput_memory_and_bits_are_compared_round_by_round() -> None:
    """Throughput, memory and bits are compared in each round; what could not be measured gets a reason, not a ratio."""
    none = [{"seconds": seconds, "memory": 10, "digest": str(seconds)} for seconds in (2.0, 4.0, 2.0)]
    fast = [{"seconds": one["seconds"] / 2, "memory": 15, "digest": "a"} for one in none]
    assert compare(none, fast) == (Ratio(2, 2, 2), "repeats; peak memory 1.50")
    assert compare(none, none) == (Ratio(1, 1, 1), "does not repeat; peak memory 1.00")
    on_a_cpu = [{**one, "memory": None} for one in none]
    assert compare(on_a_cpu, on_a_cpu) == (Ratio(1, 1, 1), "does not repeat")
    assert compare(none, None) == (None, "not installed")
    assert compare(none, [*fast[:2], {"error": "RuntimeError: no kernel"}]) == (None, "RuntimeError: no kernel")
    assert spread([1, 2, 3]) == Ratio(2, 1, 3)


def test_table_and_plot(tmp_path: Path) -> None:
    """A row has names, ratio, middle half, remark and versions; a package that is not installed is not drawn."""
    rows = [MEASURED, NOT_INSTALLED]
    *_, measured, missing = table(rows, "a command", "a machine").splitlines()
    assert measured == f"| `seed` | nothing | 1.50 | 1.25 to 2.00 | repeats | {version('torch')}, {version('jinja2')} |"
    assert missing == f"| another | nothing |  |  | not installed | {version('torch')}, no no-such-package |"
    plot(rows, "a machine", tmp_path / "plot.svg")
    drawn = (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert ">seed<" in drawn
    assert "another" not in drawn


@pytest.mark.parametrize("part", PARTS)
def test_each_part_finds_what_it_measures(part: str) -> None:
    """Each part lists its benchmarks, for which it loads our functions."""
    listed = list(import_module(f"benchmarks.{part}").benchmarks())
    assert all(isinstance(benchmark, Benchmark) for benchmark in listed)
    assert listed


def test_many_snippets_are_rendered() -> None:
    """What is measured of 10,000 snippets renders three."""
    render_many(3)()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["gpus"], "no such part: 'gpus'; there are generator, seeding, loading, recording, files, gpu"),
        (["gpu", "--rounds", "1"], "--rounds must be at least 2, got 1"),
        (["--net", "gpt"], "--flags, --net and --rounds are for the part gpu"),
    ],
)
def test_wrong_calls(arguments: list[str], problem: str, tmp_path: Path) -> None:
    """An unknown part, too few rounds, or an option that does not apply ends with code 2 and the reason."""
    result = run("-m", "benchmarks", *arguments, cwd=tmp_path, variables={"PYTHONPATH": str(ROOT)})
    assert result.returncode == 2
    assert problem in result.stderr


def test_docs_quote_the_results() -> None:
    """Each figure in docs/benchmarks.md is a row of a table that the benchmarks wrote."""
    results = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "benchmarks/results").glob("*.md"))
    rows = [tuple(cell.strip() for cell in line.split("|")[1:5]) for line in results.splitlines() if "| " in line]
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| (?!what)(.+) \| (.+) \| ([\d.]+) \((.+)\) \|$", page, flags=re.MULTILINE)
    assert len(quoted) > 5
    assert [one for one in quoted if one not in rows] == []
