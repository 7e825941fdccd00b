"""Decides by a control pair, runs with a clock that only counts, what a clock or the files of the run before have changed."""

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.twice.compare.result import Result
from seedblock.twice.experiment.setup import Ran, Setup
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import decide, found_files
from seedblock.twice.run.data import RunEnd
from seedblock.twice.run.places import Where
from seedblock.twice.verdict import Verdict

SHORT_S = 120.0  # a run that took less is run again without being asked for
MORE_RUNS = 2  # if streams differ that nothing seems to depend on
CLOCK_PART = "the clock ("  # of the recorder


def by_a_clock(verdict: Verdict, result: Result, setup: Setup, one: Ran) -> tuple[Verdict, Result, Ran]:
    """Decide by a control pair what may be a clock's. From then on, the runs of `setup` have a clock that only counts."""
    why = "" if setup.wanted.clock else _too_costly(setup.where, one.end)
    if not why:
        setup.begin_control(one.end)
        try:
            three = setup.first()
            if three.end.code == 0:
                return (*_decided(verdict, result, setup, one, three), three)
            why = f"with a clock that only counts, the script ended with exit code {three.end.code}"
        except signals.Stopped:
            raise
        except SeedblockError as error:
            why = "; ".join(error.problems)
    return verdict._replace(remarks=(*verdict.remarks, f"no control pair decided: {why}")), result, one


def _too_costly(where: Where, end: RunEnd) -> str:
    if end.seconds >= SHORT_S:
        return f"run 1 took {end.seconds / 60:.0f} minutes; --clock runs it in any case"
    return "" if where.is_small else "the working folder is large; --clock copies it in any case"


def _decided(verdict: Verdict, result: Result, setup: Setup, one: Ran, three: Ran) -> tuple[Verdict, Result]:
    """Run the second of a control pair: as run 2, it finds what the one before it wrote. If they differ, also without that.

    Raises SeedblockError if the clock was not kept from them.
    """
    finds_more = setup.where.finds_more(three.kept is not None and three.kept.wrote)
    four, control = setup.against(three, setup.factors[1])
    found, second = explain(control, (0, four.end.code), None, setup.known(four)), setup.number
    if found.difference is not None and finds_more:
        setup.refreshed = True
        five, again = setup.against(three, setup.factors[1])
        apart = explain(again, (0, five.end.code), None, setup.known(five))
        if apart.difference is not None or four.end.code not in (0, None):
            # A run that fails beside this clock alone has met a name with the same time.
            found, control, second = apart, again, setup.number
        elif _differs_again(setup, three):
            found = found_files(found, setup.number - 1, tuple(three.kept.files) if three.kept is not None else ())
        setup.refreshed = True
    if missed := [part for part in control.coverage.missed if part.startswith(CLOCK_PART)]:
        raise SeedblockError(*missed)
    if found.difference is None and _of_streams(result) - _of_streams(control):  # a clock has seeded them
        setup.factors = setup.factors[1], setup.factors[1]
        return explain(result, known=setup.known(four)), result
    if found.difference is None:
        found, control, second = _agrees_again(setup, three, found, control, second)
    if found.difference is None and _wrote_less(one, three):
        raise SeedblockError("run 3 wrote fewer files than run 1: it may have written to a place with a whole path")
    shown = result._replace(saved=control.saved, text=control.text, printed=control.printed, files=control.files)
    return decide(verdict, found, second), shown


def _differs_again(setup: Setup, three: Ran) -> bool:
    """Tell whether one more run that finds what the one before it wrote differs from run 3: otherwise it was chance."""
    setup.refreshed = False
    six, result = setup.against(three, setup.factors[1])
    return explain(result, (0, six.end.code), None, setup.known(six)).difference is not None


def _agrees_again(
    setup: Setup, three: Ran, found: Verdict, control: Result, second: int
) -> tuple[Verdict, Result, int]:
    """Run the second of the pair up to MORE_RUNS times more while its streams differ: what is coarse may agree by chance."""
    for _ in range(MORE_RUNS if _of_streams(control) else 0):
        ran, result = setup.against(three, setup.factors[1])
        again = explain(result, (0, ran.end.code), None, setup.known(ran))
        if again.difference is not None:
            return again, result, setup.number
    return found, control, second


def _wrote_less(one: Ran, three: Ran) -> bool:
    """Tell whether a run of the control pair wrote fewer files than run 1 did: then not all that differed was compared."""
    return one.kept is not None and three.kept is not None and len(three.kept.files) < len(one.kept.files)


def _of_streams(result: Result) -> set[str]:
    return {name for process in result.processes if process.streams is not None for name in process.streams.names}
