"""What users have reported of data loaders (tests/support/reports.py): with `seeded_loader` it holds, for 0 and 2 workers.

The control is PyTorch's own loader, where it has the fault.
"""

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.processes import ROOT, plain, run

Seen = dict[str, Any]
SCRIPT = (ROOT / "tests/support/reports.py").read_text(encoding="utf-8")


class Reports(NamedTuple):
    """What each report has seen, without workers and with two."""

    without: Seen
    with_two: Seen


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reports]:
    """All reports with each loader, for each number of workers in a fresh process of its own hash seed and folder."""

    def seen(loading: str, workers: int, folder: Path) -> Seen:
        (folder / "seeding.py").write_text(plain("seeding"), encoding="utf-8")
        (folder / "reports.py").write_text(SCRIPT, encoding="utf-8")
        variables = {"PYTHONHASHSEED": str(1 + workers)}
        done = run("-W", "error", "reports.py", str(workers), loading, cwd=folder, variables=variables)
        assert done.returncode == 0, done.stderr
        found: Seen = json.loads(done.stdout)
        return found

    ways = [(loading, workers) for loading in ("seeded", "plain") for workers in (0, 2)]
    # Made here: two threads that ask pytest for its first temporary folder remove each other's.
    folders = [tmp_path_factory.mktemp("reports") for _ in ways]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(seen, *zip(*ways, strict=True), folders))
    return {"seeded": Reports(*found[:2]), "plain": Reports(*found[2:])}


def of(reports: dict[str, Reports], loading: str, name: str) -> tuple[Seen, Seen]:
    return reports[loading].without[name], reports[loading].with_two[name]


REPEATING = (
    "views_of_a_test_set",
    "two_names",
    "curriculum",
    "curriculum_through_the_loader",
    "endless_sampler",
    "collator_with_a_seed",
    "sampler_without_a_seed",
)


@pytest.mark.parametrize("name", REPEATING)
def test_same_bits_for_any_workers(name: str, reports: dict[str, Reports]) -> None:
    """Each report sees the same bits without workers and with two; with PyTorch's loader it does not."""
    without, with_two = of(reports, "seeded", name)
    assert without == with_two
    without, with_two = of(reports, "plain", name)
    assert without["data"] != with_two["data"]


def test_each_view_is_another_one(reports: dict[str, Reports]) -> None:
    """Four passes over a test set that is not shuffled: each sample is drawn anew in each of them."""
    assert reports["seeded"].without["views_of_a_test_set"]["spread"] > 0.01


def test_two_loaders_have_nothing_in_common(reports: dict[str, Reports]) -> None:
    """Of 600 zipped pairs of two loaders of one seed, no more share an index than chance has it, and none a crop.

    The control, two loaders of one name: all pairs do, and it is said.
    """
    found = reports["seeded"].without["two_names"]
    assert found["indices"] <= 18  # chance gives 3
    assert found["crops"] == 0
    for found in of(reports, "seeded", "one_name"):
        assert (found["indices"], found["crops"]) == (600, 600)
        text = "epoch {} of 'images' again: the data are those of before. Give each loader its own name"
        assert [said.split(";")[0] for said in found["said"]] == [text.format(epoch) for epoch in range(3)]


def test_an_attribute_that_is_set_for_each_epoch(reports: dict[str, Reports]) -> None:
    """Each epoch has the level that was set before it, on the data set or through the loader, for any workers.

    With workers that persist it is an error that names it; PyTorch's go on with the level of the first epoch.
    """
    each = [[1.0], [2.0], [3.0]]
    for name in ("curriculum", "curriculum_through_the_loader"):
        assert [found["levels"] for found in of(reports, "seeded", name)] == [each, each]
    name = "curriculum_of_workers_that_persist"
    without, with_two = of(reports, "seeded", name)
    assert without["levels"] == each
    assert with_two["error"].startswith("['Noisy.level'] changed, but workers that persist do not see it")
    assert [found["levels"] for found in of(reports, "plain", name)] == [each, [[1.0]] * 3]


def test_what_the_loop_does_to_a_batch(reports: dict[str, Reports]) -> None:
    """Boxes that the loop scales in place are as large in the next epoch; with PyTorch's loader only with workers."""
    assert [found["largest"] for found in of(reports, "seeded", "boxes_scaled_in_place")] == [[18.0] * 3] * 2
    shrunk = [18.0, 18 / 64, 18 / 64**2]
    assert [found["largest"] for found in of(reports, "plain", "boxes_scaled_in_place")] == [shrunk, [18.0] * 3]


def test_a_sampler_without_a_seed(reports: dict[str, Reports]) -> None:
    """A sampler whose generator nobody has seeded: another order in each epoch, and resumed in the second the same."""
    found = reports["seeded"].without["sampler_without_a_seed"]
    assert found["data"][0] != found["data"][1] == found["resumed"]
    control = reports["plain"].without["sampler_without_a_seed"]
    assert control["data"][1] != control["resumed"]


def test_an_open_file(reports: dict[str, Reports]) -> None:
    """A file that forked workers would share is a warning that names the attribute. Without workers all rows are right."""
    without, with_two = of(reports, "seeded", "open_file")
    assert without == {"said": [], "wrong": 0}
    shared = "Rows.file is open, and workers move its place: open it in __getitem__, in each process"
    assert with_two["said"] == ([shared] if "fork" in multiprocessing.get_all_start_methods() else [])
    assert [found["said"] for found in of(reports, "plain", "open_file")] == [[], []]
