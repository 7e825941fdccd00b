"""What a comparison found, as a page of HTML that stands alone: both loss curves, the place, the layers."""

import math
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.compare import LAYERS, Difference
from seedblock.twice.tape import Tape

WIDTH, HEIGHT, MARGIN = 720, 260, 36
COLOURS = ("#1f6feb", "#d1242f")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border:1px solid #ccc;text-align:left}"
    "svg{width:100%;height:auto}text{font-size:12px;fill:#444}"
)


def page(command: Sequence[str], tapes: Sequence[Tape], difference: Difference | None, notes: Sequence[str]) -> str:
    """Write the page. `tapes` are the two of the process that is shown."""
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "title").text = "seedblock twice"
    SubElement(head, "style").text = STYLE
    body = SubElement(html, "body")
    SubElement(body, "h1").text = "Identical" if difference is None else f"Differs: {difference.layer}"
    SubElement(SubElement(body, "p"), "code").text = " ".join(command)
    if difference is not None:
        SubElement(body, "p").text = f"First {difference.place}: {difference.what}."
        SubElement(body, "p").text = f"What helps: {difference.remedy}."
    for note in notes:
        SubElement(body, "p").text = note
    _curves(body, tapes, difference)
    _layers(body, difference)
    ElementTree.indent(html)
    return "<!DOCTYPE html>\n" + ElementTree.tostring(html, encoding="unicode", method="html") + "\n"


def losses(tape: Tape) -> list[float]:
    return [line["loss"][-1] for line in tape.lines if line.get("loss")]


def _curves(body: Element, tapes: Sequence[Tape], difference: Difference | None) -> None:
    curves = [losses(tape) for tape in tapes]
    values = [value for curve in curves for value in curve if math.isfinite(value)]
    if not values:
        SubElement(body, "p").text = "No loss was seen: no scalar called backward()."
        return
    low, high, count = min(values), max(values), max(map(len, curves))
    svg = SubElement(body, "svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    SubElement(svg, "title").text = "loss by step"

    def place(step: int, value: float) -> tuple[float, float]:
        x = MARGIN + step / max(1, count - 1) * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (value - low) / ((high - low) or 1) * (HEIGHT - 2 * MARGIN)
        return round(x, 1), round(y, 1)

    for number, (curve, colour) in enumerate(zip(curves, COLOURS, strict=True)):
        points = [place(step, value) for step, value in enumerate(curve) if math.isfinite(value)]
        text = " ".join(f"{x},{y}" for x, y in points)
        dashes = "6 6" if number else "none"
        attributes = {"fill": "none", "stroke": colour, "stroke-width": "2", "stroke-dasharray": dashes}
        SubElement(svg, "polyline", {"points": text, **attributes})
        label = SubElement(svg, "text", x=str(MARGIN + 60 * number), y="16", style=f"fill:{colour}")
        label.text = f"run {number + 1}"
    for x, y, text in ((2, MARGIN, f"{high:.4g}"), (2, HEIGHT - MARGIN, f"{low:.4g}"), (MARGIN, HEIGHT - 8, "step 0")):
        SubElement(svg, "text", x=str(x), y=str(y)).text = text
    SubElement(svg, "text", x=str(WIDTH - MARGIN - 40), y=str(HEIGHT - 8)).text = f"step {count - 1}"
    if difference is not None and difference.place.startswith("at step "):
        mark, _ = place(int(difference.place.removeprefix("at step ")), low)
        line = {"x1": str(mark), "x2": str(mark), "y1": str(MARGIN), "y2": str(HEIGHT - MARGIN), "stroke": "#888"}
        SubElement(svg, "line", line)


def _layers(body: Element, difference: Difference | None) -> None:
    table = SubElement(body, "table")
    header = SubElement(table, "tr")
    for text in ("layer", "verdict"):
        SubElement(header, "th").text = text
    for layer in LAYERS:
        row = SubElement(table, "tr")
        SubElement(row, "td").text = layer
        hit = difference is not None and difference.layer == layer
        SubElement(row, "td").text = "differs first" if hit else "no difference before" if difference else "equal"
