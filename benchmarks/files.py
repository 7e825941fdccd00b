"""What it costs `seedblock twice` to find, read and keep what a run has written, against `sha256sum` on the same files."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Benchmark, Measured, processor_seconds, ratio
from seedblock.twice.files.comparing import compare_files
from seedblock.twice.files.folder import Seen, Watched, seen
from seedblock.twice.files.keeping import keep

PAIRS = 3
NOTHING = Seen({}, {})  # so that all files are new
SMALL, LARGE = 20_000, 1_000_000_000  # files of a few hundred bytes each; bytes of one file


def benchmarks() -> Iterator[Benchmark]:
    for what, write in (
        (f"{SMALL:,} small files", many),
        (f"one file of {LARGE // 10**9} GB", large),
        (f"both, {SMALL:,} small files and {LARGE // 10**9} GB", both),
    ):
        yield Benchmark(f"processor time to read and keep {what}", "`find` and `sha256sum`", partial(of_keeping, write))
    yield Benchmark(f"processor time to look at {SMALL:,} files", "`find -ls`", of_looking)
    yield Benchmark(f"processor time to compare {SMALL:,} equal files", "`find` and `sha256sum`", of_comparing)


def many(folder: Path) -> None:
    for number in range(SMALL):
        inner = folder / str(number // 1000)
        if number % 1000 == 0:
            inner.mkdir()
        (inner / f"{number}.csv").write_bytes(b"%d," % number * 100)


def large(folder: Path) -> None:
    block = bytes(range(256)) * 40_000
    with (folder / "model.weights").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)


def both(folder: Path) -> None:
    many(folder)
    large(folder)


def of_keeping(write: Callable[[Path], None]) -> Measured:
    return in_folders(write, lambda folder, scratch: keep(Watched(folder), NOTHING, scratch), shell(SUMS))


def of_looking() -> Measured:
    return in_folders(many, lambda folder, _: seen(Watched(folder)), shell("find {} -type f -ls"))


def of_comparing() -> Measured:
    with tempfile.TemporaryDirectory() as other:
        many(Path(other))
        with tempfile.TemporaryDirectory() as scratch:
            kept = keep(Watched(Path(other)), NOTHING, Path(scratch))
            compare = lambda folder, _: compare_files(kept, Watched(folder), NOTHING)
            return in_folders(many, compare, shell(SUMS))


SUMS = "find {} -type f -print0 | xargs -0 sha256sum"


def shell(command: str) -> Callable[[Path], object]:
    return lambda folder: subprocess.run(command.format(folder), shell=True, check=True, stdout=subprocess.DEVNULL)


def in_folders(
    write: Callable[[Path], None], ours: Callable[[Path, Path], object], other: Callable[[Path], object]
) -> Measured:
    if shutil.which("sha256sum") is None:
        return None, "there is no sha256sum"
    with tempfile.TemporaryDirectory() as place:
        (folder := Path(place) / "folder").mkdir()
        (scratch := Path(place) / "scratch").mkdir()
        write(folder)

        def kept() -> None:
            ours(folder, scratch)

        return ratio(kept, lambda: other(folder), PAIRS, processor_seconds), ""
