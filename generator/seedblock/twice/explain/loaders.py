"""What helps where the data of loaders differ. Pure."""

from seedblock.twice.compare.facts import Both, workers_differ

WORKERS = (
    "the loaders have {} workers in one run and {} in the other, and each worker draws for itself: `seedloader` gives the same"
    " samples whatever their number"
)
# What `check_loader` looks for; which of these it is, only it can tell: it loads the batches again.
KEPT = (
    "samples depend on what the dataset keeps and workers do not share: a cache, a buffer, a count, an open file, an"
    " attribute set in the loop, or a generator that only its libraries know; `seedcheck` names the first index that differs,"
    " and why"
)


def of_loaders(facts: Both) -> str:
    """Say what helps if the number of workers differs, or `seedloader` is used already; "" if neither is so."""
    uses = all("seedloader" in found.has for found in facts)
    if workers_differ(facts):
        one, two = (", ".join(map(str, sorted(found.workers))) for found in facts)
        return (
            f"the loaders have {one} workers in one run and {two} in the other: {KEPT}"
            if uses
            else WORKERS.format(one, two)
        )
    return KEPT if uses else ""
