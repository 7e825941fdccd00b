"""What repeats and is wrong all the same, as far as a run's tapes show it for sure. Pure."""

import zlib
from collections.abc import Iterable, Iterator

from seedblock.twice.explain.remedies import Facts
from seedblock.twice.tape.lines import Line, kind_of

ROWS = 8  # digits of a row's digest
FEW = 8  # rows: so many different ones an epoch must have to tell something


class Loader:
    """The epochs of one DataLoader: a digest of each, and its first batches."""

    def __init__(self, begins: Line) -> None:
        self.shuffles = "Random" in str(begins.get("sampler", ""))
        workers = begins.get("workers")
        self.workers = workers if type(workers) is int else 0
        self.place = str(begins.get("at") or "")[:120]
        self.digest, self.batches, self.rows = 0, 0, 0
        self.first: list[str] = []
        self.equal, self.last, self.epochs = 1, (0, 0), 0

    def begin(self) -> None:
        """An epoch begins: see whether the one before it was that before it once more."""
        if self.batches:
            this = self.digest, self.batches
            self.epochs += 1
            if self.epochs > 1 and this == self.last and self.rows >= FEW:
                self.equal += 1
            self.last = this
        self.digest = self.batches = self.rows = 0

    def batch(self, line: Line) -> None:
        self.digest = zlib.crc32(line["data"].encode("utf-8", "replace"), self.digest)
        self.batches += 1
        if self.rows < FEW:
            self.rows += len(set(rows_of(line)))
        if self.epochs == 0 and len(self.first) < self.workers:
            self.first.append(line["samples"])

    def copies(self) -> bool:
        """Tell whether each worker's first batch is the same, of rows that are not."""
        return len(self.first) > 1 and len(set(self.first)) == 1 and len(set(rows_of({"samples": self.first[0]}))) > 1


class Suspicions:
    """What one run's lines show, process by process."""

    def __init__(self) -> None:
        self.loaders: dict[tuple[str, str], Loader] = {}
        self.current: dict[str, Loader] = {}
        self.ranks: dict[str, tuple[int, int, int, str]] = {}

    def add(self, process: str, rank: str | None, line: Line) -> None:
        kind = kind_of(line)
        if kind == "batch":
            begins = line.get("begins")
            if isinstance(begins, dict):
                # By the loop: many scripts make a new DataLoader for each epoch.
                key = process, str(begins.get("at") or begins.get("loader"))
                loader = self.loaders.get(key) or self.loaders.setdefault(key, Loader(begins))
                loader.begin()
                self.current[process] = loader
            if process in self.current:
                self.current[process].batch(line)
        elif kind == "step" and rank is not None:
            digest, steps, changes, last = self.ranks.get(rank, (0, 0, 0, ""))
            state = line["streams"].get("torch", "")
            digest = zlib.crc32(state.encode("utf-8", "replace"), digest)
            self.ranks[rank] = digest, steps + 1, changes + (state != last), state

    def warnings(self, facts: Iterable[Facts]) -> Iterator[str]:
        facts = list(facts)
        if any(found.mirrored for found in facts):
            yield "NumPy and torch draw the same numbers: they were given one seed; `seedall` keeps them apart"
        for loader in self.loaders.values():
            loader.begin()
            where = f" (the loop at {loader.place})" if loader.place else ""
            if loader.copies():
                yield (
                    f"the first batch of each of the {loader.workers} workers is the same, bit for bit{where}: they draw the"
                    " same augmentation; `seedloader` gives each sample its own"
                )
            if loader.shuffles and loader.equal > 1:
                again = next(
                    (known["again"] for found in facts for known in found.streams.values() if "again" in known), None
                )
                why = f": a stream is seeded again at {again}" if again else ": is the seed set again in each?"
                yield f"{loader.equal} shuffled epochs are bit for bit the same{where}{why}"
        steps = set(self.ranks.values())
        if len(self.ranks) > 1 and len(steps) == 1:
            _, count, changes, _ = steps.pop()
            if count > 1 and changes > count // 2:
                yield "all ranks draw the same numbers: dropout and noise are equal on each; `seedrank` derives a seed for each"


def rows_of(line: Line) -> list[str]:
    text = line.get("samples", "")
    return [text[place : place + ROWS] for place in range(0, len(text), ROWS)]
