"""A verdict and what it rests on, as one page of HTML that needs no other file: to be sent to a colleague, or printed."""

import base64
import hashlib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.compare.result import Result
from seedblock.twice.report import loss_plot, words
from seedblock.twice.report.code import UserLines, add_prose, add_snippet, add_user_lines
from seedblock.twice.report.differences import add_files, add_lines, add_parts
from seedblock.twice.report.differing_text import visible
from seedblock.twice.report.runs import Run, add_runs, command, date
from seedblock.twice.verdict import PRINTED, Verdict

GENERATOR = "seedblock twice"  # in a meta element: marks a page as ours, which may be replaced
MAX_TEXT = 100_000  # characters of any one text: no snippet has as many
# Characters that HTML cannot hold, and those that turn the direction of the text beside them.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Shown(NamedTuple):
    """What the page shows besides the verdict.

    runs: each run's command, variables, times and exit code. code: the name and text of a snippet that helps.
    files: the name of each file that differs, and what differs in it.
    """

    runs: Sequence[Run]
    user_lines: Sequence[UserLines] = ()
    code: tuple[str, str] | None = None
    files: Sequence[tuple[str, str]] = ()


def page(verdict: Verdict, result: Result, shown: Shown) -> str:
    """Return the page. Whatever comes from the user's runs is text in it, never markup."""
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="generator", content=GENERATOR)
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _policy(script := _asset("page.js"))})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = f"seedblock twice: {words.answer(verdict)}"
    SubElement(head, "style").text = _asset("page.css")
    body = SubElement(SubElement(html, "body"), "main")
    _answer(body, verdict, shown)
    _help(body, verdict, result, shown)
    _printed(body, verdict, result)
    if shown.files:
        add_files(_section(body, "Files"), shown.files)
    _curves(body, result, _step(verdict))
    _timeline(body, result, _step(verdict))
    _remarks(body, verdict)
    add_runs(_section(body, "The runs"), shown.runs, result.environments)
    SubElement(body, "script").text = script
    for element in html.iter():
        element.text, element.tail = (text and _fit(text) for text in (element.text, element.tail))
    return "<!DOCTYPE html>\n" + ElementTree.tostring(html, encoding="unicode", method="html") + "\n"


def _fit(text: str) -> str:
    more = f"... ({len(text) - MAX_TEXT:,} more characters)" if len(text) > MAX_TEXT else ""
    return _UNFIT.sub(lambda found: visible(found[0]), text[:MAX_TEXT]) + more


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Allow the page its own style and script, and nothing else, should anything from a run ever become markup."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _answer(body: Element, verdict: Verdict, shown: Shown) -> None:
    answer, difference = words.answer(verdict), verdict.difference
    headline, _, rest = words.in_short(verdict).partition(": " if difference is None else ", ")
    SubElement(body, "h1", {"class": answer.split()[0]}).text = _sentence(headline)
    SubElement(body, "p").text = _sentence(rest)
    if verdict.parts:
        add_parts(body, verdict.parts)
    SubElement(body, "pre", {"class": "wrap"}).text = command(shown.runs[0])
    began = [date(run) for run in shown.runs]
    SubElement(body, "p", {"class": "soft"}).text = f"run 1 began {began[0]}, run 2 {began[1]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]  # capitalize() would change the letters of names


def _help(body: Element, verdict: Verdict, result: Result, shown: Shown) -> None:
    difference = verdict.difference
    if difference is None:
        return
    section = _section(body, "What differs, and what helps")
    card = SubElement(section, "div", {"class": "card"})
    what = (
        "" if difference.layer == PRINTED and words.differing_line(verdict, result.printed) else difference.what
    )  # else it is shown twice
    rows = {"what differs": what, "what helps": difference.remedy, "how sure": difference.sure}
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


def _printed(body: Element, verdict: Verdict, result: Result) -> None:
    if line := words.differing_line(verdict, result.printed):
        add_lines(_section(body, "Printed output"), *line, verdict.runs)


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
