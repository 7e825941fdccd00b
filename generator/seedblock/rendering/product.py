"""The catalogue, rendered from the templates of this installation."""

from collections.abc import Sequence

from seedblock.rendering import sources
from seedblock.rendering.body import SUFFIX
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Entry, RenderedFile
from seedblock.rendering.render import render_all


def render_catalog(entries: Sequence[Entry]) -> tuple[RenderedFile, ...]:
    """Render `entries`, all or some of the catalogue, for every target. Raises OSError, and what `render_all` does."""
    left_out = {entry.abbreviation for entry in CATALOG} - {entry.abbreviation for entry in entries}
    templates = sources.read_templates(sources.find_templates())
    return render_all(
        entries, {name: text for name, text in templates.items() if name.removesuffix(SUFFIX) not in left_out}
    )
