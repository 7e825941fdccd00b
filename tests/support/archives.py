"""The archives that `bundle` makes of the committed snippets, opened, changed and closed again."""

import io
import zipfile
from collections.abc import Mapping

from seedblock.editors.archive_extras import read_extras
from seedblock.editors.archives.bundle import bundle_all
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog

VERSION = "1.2.3"
MADE = bundle_all(render_catalog(CATALOG), CATALOG, read_extras(), VERSION)


def opened(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {path: files.read(path) for path in files.namelist()}


def closed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def changed(files: Mapping[str, bytes], path: str, old: str, new: str) -> dict[str, bytes]:
    """Return `files` with the first `old` in one of them replaced."""
    assert old.encode() in files[path]
    return {**files, path: files[path].replace(old.encode(), new.encode(), 1)}
