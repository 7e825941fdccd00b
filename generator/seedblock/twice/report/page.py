"""A verdict and what it rests on, as one page of HTML that needs no other file: to be sent to a colleague, or printed."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.compare.result import Result
from seedblock.twice.report import loss_plot, words
from seedblock.twice.report.code import UserLines, add_prose, add_snippet, add_user_lines
from seedblock.twice.verdict import Verdict

GENERATOR = "seedblock twice"  # in a meta element: marks a page as ours, which may be replaced
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML cannot hold


class Shown(NamedTuple):
    """What the page shows besides the verdict.

    runs: each run's command, variables, times and exit code. code: the name and text of a snippet that helps.
    """

    runs: Sequence[Mapping[str, Any]]
    user_lines: Sequence[UserLines] = ()
    code: tuple[str, str] | None = None


def page(verdict: Verdict, result: Result, shown: Shown) -> str:
    """Return the page. Whatever comes from the user's runs is text in it, never markup."""
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="generator", content=GENERATOR)
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = f"seedblock twice: {words.answer(verdict)}"
    SubElement(head, "style").text = _asset("page.css")
    body = SubElement(html, "body")
    _answer(body, verdict, shown)
    _help(body, verdict, shown)
    _curves(body, result, _step(verdict))
    _timeline(body, result, _step(verdict))
    _remarks(body, verdict)
    _runs(body, result, shown)
    SubElement(body, "script").text = _asset("page.js")
    for element in html.iter():
        element.text, element.tail = (
            text and _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text) for text in (element.text, element.tail)
        )
    return "<!DOCTYPE html>\n" + ElementTree.tostring(html, encoding="unicode", method="html") + "\n"


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _answer(body: Element, verdict: Verdict, shown: Shown) -> None:
    answer, difference = words.answer(verdict), verdict.difference
    headline, _, rest = words.headline(verdict).partition(": " if difference is None else ", ")
    SubElement(body, "h1", {"class": answer.split()[0]}).text = headline.capitalize()
    SubElement(body, "p").text = rest.capitalize() if difference is not None else rest
    SubElement(body, "pre", {"class": "wrap"}).text = _command(shown.runs[0])
    began = [_date(run) for run in shown.runs]
    SubElement(body, "p", {"class": "soft"}).text = f"run 1 began {began[0]}, run 2 {began[1]}"


def _help(body: Element, verdict: Verdict, shown: Shown) -> None:
    difference = verdict.difference
    if difference is None:
        return
    section = _section(body, "What differs, and what helps")
    card = SubElement(section, "div", {"class": "card"})
    rows = {"what differs": difference.what, "what helps": difference.remedy, "how sure": difference.sure}
    for name, text in rows.items():
        if text:
            paragraph = SubElement(card, "p")
            SubElement(paragraph, "b").text = f"{name}: "
            add_prose(paragraph, text)
    for found in shown.user_lines:
        SubElement(section, "p", {"class": "soft"}).text = f"{found.name}, line {found.number}"
        add_user_lines(section, found)
    if shown.code is not None:
        add_snippet(section, *shown.code)


def _curves(body: Element, result: Result, marked: int | None) -> None:
    section = _section(body, "Loss")
    if not any(math.isfinite(value) for losses in result.curves for value in losses):
        SubElement(section, "p").text = "No loss was seen: backward() ran on no scalar."
        return
    figure = SubElement(section, "figure")
    _keys(figure, ("one", "run 1"), ("two", "run 2"))
    figure.append(loss_plot.curves(result.curves, marked))
    below = loss_plot.difference(result.curves, marked)
    if below is not None:
        figure.append(below)
    else:
        SubElement(section, "p").text = "All losses are equal, bit for bit."


def _timeline(body: Element, result: Result, marked: int | None) -> None:
    layers = {layer: spans for layer, spans in result.timeline.items() if spans}
    if not layers:
        return
    figure = SubElement(_section(body, "Layers by step"), "figure")
    _keys(figure, ("equal", "equal"), ("differs", "differs"), ("not-compared", "not compared"))
    figure.append(loss_plot.timeline(layers, marked))


def _section(body: Element, title: str) -> Element:
    section = SubElement(body, "section")
    SubElement(section, "h2").text = title
    return section


def _keys(figure: Element, *keys: tuple[str, str]) -> None:
    caption = SubElement(figure, "figcaption")
    for name, text in keys:
        SubElement(caption, "span", {"class": f"key {name}"}).tail = text


def _step(verdict: Verdict) -> int | None:
    found = re.match(r"at step (\d+)", verdict.difference.place) if verdict.difference else None
    return int(found[1]) if found else None


def _remarks(body: Element, verdict: Verdict) -> None:
    section = _section(body, "What was compared")
    SubElement(section, "p").text = str(verdict.coverage)
    for remark in verdict.remarks:
        add_prose(SubElement(section, "p"), remark)


def _runs(body: Element, result: Result, shown: Shown) -> None:
    table = SubElement(_section(body, "The runs"), "table")
    header = SubElement(table, "tr")
    for text in ("", "run 1", "run 2"):
        SubElement(header, "th").text = text
    rows = {"command": [_command(run) for run in shown.runs], "began": [_date(run) for run in shown.runs]}
    rows |= {name: [_text(run.get(name)) for run in shown.runs] for name in ("exit", "stopped")}
    names = dict.fromkeys(name for found in result.environments for name in found if name != "hash")
    rows |= {name: [_text(found.get(name)) for found in result.environments] for name in names}
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
    program, *arguments = [str(word) for word in run.get("command") or ("",)]
    return " ".join([*variables, shlex.join([re.split(r"[/\\]", program)[-1], *arguments])])


def _date(run: Mapping[str, Any]) -> str:
    return str(run.get("began") or "at an unknown time").replace("T", " ").replace("+00:00", " UTC")


def _text(value: object) -> str:
    return "" if value is None else str(value)
