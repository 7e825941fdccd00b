"""Where the memory of this process lies: an address that it has printed is known by that."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedblock_record.tape import Tape

MAX_RANGES = 40
GAP = 1 << 24  # bytes between two ranges that are noted as one: what was freed by the end lies there
MAX_ADDRESS = 1 << 47  # of a process; above it is the kernel's


def note_memory(tape: Tape) -> None:
    """Write down the ranges, if the system tells them and this process has a tape."""
    ranges = memory_ranges()
    if ranges:
        tape.fact(memory=ranges)


def memory_ranges() -> list[list[int]]:
    """The first address of each range and the one behind its last, in order; empty where there is no /proc."""
    try:
        file = os.open("/proc/self/maps", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return []
    try:
        parts: list[bytes] = []
        while not parts or parts[-1]:
            parts.append(os.read(file, 1 << 16))
    finally:
        os.close(file)
    found = [line.split(b" ", 1)[0].split(b"-") for line in b"".join(parts).splitlines()]
    ranges = [[int(begin, 16), int(end, 16)] for begin, end in found]
    return merged([one for one in ranges if one[1] <= MAX_ADDRESS])


def merged(ranges: list[list[int]]) -> list[list[int]]:
    """Join sorted ranges that are at most GAP apart, or further if there would be more than MAX_RANGES."""
    gap = GAP
    while True:
        found: list[list[int]] = []
        for begin, end in ranges:
            if found and begin - found[-1][1] <= gap:
                found[-1][1] = end
            else:
                found.append([begin, end])
        if len(found) <= MAX_RANGES:
            return found
        gap *= 4
