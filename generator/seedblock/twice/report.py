"""What a comparison found, as one page of HTML that stands alone: to be shown to a colleague, or printed. Pure."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice import layers, plot, telling
from seedblock.twice.layers import Verdict
from seedblock.twice.style import COPY, STYLE

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what a page cannot hold

SEEDING = """\
import random

import numpy as np
import torch

seed = 2020
random.seed(seed)
np.random.seed([seed, 1])  # not the numbers that torch draws
torch.manual_seed(seed)"""
DETERMINISTIC = """\
import os

os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # before torch starts CUDA

import torch

torch.use_deterministic_algorithms(True)  # an operation that varies is an error that names it
torch.backends.cudnn.benchmark = False"""

# Code that helps in a layer; after it the snippet that does the same with all that belongs to it.
CODE: Mapping[str, tuple[str, str]] = {
    layers.STREAMS: (SEEDING, "seedall"),
    layers.INITIAL: (SEEDING, "seedall"),
    layers.LOSS: (DETERMINISTIC, "seedall"),
    layers.GRADIENTS: (DETERMINISTIC, "seedall"),
    layers.ORDER: ("files = sorted(files)", "seedloader"),
    layers.CONTENTS: ("loader = DataLoader(data, generator=torch.Generator().manual_seed(2020))", "seedloader"),
    layers.HASH: ("names = sorted(set(names))", "seedhash"),
}


class Source(NamedTuple):
    """A line of the user's code with those around it: `first` is the number of the first of `lines`."""

    name: str
    number: int
    first: int
    lines: tuple[str, ...]


class Shown(NamedTuple):
    """What the page shows beside the verdict. `runs`: what each run's folder says of it; `environments`: its versions."""

    losses: tuple[Sequence[float], Sequence[float]]
    strip: plot.Strip
    runs: Sequence[Mapping[str, Any]]
    environments: Sequence[Mapping[str, Any]]
    sources: Sequence[Source] = ()


def page(verdict: Verdict, shown: Shown) -> str:
    """Write the page. What comes from the user's runs is text in it, never markup."""
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="generator", content="seedblock twice")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = f"seedblock twice: {telling.result(verdict)}"
    SubElement(head, "style").text = STYLE
    body = SubElement(html, "body")
    _answer(body, verdict, shown)
    _help(body, verdict, shown.sources)
    _pictures(body, verdict, shown)
    _notes(body, verdict)
    _runs(body, shown)
    SubElement(body, "script").text = COPY
    for element in html.iter():
        element.text, element.tail = (
            text and _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text) for text in (element.text, element.tail)
        )
    return "<!DOCTYPE html>\n" + ElementTree.tostring(html, encoding="unicode", method="html") + "\n"


def _answer(body: Element, verdict: Verdict, shown: Shown) -> None:
    result, difference = telling.result(verdict), verdict.difference
    headline, _, rest = telling.headline(verdict).partition(": " if difference is None else ", ")
    SubElement(body, "h1", {"class": result.split()[0]}).text = headline.capitalize()
    SubElement(body, "p").text = rest.capitalize() if difference is not None else rest
    SubElement(body, "pre", {"class": "wrap"}).text = _command(shown.runs[0])
    began = [_date(run) for run in shown.runs]
    SubElement(body, "p", {"class": "soft"}).text = f"run 1 began {began[0]}, run 2 {began[1]}"


def _help(body: Element, verdict: Verdict, sources: Sequence[Source]) -> None:
    difference = verdict.difference
    if difference is None:
        return
    section = SubElement(body, "section")
    SubElement(section, "h2").text = "What differs, and what helps"
    card = SubElement(section, "div", {"class": "card"})
    for name, text in (
        ("what differs", difference.what),
        ("what helps", difference.remedy),
        ("how sure", difference.sure),
    ):
        if text:
            paragraph = SubElement(card, "p")
            SubElement(paragraph, "b").text = f"{name}: "
            _prose(paragraph, text)
    for source in sources:
        SubElement(section, "p", {"class": "soft"}).text = f"{source.name}, line {source.number}"
        _listing(section, source)
    code, snippet = CODE.get(difference.layer, ("", ""))
    if code:
        _code(section, code)
        SubElement(section, "p").text = "Or the whole block, which also does what this leaves out:"
        _code(section, f"seedblock show {snippet}")


def _prose(paragraph: Element, text: str) -> None:
    """Add text in which `code` is set apart."""
    for number, part in enumerate(text.split("`")):
        if number % 2:
            SubElement(paragraph, "code").text = part
        elif len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "") + part
        else:
            paragraph.text = part


def _listing(section: Element, source: Source) -> None:
    pre = SubElement(section, "pre")
    pre.text = ""
    for number, line in enumerate(source.lines, source.first):
        text = f"{number:>5}  {line}\n"
        if number == source.number:
            mark = SubElement(pre, "mark")
            mark.text = text
        elif len(pre):
            pre[-1].tail = (pre[-1].tail or "") + text
        else:
            pre.text += text


def _code(section: Element, code: str) -> None:
    box = SubElement(section, "div", {"class": "code"})
    SubElement(box, "pre").text = code
    SubElement(box, "button", type="button").text = "copy"


def _pictures(body: Element, verdict: Verdict, shown: Shown) -> None:
    marked = _step(verdict)
    section = SubElement(body, "section")
    SubElement(section, "h2").text = "Loss"
    if not any(math.isfinite(value) for losses in shown.losses for value in losses):
        SubElement(section, "p").text = "No loss was seen: no scalar called backward()."
    else:
        figure = SubElement(section, "figure")
        _keys(figure, ("one", "run 1"), ("two", "run 2"))
        figure.append(plot.curves(shown.losses, marked))
        below = plot.difference(shown.losses, marked)
        if below is not None:
            figure.append(below)
        else:
            SubElement(section, "p").text = "All losses are equal bit for bit."
    if any(shown.strip.values()):
        section = SubElement(body, "section")
        SubElement(section, "h2").text = "Layers by step"
        figure = SubElement(section, "figure")
        _keys(figure, ("equal", "equal"), ("differs", "differs"), ("not-compared", "not compared"))
        figure.append(plot.strip({layer: spans for layer, spans in shown.strip.items() if spans}, marked))


def _keys(figure: Element, *keys: tuple[str, str]) -> None:
    caption = SubElement(figure, "figcaption")
    for name, text in keys:
        SubElement(caption, "span", {"class": f"key {name}"}).tail = text


def _step(verdict: Verdict) -> int | None:
    found = re.match(r"at step (\d+)", verdict.difference.place) if verdict.difference else None
    return int(found[1]) if found else None


def _notes(body: Element, verdict: Verdict) -> None:
    section = SubElement(body, "section")
    SubElement(section, "h2").text = "What was compared"
    SubElement(section, "p").text = str(verdict.coverage)
    for note in verdict.notes:
        _prose(SubElement(section, "p"), note)


def _runs(body: Element, shown: Shown) -> None:
    section = SubElement(body, "section")
    SubElement(section, "h2").text = "The runs"
    table = SubElement(section, "table")
    header = SubElement(table, "tr")
    for text in ("", "run 1", "run 2"):
        SubElement(header, "th").text = text
    rows = {"command": [_command(run) for run in shown.runs], "began": [_date(run) for run in shown.runs]}
    rows |= {name: [_text(run.get(name)) for run in shown.runs] for name in ("exit", "stopped")}
    names = dict.fromkeys(name for found in shown.environments for name in found if name != "hash")
    rows |= {name: [_text(found.get(name)) for found in shown.environments] for name in names}
    for name, values in rows.items():
        if not any(values):
            continue
        other = name not in ("began", "exit", "stopped", "PYTHONHASHSEED") and len(set(values)) > 1
        row = SubElement(table, "tr", {"class": "other"} if other else {})
        for text in (name, *values):
            SubElement(row, "td").text = text


def _command(run: Mapping[str, Any]) -> str:
    given = {name: value for name, value in dict(run.get("variables") or {}).items() if name != "PYTHONHASHSEED"}
    variables = [f"{name}={shlex.quote(str(value))}" for name, value in given.items()]
    program, *words = [str(word) for word in run.get("command") or ("",)]
    return " ".join([*variables, shlex.join([re.split(r"[/\\]", program)[-1], *words])])


def _date(run: Mapping[str, Any]) -> str:
    return str(run.get("began") or "at an unknown time").replace("T", " ").replace("+00:00", " UTC")


def _text(value: object) -> str:
    return "" if value is None else str(value)
