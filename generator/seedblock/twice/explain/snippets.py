"""The snippet that is offered with a remedy. Pure."""

from seedblock.twice.explain.remedy import OTHERWISE

SNIPPETS = ("seedall", "seedloader", "seedcheck", "seedscope", "seedhash")


def snippet_for(remedy: str) -> str | None:
    """Return the snippet that a remedy names first; None if none of those that it names can help.

    `seedall` seeds streams: where a generator without a seed is the likelier cause, it does not help.
    """
    likelier, otherwise, rest = remedy.partition(OTHERWISE)
    named = [name for text in (likelier, rest) for name in text.split("`")[1::2] if name in SNIPPETS]
    return next((name for name in named if not (otherwise and name == "seedall")), None)
