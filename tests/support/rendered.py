"""Render the catalogue once for many commands of one test process. Each rendering takes a quarter of a second."""

from collections.abc import Sequence
from functools import cache

import pytest

from seedblock.editors import commands, install_plan
from seedblock.rendering import product
from seedblock.rendering.model import Entry, RenderedFile

_render = cache(product.render_catalog)


def _render_once(entries: Sequence[Entry]) -> tuple[RenderedFile, ...]:
    return _render(tuple(entries))


def render_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands reuse what an earlier one rendered from the same entries."""
    for module in (product, commands, install_plan):
        monkeypatch.setattr(module, "render_catalog", _render_once)
