"""PNG, as parts: its pixels, not when and by what it was made. Pure. https://www.w3.org/TR/png-3/"""

import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

from seedblock.twice.files.formats.parts import Data, Parts, Unfit, Words, exactly

HEAD = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 50_000_000  # bytes; Python takes seconds for as many
MAX_CHUNK = 100_000_000
STEP = 1 << 16
_UNSAID = (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by the type of colour


def png_parts(file: BinaryIO) -> Parts:
    if exactly(file, 8) != HEAD:
        raise Unfit("it is no PNG")
    wide, high, bits, colour, turns, row, pixel = 0, 0, 0, 0, 0, 0, 0
    packed = list[bytes]()
    while (kind := (head := exactly(file, 8))[4:]) != b"IEND":
        if (length := int.from_bytes(head[:4], "big")) > MAX_CHUNK:
            raise Unfit("a chunk's length is wrong")
        chunk = exactly(file, length)
        exactly(file, 4)
        if kind == b"IHDR":
            wide, high = int.from_bytes(chunk[:4], "big"), int.from_bytes(chunk[4:8], "big")
            bits, colour, turns = chunk[8], chunk[9], chunk[12]
            yield "", Words(f"{wide} x {high}, type {colour}, {bits} bits{', interlaced' if turns else ''}")
            row, pixel = (wide * _SAMPLES[colour] * bits + 7) // 8, max(1, _SAMPLES[colour] * bits // 8)
        elif kind == b"IDAT":
            packed.append(chunk)
        elif kind not in _UNSAID:
            yield kind.decode("latin1"), chunk
    if file.read(5)[4:]:  # after the sum of IEND
        raise Unfit("it goes on after its end")
    if not row or turns or (row + 1) * high > MAX_PIXELS:
        raise Unfit("it is interlaced, or larger than is read")
    digest = sha256()
    for line in _unpacked(packed, row + 1, high):
        digest.update(line)
    each = f"|V{pixel}" if bits >= 8 else ""
    yield "pixels", Data(lambda: _rows(packed, row, pixel, high), each, (high, wide), digest=digest.digest())


def _rows(packed: list[bytes], row: int, pixel: int, high: int) -> Iterator[bytes]:
    before = bytearray(row)
    for line in _unpacked(packed, row + 1, high):
        before = _unfiltered(line[0], bytearray(line[1:]), before, pixel)
        yield bytes(before)


def _unpacked(packed: list[bytes], size: int, high: int) -> Iterator[bytes]:
    """Give `high` rows of `size` bytes. What is after them is not unpacked."""
    unpack, left = zlib.decompressobj(), b""
    for chunk in (*packed, b""):
        rest = chunk
        while True:
            new = unpack.decompress(rest, STEP)
            rest = unpack.unconsumed_tail
            left += new
            whole = len(left) // size * size
            for at in range(0, whole, size):
                yield left[at : at + size]
                high -= 1
                if not high:
                    return
            left = left[whole:]
            if not rest and len(new) < STEP:
                break
    raise Unfit("it ends too early")


def _unfiltered(kind: int, line: bytearray, before: bytearray, pixel: int) -> bytearray:
    if kind == 0:
        return line
    if kind not in (1, 2, 3, 4):
        raise Unfit(f"a row has filter {kind}")
    for at, value in enumerate(line):
        left, above, corner = (line[at - pixel], before[at], before[at - pixel]) if at >= pixel else (0, before[at], 0)
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above
        elif kind == 3:
            guess = (left + above) // 2
        else:
            guess = _nearest(left, above, corner)
        line[at] = (value + guess) & 255
    return line


def _nearest(left: int, above: int, corner: int) -> int:
    """Paeth's guess."""
    guess = left + above - corner
    one, two, three = abs(guess - left), abs(guess - above), abs(guess - corner)
    return left if one <= two and one <= three else above if two <= three else corner
