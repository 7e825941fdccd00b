"""What is said beside the difference: what was compared, what was not, and what differs around the script. Pure."""

from collections.abc import Iterable, Iterator

from seedblock.twice.compare.printed import Printed
from seedblock.twice.compare.process_pair import Pair
from seedblock.twice.explain.remedies import environment_differences, hashes_differ
from seedblock.twice.verdict import FAILED, FILES, STREAMS, Coverage, Difference, Files


def compared(pairs: Iterable[Pair]) -> list[Pair]:
    """The processes in which both runs had something to compare."""
    return [pair for pair in pairs if all(pair.tally.has_events)]


def coverage(pairs: Iterable[Pair], recorded: tuple[bool, bool], text: Printed | None) -> Coverage:
    pairs = list(pairs)
    tallies = [pair.tally for pair in compared(pairs)]
    return Coverage(
        batches=sum(tally.batches for tally in tallies),
        steps=sum(tally.steps for tally in tallies),
        losses=sum(tally.losses for tally in tallies),
        parameters=sum(tally.parameters for tally in tallies),
        saved=sum(tally.saved for tally in tallies),
        printed=0 if text is None else text.lines,
        processes=max(1, len(tallies)),
        recorded=recorded,
        missed=missed(pairs),
    )


def missed(pairs: Iterable[Pair]) -> tuple[str, ...]:
    """Say which parts were not recorded to the end."""
    found = (facts.missed for pair in pairs for facts in pair.facts)
    return tuple(sorted({f"{part} ({why})" for parts in found for part, why in parts.items()}))


def environment(pairs: Iterable[Pair]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for pair in pairs for line in environment_differences(*pair.facts)))


def of_pairs(pairs: list[Pair], difference: Difference | None) -> Iterator[str]:
    yield from dict.fromkeys(note for pair in pairs for note in pair.notes[:5])
    yield from (f"not recorded to the end: {part}" for part in missed(pairs))
    if difference is None:
        for pair in pairs:
            yield from _limits(pair)
    elif difference.sure or difference.layer in (STREAMS, FAILED):
        return
    elif any(hashes_differ(*pair.facts) for pair in pairs):
        yield "hash() of a text was another one in each run (PYTHONHASHSEED): the order of a set may be the cause"


def _limits(pair: Pair) -> Iterator[str]:
    """Say what an equal process may hide."""
    if pair.streams is not None:
        names, place = pair.streams
        yield f"the streams of {', '.join(names)} differ {place}, and nothing that was compared depends on them"
    if not all(facts.ended for facts in pair.facts):
        who = pair.name or "the script"
        yield f"what {who} did at its end was not recorded: the disk was full, it was killed, or it left by os._exit"
    if pair.tally.unfinished:
        yield f"not every weight was looked at in the steps: that takes {pair.tally.unfinished} steps, or --every 1"


def of_files(files: Files | None, difference: Difference | None) -> Iterator[str]:
    if difference is None or difference.layer in (STREAMS, FILES) or files is None or files.fresh:
        return
    if files.written:
        shown = ", ".join(files.written[:3]) + (" ..." if len(files.written) > 3 else "")
        yield f"run 2 found files that run 1 had written ({shown}): if the script reads them, use --fresh"


def of_printed(text: Printed | None, difference: Difference | None) -> Iterator[str]:
    if text is not None and text.set_aside:
        numbers = ", ".join(map(str, text.set_aside[:5])) + (" ..." if len(text.set_aside) > 5 else "")
        yield f"printed lines that differ in times, speeds, dates, paths, addresses or process numbers alone: {numbers}"
    if text is not None and text.reordered and difference is None:
        yield "the printed lines came in another order"
