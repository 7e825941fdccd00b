"""What can be said of two runs: the layers in which they can differ, the first difference, what was compared. Data only."""

from collections.abc import Collection
from typing import NamedTuple

LAYERS = (
    STREAMS,
    FLOW,
    INITIAL,
    ORDER,
    CONTENTS,
    LOSS,
    GRADIENTS,
    HYPERPARAMETERS,
    WEIGHTS,
    OPTIMIZER_STATE,
    FINAL,
    SAVED,
    PRINTED,
    WRITTEN,
    HASH,
    LISTING,
    PROCESSES,
    FILES,
    FAILED,
) = (
    "random streams",
    "control flow",
    "initial weights",
    "data order",
    "batch contents",
    "loss",
    "gradients",
    "hyperparameters",
    "weights",
    "optimizer state",
    "weights at the end",
    "saved files",
    "printed output",
    "files",
    "hash order",
    "file order",
    "processes",
    "files of run 1",
    "a run that failed",
)

# The layers of a batch and of a step, in causal order: the rows of the page's timeline.
OF_BATCH = (ORDER, CONTENTS)
OF_STEP = (STREAMS, WEIGHTS, LOSS, GRADIENTS)
BY_STEP = (STREAMS, *OF_BATCH, WEIGHTS, LOSS, GRADIENTS)
EQUAL, DIFFERS, NOT_COMPARED = "equal", "differs", "not compared"  # the state of a layer at a step

# A verdict has three parts, each in one of these states, or in that of DIFFERS.
PARTS = (TRAINING := "training", PRINTED, WRITTEN)
IDENTICAL, UNDECIDED, NOT_SEEN, IGNORED = "identical", "undecided", "not seen", "ignored"


class Part(NamedTuple):
    """One part of a verdict: its name, its state, and in words what was compared, what differs, or why it is undecided."""

    name: str
    state: str
    what: str = ""


class Difference(NamedTuple):
    """The first difference: its layer, the process ("" for the only one), where, what, and what helps.

    sure: how sure it is that the remedy fits the cause; "" for certain.
    """

    layer: str
    process: str
    place: str
    what: str
    remedy: str
    sure: str = ""


class Coverage(NamedTuple):
    """How much was compared. `recorded`: whether each run recorded anything. `missed`: parts that were not recorded."""

    batches: int = 0
    steps: int = 0
    losses: int = 0
    parameters: int = 0
    saved: int = 0
    printed: int = 0
    files: int = 0
    processes: int = 0
    recorded: tuple[bool, bool] = (True, True)
    missed: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Tell whether anything that a run shows was compared."""
        return not self.unrecorded and any((*self.of_training, self.saved, self.printed, self.files))

    @property
    def of_training(self) -> tuple[int, ...]:
        return self.batches, self.steps, self.losses, self.parameters

    @property
    def unrecorded(self) -> str:
        """Say why a training was not seen although torch was imported; "" if one was seen, or there is no such reason."""
        trained = self.batches or self.steps or self.losses
        return "" if trained else next((part for part in self.missed if part.startswith("torch (")), "")

    def __str__(self) -> str:
        parts = [counted(self)] if any((*self.of_training, self.saved, self.printed, self.files)) else []
        if not self.batches and not self.steps and not self.losses:
            parts.append("no training was seen")
        if self.processes > 1:
            parts.append(f"in {self.processes} processes or threads")
        return ", ".join(parts)


def counted(coverage: Coverage, only: Collection[str] = ()) -> str:
    """Say how many of each kind were compared. only: the names of the fields to count, or none for all."""
    return ", ".join(
        f"{count:,} {one if count == 1 else many}"
        for name, (one, many) in _COUNTED.items()
        if (count := getattr(coverage, name)) and (not only or name in only)
    )


_COUNTED = {
    "batches": ("batch", "batches"),
    "steps": ("step", "steps"),
    "losses": ("loss", "losses"),
    "parameters": ("parameter at the end", "parameters at the end"),
    "saved": ("saved file", "saved files"),
    "printed": ("printed line", "printed lines"),
    "files": ("file", "files"),
}
TRAINING_COUNTS, FILE_COUNTS = ("batches", "steps", "losses", "parameters"), ("saved", "files")


class Files(NamedTuple):
    """Files in the working folder that run 1 created or changed. `fresh`: run 2 had a folder without them."""

    written: tuple[str, ...] = ()
    fresh: bool = False


class Verdict(NamedTuple):
    """The answer. `remarks` are warnings and limits, `environment` lists versions and settings that differ.

    parts: training, printed output and files, in this order. runs: the numbers of those whose output and files were compared.
    """

    difference: Difference | None
    coverage: Coverage
    remarks: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    runs: tuple[int, int] = (1, 2)
