"""What all runs of a check share, and how one of them is made and compared with the first."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import signals
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.parts import Known
from seedblock.twice.files.comparing import compare_files
from seedblock.twice.files.folder import Seen, Watched, ignored, outputs, seen
from seedblock.twice.files.keeping import Kept, keep
from seedblock.twice.run import follow
from seedblock.twice.run.call import Call
from seedblock.twice.run.data import Display, Options, RunEnd
from seedblock.twice.run.places import Where
from seedblock.twice.run.process import CLOCK, REVERSED, Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.tape import gate
from seedblock.twice.tape.reader import tape_files
from seedblock.twice.verdict import WRITTEN

HASH_SEED = "PYTHONHASHSEED"
LONGER, MORE_S = 10, 60.0  # than run 1, a run with a clock that only counts may take


class Wanted(NamedTuple):
    """What the command line says of the check.

    ignored: parts that do not count; ignored_files: globs. folders: others that are searched for files, and how they are shown.
    without: our own files in them. clock: run the control pair however long it takes. keep_order: both runs get listings in the
    same order.
    """

    ignored: Collection[str] = ()
    ignored_files: Sequence[str] = ()
    folders: tuple[tuple[str, Path], ...] = ()
    without: tuple[Path, ...] = ()
    clock: bool = False
    keep_order: bool = False


class Factors(NamedTuple):
    """What differs on purpose between two runs: the seed of hashes, None for the user's, and the order of listings."""

    hash_seed: str | None = None
    reversed_listing: bool = False

    def variables(self) -> dict[str, str]:
        hashes = {} if self.hash_seed is None else {HASH_SEED: self.hash_seed}
        return {**hashes, **(REVERSED if self.reversed_listing else {})}


class Ran(NamedTuple):
    """A run that is over, and what it has written if others are compared with it."""

    run: Run
    end: RunEnd
    kept: Kept | None


class Setup:
    """What all runs of a check share. `clock`: whether they have one that only counts."""

    def __init__(self, calls: Sequence[Call], options: Options, where: Where, wanted: Wanted) -> None:
        self.calls, self.options, self.where, self.wanted = calls, options, where, wanted
        self.stdin = Input.ours()
        varied = HASH_SEED in os.environ or any(HASH_SEED in call.variables for call in calls)
        one, two = (None, None) if varied else ("1", "2")
        self.factors = Factors(one), Factors(two, not wanted.keep_order)
        self.number = 0
        self.refreshed = False  # whether later runs of a control pair find nothing of its first one

    def first(self) -> Ran:
        return self._run(self.calls[0], self.factors[0], None)[0]

    def against(self, first: Ran, factors: Factors) -> tuple[Ran, Result]:
        """Run the second call and compare it with the first one, which is over."""
        ran, result = self._run(self.calls[1], factors, first)
        assert result is not None
        return ran, result

    def begin_control(self, like: RunEnd) -> None:
        """Give all later runs a clock that only counts. A loop that waits for it may never end."""
        limit = self.options.timeout or LONGER * like.seconds + MORE_S
        self.where, self.options = self.where._replace(control=True), self.options._replace(timeout=limit)

    def known(self, ran: Ran) -> Known:
        return Known(self.where.control, self.wanted.ignored, (False, ran.end.code is None))

    def _run(self, call: Call, factors: Factors, like: Ran | None) -> tuple[Ran, Result | None]:
        self.number += 1
        folder, call = self.where.place(call, self.number, like is None, self.refreshed)
        clock = CLOCK if self.where.control else {}
        (tape := self.where.scratch / str(self.number)).mkdir()
        variables = {**call.variables, **factors.variables(), **clock, **self.where.variables()}
        run = Run(call.command, variables, folder, tape)
        watched = Watched(folder, self._further(folder), (self.where.scratch, *self.wanted.without), outputs())
        before = seen(watched)
        if like is None:
            end = self._follow(run, None, None)
            return Ran(run, end, self._keep(watched, before)), None
        comparison = Comparison(tape_files(like.run.tape))
        end = self._follow(run, like, comparison)
        if end.code is None:  # a run that was stopped at a difference has not printed and written everything
            return Ran(run, end, None), comparison.finish().without_saved(ignored(self.wanted.ignored_files))
        with gate.opened_output(like.run.output) as left, gate.opened_output(run.output) as right:
            result = comparison.finish((left, right)).without_saved(ignored(self.wanted.ignored_files))
        if like.kept is None:
            return Ran(run, end, None), result
        files = compare_files(like.kept, watched, before, result.pids, self.wanted.ignored_files)
        return Ran(run, end, None), result.with_files(files)

    def _further(self, folder: Path) -> tuple[tuple[str, Path], ...]:
        """The other folders to search; not those that lie in the working folder, of which a run may have a copy."""
        if folder == self.where.here:
            return self.wanted.folders
        return tuple(pair for pair in self.wanted.folders if not pair[1].is_relative_to(self.where.here))

    def _keep(self, watched: Watched, before: Seen) -> Kept | None:
        if WRITTEN in self.wanted.ignored:
            return None
        return keep(watched, before, self.where.scratch, self.wanted.ignored_files)

    def _follow(self, run: Run, like: Ran | None, comparison: Comparison | None) -> RunEnd:
        """Follow a run. Raises Stopped if it was asked to stop: there is nothing to say of it then."""
        mark = b"" if self.number == 1 else f"{self.number}| ".encode()
        streams = follow.streams(self.options.quiet, both_to_error=True)
        display = Display(f"run {self.number}", mark, streams, None if like is None else like.end)
        given = self.stdin.each(self.where.scratch / "stdin", again=self.number > 1)
        end = follow.follow(run, self.options, display, given, comparison)
        if end.asked:
            raise signals.Stopped(end.asked[0])
        return end
