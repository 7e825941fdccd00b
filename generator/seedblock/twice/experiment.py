"""The runs that a check takes: two, and two more where the order of hashes may be the cause."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.run import follow, process, work_folder
from seedblock.twice.run.call import Call, elsewhere
from seedblock.twice.run.follow import End, Manner, RunError, Shown
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.tape import reader
from seedblock.twice.verdict import HASH, Difference, Files, Verdict

SEED = "PYTHONHASHSEED"
HASHES_DIFFER = "hash() of a text"


class Where(NamedTuple):
    """In which folders the runs work: the working folder, a copy of it for each, or for all but run 1 an empty one."""

    here: Path
    scratch: Path
    fresh: bool = False
    other_folder: bool = False

    def of(self, number: int) -> Path:
        if self.fresh:
            return work_folder.copy(self.here, self.scratch / f"copy{number}")
        if self.other_folder and number > 1:
            (folder := self.scratch / f"folder{number}").mkdir()
            return folder
        return self.here


class Checked(NamedTuple):
    """What a check has found: the verdict, the comparison that it came from, and the two runs with their ends."""

    verdict: Verdict
    comparison: Comparison
    runs: tuple[Run, Run]
    ends: tuple[End, End]


def check(calls: Sequence[Call], manner: Manner, where: Where) -> Checked:
    """Run both calls and compare them. Raises RunError where run 1 fails: then there is nothing to compare with."""
    varied = SEED in os.environ or any(SEED in call.variables for call in calls)
    seeds: tuple[dict[str, str], ...] = ({}, {}) if varied else ({SEED: "1"}, {SEED: "2"})
    second = elsewhere(calls[1], where.here) if where.other_folder else calls[1]
    pair = _run(calls[0], seeds[0], where, 1), _run(second, seeds[1], where, 2)
    stdin = Input.ours()
    before = work_folder.contents(pair[0].folder)
    first = follow.follow(pair[0], manner, _shown(1, manner, None), stdin.give(alone=False))
    if first.code != 0:
        raise RunError(follow.failure(pair[0], "run 1", first, seen=not manner.quiet))
    after = work_folder.contents(pair[0].folder)
    comparison, end = _compare(pair, 2, manner, first, stdin)
    written = tuple(name for name in after if after[name] != before.get(name))
    files = Files(written, fresh=pair[0].folder != pair[1].folder)
    verdict = comparison.finish(_printed(pair, end), (0, end.code), files)
    if verdict.difference is not None and not varied and end.code in (0, None):
        verdict = _with_hashes(verdict, pair, manner, first, where, stdin)
    return Checked(verdict, comparison, pair, (first, end))


def _compare(pair: tuple[Run, Run], number: int, manner: Manner, first: End, stdin: Input) -> tuple[Comparison, End]:
    comparison = Comparison(reader.whole(pair[0].tape))
    shown = _shown(number, manner, first.steps)
    return comparison, follow.follow(pair[1], manner, shown, stdin.give(alone=False, again=True), comparison)


def _with_hashes(
    verdict: Verdict, pair: tuple[Run, Run], manner: Manner, first: End, where: Where, stdin: Input
) -> Verdict:
    """Tell whether hashes made the difference: with run 1's seed it must be gone, and with run 2's it must come back."""
    difference = verdict.difference
    assert difference is not None
    # It is decided here: what the comparison says of hashes is no longer needed.
    verdict = verdict._replace(notes=tuple(note for note in verdict.notes if not note.startswith(HASHES_DIFFER)))
    for number, (like, differs) in enumerate(((pair[0], False), (pair[1], True)), start=3):
        call = Call(pair[1].command, pair[1].variables, None)
        again = _run(call, {SEED: like.variables[SEED]}, where, number)
        comparison, end = _compare((pair[0], again), number, manner._replace(keep_going=False), first, stdin)
        found = comparison.finish(_printed((pair[0], again), end), (0, end.code)).difference
        if (found is not None) != differs or (found is not None and found.layer != difference.layer):
            return verdict
    what = f"only with another {SEED}; {difference.layer}: {difference.what}"
    sure = "a third run with the hashes of run 1 agreed with it, a fourth with those of run 2 did not"
    return verdict._replace(
        difference=Difference(HASH, difference.process, difference.place, what, REMEDIES[HASH], sure)
    )


def _printed(pair: tuple[Run, Run], end: End) -> tuple[bytes, bytes] | None:
    return None if end.code is None else (process.printed(pair[0]), process.printed(pair[1]))


def _run(call: Call, seed: dict[str, str], where: Where, number: int) -> Run:
    (tape := where.scratch / str(number)).mkdir()
    return Run(call.command, {**call.variables, **seed}, where.of(number), tape)


def _shown(number: int, manner: Manner, steps: int | None) -> Shown:
    mark = b"" if number == 1 else f"{number}| ".encode()
    return Shown(f"run {number}", mark, follow.streams(manner.quiet, both_to_error=True), steps)
