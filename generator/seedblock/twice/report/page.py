"""What a comparison found, as one page of HTML that stands alone: to be shown to a colleague, or printed. Pure."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.report import loss_plot, words
from seedblock.twice.report.code import CODE, Source, copied, listing, prose
from seedblock.twice.report.style import COPY, STYLE
from seedblock.twice.verdict import Verdict

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what a page cannot hold


class Shown(NamedTuple):
    """What the page shows beside the verdict. `runs`: what each run's folder says of it; `environments`: its versions."""

    losses: tuple[Sequence[float], Sequence[float]]
    strip: loss_plot.Strip
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
    SubElement(head, "title").text = f"seedblock twice: {words.result(verdict)}"
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
    result, difference = words.result(verdict), verdict.difference
    headline, _, rest = words.headline(verdict).partition(": " if difference is None else ", ")
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
            prose(paragraph, text)
    for source in sources:
        SubElement(section, "p", {"class": "soft"}).text = f"{source.name}, line {source.number}"
        listing(section, source)
    code, snippet = CODE.get(difference.layer, ("", ""))
    if code:
        copied(section, code)
        SubElement(section, "p").text = "Or the whole block, which also does what this leaves out:"
        copied(section, f"seedblock show {snippet}")


def _pictures(body: Element, verdict: Verdict, shown: Shown) -> None:
    marked = _step(verdict)
    section = SubElement(body, "section")
    SubElement(section, "h2").text = "Loss"
    if not any(math.isfinite(value) for losses in shown.losses for value in losses):
        SubElement(section, "p").text = "No loss was seen: no scalar called backward()."
    else:
        figure = SubElement(section, "figure")
        _keys(figure, ("one", "run 1"), ("two", "run 2"))
        figure.append(loss_plot.curves(shown.losses, marked))
        below = loss_plot.difference(shown.losses, marked)
        if below is not None:
            figure.append(below)
        else:
            SubElement(section, "p").text = "All losses are equal bit for bit."
    if any(shown.strip.values()):
        section = SubElement(body, "section")
        SubElement(section, "h2").text = "Layers by step"
        figure = SubElement(section, "figure")
        _keys(figure, ("equal", "equal"), ("differs", "differs"), ("not-compared", "not compared"))
        figure.append(loss_plot.strip({layer: spans for layer, spans in shown.strip.items() if spans}, marked))


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
        prose(SubElement(section, "p"), note)


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
