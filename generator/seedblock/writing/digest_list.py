"""The list that a folder of ours holds: the SHA-256 of each file that was written there, as sha256sum has it. Pure."""

import re
from collections.abc import Mapping

DIGEST_LIST = ".seedblock.sha256"
_LINE = re.compile("([0-9a-f]{64})  (.+)")


def parse_digests(content: bytes) -> dict[str, set[str]] | None:
    """Map each listed name to its digests; None if a line is not one of ours."""
    lines = [_LINE.fullmatch(line) for line in content.decode("utf-8", "replace").splitlines()]
    digests: dict[str, set[str]] = {}
    for line in lines:
        if line is None:
            return None
        digests.setdefault(line[2], set()).add(line[1])
    return digests


def format_digests(digests: Mapping[str, set[str]]) -> bytes:
    return "".join(f"{value}  {name}\n" for name in sorted(digests) for value in sorted(digests[name])).encode()
