"""The page's pictures as SVG: both loss curves, their difference on a log axis, the layers by step. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.compare.timeline import Span
from seedblock.twice.verdict import DIFFERS, EQUAL, NOT_COMPARED

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960, 108, 16, 26, 30
MAX_FLOAT = 1.797e308  # beyond it a number is infinite
MAX_POINTS = 1200  # of a curve: one and a half for each pixel
ROW, BAND = 22, 14  # heights in the timeline: of a row, and of the band in it
TALL = {EQUAL: 7, DIFFERS: BAND, NOT_COMPARED: 2}  # of the band by state, so that no colour need be told from another

Scale = Callable[[float], float]


def curves(losses: Sequence[Sequence[float]], marked: int | None) -> Element:
    """Draw the loss of both runs by step; `marked` is the step of the first difference."""
    values = [value for curve in losses for value in curve if math.isfinite(value)]
    low, high = min(values), max(values)
    logarithmic = low > 0 and high / 100 > low
    svg, x = _panel("loss by step", 260, max(map(len, losses)), marked)
    y = _scale(low, high, 260, logarithmic)
    _ticks(svg, y, _decades(low, high) if logarithmic else _round(low, high), "loss" + (", log" if logarithmic else ""))
    for name, curve in zip(("one", "two"), losses, strict=True):
        for part in _parts(curve, math.isfinite):
            _line(svg, name, [(x(step), y(value)) for step, value in part])
        lost = [step for step, value in enumerate(curve) if not math.isfinite(value)]
        if lost:
            text = f"run {1 if name == 'one' else 2}: {curve[lost[0]]} from step {lost[0]:,}"
            _beside(svg, x(lost[0]), TOP + (12 if name == "one" else 28), text, "lost")
    return svg


def difference(losses: Sequence[Sequence[float]], marked: int | None) -> Element | None:
    """Draw |loss of run 1 - loss of run 2| by step on a log axis, without equal steps. None if all steps are equal."""
    pairs = zip(*losses, strict=False)
    gaps = [
        min(abs(one / 2 - two / 2) * 2, MAX_FLOAT) if math.isfinite(one) and math.isfinite(two) else math.nan
        for one, two in pairs
    ]
    seen = [gap for gap in gaps if gap > 0]
    if not seen:
        return None
    low = 10.0 ** max(-320, math.floor(math.log10(min(seen))))
    high = max(seen) if max(seen) > low else min(low * 10, MAX_FLOAT)
    svg, x = _panel("difference of the losses by step", 200, max(map(len, losses)), marked)
    y = _scale(low, high, 200, True)
    _ticks(svg, y, _decades(low, high), "difference, log")
    for part in _parts(gaps, lambda gap: gap > 0):
        _line(svg, "gap", [(x(step), y(value)) for step, value in part])
    return svg


def timeline(layers: Mapping[str, Sequence[Span]], marked: int | None) -> Element:
    """Draw in which steps each layer was equal, differed, or was not compared."""
    count = 1 + max((last for spans in layers.values() for _, last, _ in spans), default=0)
    height = TOP + ROW * len(layers) + BOTTOM
    svg, _ = _panel("layers by step", height, count, marked)
    wide = (WIDTH - LEFT - RIGHT) / count
    for row, (layer, spans) in enumerate(layers.items()):
        top = TOP + ROW * row
        label = SubElement(svg, "text", {"x": str(LEFT - 6), "y": f"{top + BAND - 3}", "class": "end"})
        label.text = layer
        for first, last, state in spans:
            tall = TALL[state]
            place = {"x": f"{LEFT + first * wide:.2f}", "y": f"{top + (BAND - tall) / 2:g}", "height": str(tall)}
            size = {"width": f"{max(1.5, (last - first + 1) * wide):.2f}", "class": state.replace(" ", "-")}
            where = f"step {first:,}" if first == last else f"steps {first:,} to {last:,}"
            SubElement(SubElement(svg, "rect", place | size), "title").text = f"{layer}: {state}, {where}"
    return svg


def _panel(title: str, height: int, count: int, marked: int | None) -> tuple[Element, Scale]:
    svg = Element("svg", viewBox=f"0 0 {WIDTH} {height}", role="img")
    SubElement(svg, "title").text = title
    wide = WIDTH - LEFT - RIGHT

    def x(step: float) -> float:
        return LEFT + step / max(1, count - 1) * wide

    steps = [step for step in _round(0, max(1, count - 1)) if step == int(step)]
    for step in steps:
        label = SubElement(svg, "text", {"x": f"{x(step):.1f}", "y": str(height - 10), "class": "middle"})
        label.text = f"step {int(step):,}" if step == steps[0] else f"{int(step):,}"
    if marked is not None and marked < count:
        line = {"x1": f"{x(marked):.1f}", "x2": f"{x(marked):.1f}", "y1": str(TOP - 8), "y2": str(height - BOTTOM + 4)}
        SubElement(svg, "line", line | {"class": "first"})
        _beside(svg, x(marked), TOP - 12, f"first difference, step {marked:,}", "first")
    return svg, x


def _beside(svg: Element, x: float, y: float, text: str, name: str) -> None:
    """Write to the right of a place, or to its left where the picture ends."""
    at_end = x > WIDTH - 200
    place = {"x": f"{x + (-5 if at_end else 5):.1f}", "y": str(y), "class": f"{name} end" if at_end else name}
    SubElement(svg, "text", place).text = text


def _scale(low: float, high: float, height: int, logarithmic: bool) -> Scale:
    """Map values to heights. They are halved first: the distance between two huge numbers could be infinite."""
    of = math.log10 if logarithmic else lambda value: value / 2
    first, last = of(low), of(high)
    tall = height - TOP - BOTTOM
    return lambda value: height - BOTTOM - (of(value) - first) / ((last - first) or 1) * tall


def _ticks(svg: Element, y: Scale, values: Sequence[float], title: str) -> None:
    for value in values:
        line = {
            "x1": str(LEFT),
            "x2": str(WIDTH - RIGHT),
            "y1": f"{y(value):.1f}",
            "y2": f"{y(value):.1f}",
            "class": "grid",
        }
        SubElement(svg, "line", line)
        label = SubElement(svg, "text", {"x": str(LEFT - 6), "y": f"{y(value) + 4:.1f}", "class": "end"})
        label.text = f"{value:.4g}"
    SubElement(svg, "text", {"x": str(LEFT - 6), "y": "12", "class": "axis end"}).text = title


def _round(low: float, high: float, about: int = 5) -> list[float]:
    """List round numbers between two values: 1, 2 or 5 times a power of ten apart."""
    span = high / about - low / about
    if not 0 < span < math.inf:
        return [low]
    power = 10.0 ** math.floor(math.log10(span))
    step = next((times * power for times in (1, 2, 5, 10) if times * power >= span), 10 * power)
    first = math.ceil(low / step)
    return [number * step for number in range(first, first + 3 * about) if number * step <= high] or [low]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first) / 5))
    return [10.0**power for power in range(first, last + 1, every)] or [low, high]


def _parts(values: Sequence[float], shown: Callable[[float], bool]) -> list[list[tuple[int, float]]]:
    """Cut a curve where values are not shown. In a long one, each stretch keeps its lowest and highest point."""
    size = max(1, 2 * len(values) // MAX_POINTS)
    parts: list[list[tuple[int, float]]] = [[]]
    for start in range(0, len(values), size):
        stretch = [(step, value) for step, value in enumerate(values[start : start + size], start) if shown(value)]
        if len(stretch) < min(size, len(values) - start) and parts[-1]:
            parts.append([])
        if stretch:
            ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
            parts[-1] += sorted(ends)
    return [part for part in parts if part]


def _line(svg: Element, name: str, points: Sequence[tuple[float, float]]) -> None:
    if len(points) == 1:
        (x, y), *_ = points
        SubElement(svg, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "2.5", "class": name})
        return
    kept = [points[0], *(point for before, point in pairwise(points) if point != before)]
    SubElement(svg, "polyline", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in kept), "class": name})
