"""The catalogue, rendered from the templates of this installation."""

from collections.abc import Sequence

from seedblock.rendering import sources
from seedblock.rendering.body import SUFFIX
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.jinja import check_used
from seedblock.rendering.model import Entry, RenderedFile, stem
from seedblock.rendering.render import render_all


def render_catalog(entries: Sequence[Entry]) -> tuple[RenderedFile, ...]:
    """Render `entries`, all or some of the catalogue, for every target.

    Raises OSError, TemplateError for a template that nothing uses, and what `render_all` does.
    """
    templates = sources.read_templates(sources.find_templates())
    rendered = render_all(entries, templates)
    check_used([stem(entry) + SUFFIX for entry in CATALOG], templates)
    return rendered
