"""What repeats but is wrong, as far as run 1's tape shows it for sure. Pure."""

from collections.abc import Iterator

from seedblock.twice.compare.result import Result

MIRRORED = "NumPy and torch draw the same numbers: they were given the same seed; `seedall` keeps them apart"
EQUAL_RANKS = (
    "all ranks draw the same numbers: dropout and noise are equal on each; `seedrank` derives a seed for each rank"
)


def warnings(result: Result) -> Iterator[str]:
    facts = [found for process in result.processes for found in process.facts]
    if any(found.mirrored for found in facts):
        yield MIRRORED
    for loader in result.epochs.loaders.values():
        where = f" (the loop at {loader.place})" if loader.place else ""
        if loader.workers_are_alike():
            yield (
                f"the first batch of each of the {loader.workers} workers is the same, bit for bit{where}: they draw the same"
                " augmentation; `seedloader` gives each sample its own"
            )
        if loader.shuffles and loader.equal_epochs > 1:
            again = (stream.again for found in facts for stream in found.streams.values())
            line = next((seeded.again for seeded in again if seeded is not None), None)
            why = f": a stream is seeded again at {line}" if line else ": is the seed set again in each?"
            yield f"{loader.equal_epochs} shuffled epochs are the same, bit for bit{where}{why}"
    if result.epochs.ranks.draw_alike():
        yield EQUAL_RANKS
