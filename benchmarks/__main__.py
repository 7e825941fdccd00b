"""`python -m benchmarks`: print every figure as one Markdown table. Takes about eight minutes."""

import platform
from importlib import metadata
from itertools import chain

from benchmarks import generator, loading, recording, seeding

PACKAGES = ("jinja2", "lxml", "numpy", "torch", "lightning", "transformers", "accelerate", "monai")


def version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"no {package}"


print(f"Python {platform.python_version()}, {', '.join(map(version, PACKAGES))}\n")
print("| what | against | ratio (middle half) |\n|---|---|---|")
for what, against, measured in chain(generator.rows(), seeding.rows(), loading.rows(), recording.rows()):
    print(f"| {what} | {against} | {measured} |", flush=True)
