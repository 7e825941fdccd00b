"""A run's tapes on the disk, read as they grow: each line once, a part at a time."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from seedblock.twice.tape.lines import LONGEST, Part, TapeError

CHUNK = 1_000_000  # bytes that are read at a time


class TapeFile:
    """One file of a run, read on from where the last reading ended. A line that is not whole yet waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = 0
        self.number = 0

    def more(self, limit: int = 10_000) -> Part:
        """Return the next whole lines, at most `limit` and about CHUNK bytes of them. Raises TapeError."""
        data = self._bytes()
        *texts, rest = data.split(b"\n", limit)
        part = Part(str(self.path), self.number + 1, texts)
        self.place += len(data) - len(rest)
        self.number += len(texts)
        return part

    def _bytes(self) -> bytes:
        """Read a part that holds a whole line, if there is one."""
        size = CHUNK
        try:
            with self.path.open("rb") as file:
                file.seek(self.place)
                data = file.read(size)
                while len(data) == size and b"\n" not in data:
                    if size > LONGEST:
                        raise TapeError(f"{self.path}: line {self.number + 1} is longer than {LONGEST} bytes: no tape")
                    data += file.read(size)
                    size *= 2
        except OSError as error:
            raise TapeError(f"{self.path}: {error.strerror or error}") from error
        return data

    def __iter__(self) -> Iterator[Part]:
        """Read the file from its beginning, each time anew."""
        file = TapeFile(self.path)
        while (part := file.more()).texts:
            yield part


class TapeReader:
    """The tapes of a run in `folder`, while it goes on or after it. What a line holds is not looked at, but for its kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, TapeFile] = {}
        self.batches = self.steps = 0

    def read(self, limit: int = 10_000) -> list[tuple[str, Part]]:
        """Return what is new, at most `limit` lines, by file. Nothing where nothing is. Raises TapeError."""
        found = []
        for file_id, file in tapes(self.folder, self.files).items():
            if limit > 0 and (part := file.more(limit)).texts:
                limit -= len(part.texts)
                self.batches += _count(part, b'{"batch":')
                self.steps += _count(part, b'{"step":')
                found.append((file_id, part))
        return found


def _count(part: Part, beginning: bytes) -> int:
    return sum([text.startswith(beginning) for text in part.texts])


def tapes(folder: Path, known: dict[str, TapeFile] | None = None) -> dict[str, TapeFile]:
    """Name the tapes in a run's folder. `known` is completed, where it is given."""
    found = {} if known is None else known
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
    except OSError as error:
        raise TapeError(f"{folder}: {error.strerror or error}") from error
    for path in paths:
        found.setdefault(path.stem, TapeFile(path))
    return found


def whole(folder: Path) -> Mapping[str, Iterable[Part]]:
    """The tapes of a run that is over, to be read line by line as they are needed."""
    return tapes(folder)
