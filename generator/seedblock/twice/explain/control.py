"""What a control pair decides: more runs, with a clock that only counts its calls. Pure."""

from collections.abc import Sequence

from seedblock.twice.explain.remarks import MAX_FILES, NOTHING_DEPENDS
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.verdict import DIFFERS, FILES, IDENTICAL, TRAINING, UNDECIDED, Difference, Part, Verdict

ONLY_A_CLOCK = "{parts} differed only by a clock: runs {runs}, with a clock that only counts, agreed"
NOT_A_CLOCK = "no clock made this difference: runs {runs}, with a clock that only counts, show it"
NOT_SEEN_AGAIN = (
    "runs {runs}, with a clock that only counts, did not show what differed: it is written or printed elsewhere"
)


def open_parts(verdict: Verdict) -> list[str]:
    """Name the parts that differ and that a clock may have changed; none if the training differs too."""
    if verdict.difference is not None:
        return []
    return [part.name for part in verdict.parts if part.state == UNDECIDED and part.name != TRAINING]


def decide(verdict: Verdict, control: Verdict, second: int = 4) -> Verdict:
    """Put what the control pair, runs 3 and `second`, shows of the open parts into the verdict on runs 1 and 2."""
    parts = tuple(_part(before, after) for before, after in zip(verdict.parts, control.parts, strict=True))
    said = ONLY_A_CLOCK if control.difference is None else NOT_A_CLOCK
    if control.difference is None and any(
        part.name in open_parts(verdict) and part.state == UNDECIDED for part in parts
    ):
        said = NOT_SEEN_AGAIN
    remark = said.format(parts=" and ".join(open_parts(verdict)), runs=f"3 and {second}")
    # What hangs on a stream was not known before.
    before = (text for text in verdict.remarks if control.difference is None or NOTHING_DEPENDS not in text)
    made = {name: getattr(control.coverage, name) for name in ("saved", "printed", "files")}
    return verdict._replace(
        runs=(3, second),
        difference=control.difference,
        parts=parts,
        remarks=(*before, remark),
        coverage=verdict.coverage._replace(**made),
    )


def found_files(control: Verdict, agreed: int, written: Sequence[str]) -> Verdict:
    """Blame what the first run of a control pair wrote: a second one that did not find it, run `agreed`, was like the first."""
    difference = control.difference
    assert difference is not None
    names = ", ".join(written[:MAX_FILES]) or "a folder"
    what = f"only if a run finds what the one before it has written ({names}); {difference.layer}: {difference.what}"
    sure = f"run {agreed}, which found nothing of it, agreed"
    blamed = Difference(FILES, difference.process, difference.place, what, REMEDIES[FILES], sure)
    return control._replace(difference=blamed)


def _part(before: Part, after: Part) -> Part:
    """Keep a part that was known before, as the first pair has the whole of it, and one of which the control pair has nothing."""
    decided = before.state == UNDECIDED and after.state == IDENTICAL
    return after if decided or after.state == DIFFERS else before
