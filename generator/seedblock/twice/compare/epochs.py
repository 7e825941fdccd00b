"""What a run's epochs and ranks look like, to warn of what repeats but is wrong. Pure."""

import zlib
from typing import Any

from seedblock.twice.tape.fast_lines import PlainBatch
from seedblock.twice.tape.line_kinds import Batch, Step

ROW_DIGITS = 8  # of a row's digest
MIN_ROWS = 8  # of an epoch: with fewer different rows, two equal shuffled epochs may be chance


class Loader:
    """The epochs of one loop over a DataLoader: a digest of each, and the first batch of each worker."""

    def __init__(self, begins: dict[str, Any]) -> None:
        self.shuffles = "Random" in str(begins.get("sampler", ""))
        workers = begins.get("workers")
        self.workers = workers if type(workers) is int else 0
        self.place = str(begins.get("at") or "")[:120]
        self.equal_epochs = 1
        self._digest, self._batches, self._rows = 0, 0, 0
        self._first_batches: list[str] = []
        self._epochs, self._last = 0, (0, 0)

    def begin(self) -> None:
        """Begin an epoch, or end the last one: compare the one that is over with the one before it."""
        if self._batches:
            this = self._digest, self._batches
            self._epochs += 1
            if self._epochs > 1 and this == self._last and self._rows >= MIN_ROWS:
                self.equal_epochs += 1
            self._last = this
        self._digest = self._batches = self._rows = 0

    def batch(self, batch: Batch | PlainBatch) -> None:
        self._digest = zlib.crc32(batch.data.encode("utf-8", "replace"), self._digest)
        self._batches += 1
        if self._rows < MIN_ROWS:
            self._rows += len(set(rows_of(batch.samples)))
        if self._epochs == 0 and len(self._first_batches) < self.workers:
            self._first_batches.append(batch.samples)

    def workers_are_alike(self) -> bool:
        """Tell whether every worker's first batch is the same, and its rows are not."""
        first = self._first_batches
        return len(first) > 1 and len(set(first)) == 1 and len(set(rows_of(first[0]))) > 1


class Ranks:
    """How torch's stream moves in the steps of each rank."""

    def __init__(self) -> None:
        self.steps: dict[str, tuple[int, int, int, str]] = {}  # digest of all states, steps, changes, last state

    def step(self, rank: str, step: Step) -> None:
        digest, steps, changes, last = self.steps.get(rank, (0, 0, 0, ""))
        state = step.streams.get("torch", "")
        digest = zlib.crc32(state.encode("utf-8", "replace"), digest)
        self.steps[rank] = digest, steps + 1, changes + (state != last), state

    def draw_alike(self) -> bool:
        """Tell whether there are several ranks that all draw the same numbers."""
        found = set(self.steps.values())
        if len(self.steps) < 2 or len(found) != 1:
            return False
        _, steps, changes, _ = found.pop()
        return steps > 1 and changes > steps // 2


class Epochs:
    """The loaders of all processes of a run, and its ranks."""

    def __init__(self) -> None:
        self.loaders: dict[tuple[str, str], Loader] = {}
        self.ranks = Ranks()
        self._current: dict[str, Loader] = {}

    def batch(self, process: str, batch: Batch | PlainBatch) -> None:
        if isinstance(batch, Batch) and batch.begins is not None:
            # Known by its loop: many scripts make a new DataLoader for each epoch.
            key = process, str(batch.begins.get("at") or batch.begins.get("loader"))
            loader = self.loaders.get(key) or self.loaders.setdefault(key, Loader(batch.begins))
            loader.begin()
            self._current[process] = loader
        if process in self._current:
            self._current[process].batch(batch)

    def end(self) -> None:
        for loader in self.loaders.values():
            loader.begin()


def rows_of(samples: str) -> list[str]:
    return [samples[place : place + ROW_DIGITS] for place in range(0, len(samples), ROW_DIGITS)]
