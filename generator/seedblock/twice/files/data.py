"""What is known of the files that a run wrote, and of two runs' files. Data only."""

from typing import NamedTuple

MAX_NAMES = 100  # listed; the rest is counted


class Names(NamedTuple):
    """Names of files, the first MAX_NAMES of them, and how many there are in all."""

    first: tuple[str, ...] = ()
    total: int = 0

    @classmethod
    def of(cls, names: list[str]) -> "Names":
        return cls(tuple(sorted(names)[:MAX_NAMES]), len(names))

    def __bool__(self) -> bool:
        return self.total > 0


class FileDifference(NamedTuple):
    """A file that differs, and the part of it in words, "" if only its bytes are known to.

    other: its name in run 2, if a process id in it is another. why: why its content was not compared, "" if it was.
    """

    name: str
    part: str = ""
    why: str = ""
    other: str = ""

    def __str__(self) -> str:
        name = f"{self.name} (in run 2 {self.other})" if self.other else self.name
        return f"{name}{', ' if self.part.startswith('line ') else ': '}{self.part}" if self.part else name


class FilesCompared(NamedTuple):
    """What two runs created, changed or removed, compared.

    identical: how many files are the same; same_content: those of them whose bytes differ all the same, as dates in a zip do.
    first: of those that differ the one that run 1 wrote first. only: what run 1 alone, and run 2 alone, wrote or removed.
    not_compared: names and why. not_rewritten: run 1 wrote it, and run 2 found it and left it. appended: both added to it, and
    what each added was compared. ignored: how many were left out as asked for.
    """

    identical: int = 0
    same_content: Names = Names()
    first: FileDifference | None = None
    differing: Names = Names()
    only: tuple[Names, Names] = (Names(), Names())
    not_compared: tuple[tuple[str, str], ...] = ()
    not_compared_count: int = 0
    not_rewritten: Names = Names()
    appended: Names = Names()
    ignored: int = 0

    @property
    def compared(self) -> int:
        """How many files were compared."""
        return self.identical + self.differing.total

    @property
    def differs(self) -> bool:
        """Tell whether anything differs: content, or which files there are."""
        return any((self.differing, *self.only))
