"""A run's tapes on disk, read as they grow: each line once, a part at a time."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from seedblock.twice.tape import gate
from seedblock.twice.tape.lines import MAX_LINE_BYTES, Part, TapeError

CHUNK_BYTES = 1 << 17  # read at a time of each tape, of which there may be a thousand
LINES_AT_ONCE = 10_000


class TapeFile:
    """One file of a run. Reading continues where it stopped; an unfinished last line waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._lines = 0

    def more(self, limit: int = LINES_AT_ONCE) -> Part:
        """Return the next whole lines, at most `limit` and about CHUNK_BYTES of them. Raises TapeError."""
        data = self._chunk()
        *texts, rest = data.split(b"\n", limit)
        part = Part(gate.shown(self.path), self._lines + 1, texts)
        self._offset += len(data) - len(rest)
        self._lines += len(texts)
        return part

    def _chunk(self) -> bytes:
        """Read a chunk, or as much as holds one whole line."""
        size = CHUNK_BYTES
        try:
            if self._offset and self.path.stat().st_size == self._offset:
                return b""
            with gate.opened(self.path) as file:
                file.seek(self._offset)
                data = file.read(size)
                while len(data) == size and b"\n" not in data:
                    if size > MAX_LINE_BYTES:
                        where = f"{gate.shown(self.path)}: line {self._lines + 1}"
                        raise TapeError(f"{where} is longer than {MAX_LINE_BYTES} bytes: not a tape")
                    data += file.read(size)
                    size *= 2
        except OSError as error:
            raise TapeError(f"{gate.shown(self.path)}: {error.strerror or error}") from error
        return data

    def __iter__(self) -> Iterator[Part]:
        """Read the file from its beginning, each time."""
        file = TapeFile(self.path)
        while (part := file.more()).texts:
            yield part


class TapeReader:
    """The tapes in a run's `folder`, during the run or after it. Counts batches and steps; parses no line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.batches = self.steps = 0
        self._files: dict[str, TapeFile] = {}
        self._unread: deque[tuple[str, TapeFile]] = deque()  # of a sweep over all tapes, which may take several calls

    def more(self, limit: int = LINES_AT_ONCE) -> list[tuple[str, Part]]:
        """Return what is new, at most `limit` lines, with the name of each tape; an empty list if nothing is. Raises TapeError."""
        found: list[tuple[str, Part]] = []
        if not self._unread:
            for path in gate.tape_paths(
                self.folder, limit=None
            ):  # no number of processes may end a run that is recorded
                self._files.setdefault(path.stem, TapeFile(path))
            self._unread.extend(self._files.items())
        while self._unread and limit > 0:
            name, file = self._unread[0]
            part = file.more(limit)
            if part.texts:
                limit -= len(part.texts)
                self.batches += _count(part, b'{"batch":')
                self.steps += _count(part, b'{"step":')
                found.append((name, part))
            else:
                self._unread.popleft()
        return found


def _count(part: Part, beginning: bytes) -> int:
    return sum([text.startswith(beginning) for text in part.texts])


def tape_files(folder: Path) -> dict[str, TapeFile]:
    """Map the name of each tape in a run's folder to its file, sorted. Raises TapeError."""
    return {path.stem: TapeFile(path) for path in gate.tape_paths(folder)}
