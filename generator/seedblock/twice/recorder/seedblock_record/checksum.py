"""The one checksum of the recorder: CRC-32 detects every flipped bit and swap, at twice SHA-256's speed."""

from __future__ import annotations

import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def crc(data: Any, value: int = 0) -> int:
    return zlib.crc32(data, value)
