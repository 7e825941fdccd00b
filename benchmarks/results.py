"""Write what was measured as one Markdown table and one plot."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Benchmark, Ratio


class Row(NamedTuple):
    """A benchmark's names, its ratio or None, a remark, and the versions of its packages."""

    what: str
    against: str
    ratio: Ratio | None
    remark: str
    versions: str


def row(benchmark: Benchmark) -> Row:
    """Run a benchmark."""
    ratio, remark = benchmark.measure()
    packages = dict.fromkeys(("torch", *benchmark.packages))
    return Row(benchmark.what, benchmark.against, ratio, remark, ", ".join(map(version, packages)))


def version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"no {package}"


def machine() -> str:
    """Name what the figures hold for: processor, GPU and driver where there is one, system, Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = (names or [model])[0]
    parts = [f"Python {platform.python_version()}", platform.system(), f"{os.cpu_count()} processors, {model}"]
    if shutil.which("nvidia-smi"):  # not torch, which would start CUDA in this process
        query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        name, driver = (
            subprocess.run(query, capture_output=True, encoding="utf-8", check=True).stdout.strip().split(", ")
        )
        parts.append(f"{name}, driver {driver}")
    return "; ".join(parts)


def write(rows: Sequence[Row], command: str, machine: str, place: Path) -> None:
    """Write the table and the plot beside each other: `place` with .md, and with .svg."""
    place.with_suffix(".md").write_text(table(rows, command, machine), encoding="utf-8")
    plot(rows, machine, place.with_suffix(".svg"))


def table(rows: Sequence[Row], command: str, machine: str) -> str:
    lines = [
        "# Benchmarks",
        "",
        f"`{command}` on {machine}.",
        "",
        "A ratio is the median of pairs timed in turn, with the middle half of them: of times, where less is better, but for",
        "rows that say throughput.",
        "",
        "| what | against | ratio | middle half | remark | versions |",
        "|---|---|---|---|---|---|",
    ]
    for what, against, ratio, remark, versions in rows:
        figures = ("", "") if ratio is None else (f"{ratio.median:.2f}", f"{ratio.low:.2f} to {ratio.high:.2f}")
        lines.append("| " + " | ".join((what, against, *figures, remark, versions)) + " |")
    return "\n".join(lines) + "\n"


def plot(rows: Sequence[Row], machine: str, path: Path) -> None:
    """Draw each ratio as a point with its middle half, from top to bottom, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "seedblock", "font.size": 8})
    drawn = [(one.what.replace("`", ""), one.ratio) for one in rows if one.ratio is not None][::-1]
    figure, axes = plt.subplots(figsize=(9, 1 + 0.22 * len(drawn)), layout="constrained")
    for height, (_, ratio) in enumerate(drawn):
        axes.plot([ratio.low, ratio.high], [height, height], color="tab:blue", alpha=0.4, linewidth=4)
        axes.plot(ratio.median, height, "o", color="tab:blue", markersize=4)
    axes.axvline(1, color="black", linewidth=0.5)
    axes.set_yticks(range(len(drawn)), [what for what, _ in drawn])
    axes.set_xlabel("ratio, with the middle half of the pairs")
    axes.set_title(machine, fontsize=6)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
