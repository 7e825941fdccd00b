"""The two runs, on the page: their commands, times and exit codes, their versions and settings. Pure."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

Run = Mapping[str, Any]  # what run.json says of it


def add_runs(section: Element, runs: Sequence[Run], environments: Sequence[Mapping[str, object]]) -> None:
    """Add a table of what both runs were; what differs between them, and may matter, is marked."""
    table = SubElement(section, "table")
    header = SubElement(table, "tr")
    for text in ("", "run 1", "run 2"):
        SubElement(header, "th" if text else "td", {"scope": "col"} if text else {}).text = text
    rows = {"command": [command(run) for run in runs], "began": [date(run) for run in runs]}
    rows |= {name: [_text(run.get(name)) for run in runs] for name in ("exit", "stopped")}
    names = dict.fromkeys(name for found in environments for name in found if name != "hash")
    rows |= {name: [_text(found.get(name)) for found in environments] for name in names}
    for name, values in rows.items():
        if not any(values):
            continue
        other = name not in ("began", "exit", "stopped", "PYTHONHASHSEED") and len(set(values)) > 1
        row = SubElement(table, "tr", {"class": "other"} if other else {})
        title = SubElement(row, "th", scope="row")
        title.text = name
        if other:
            SubElement(title, "span").text = " differs"
        for text in values:
            SubElement(row, "td").text = text


def command(run: Run) -> str:
    given = {
        name: value
        for name, value in dict(run.get("variables") or {}).items()
        if name != "PYTHONHASHSEED" and not name.startswith("SEEDBLOCK_")
    }
    variables = [f"{name}={shlex.quote(str(value))}" for name, value in given.items()]
    program, *arguments = [str(word) for word in run.get("command") or ("",)]
    return " ".join([*variables, shlex.join([re.split(r"[/\\]", program)[-1], *arguments])])


def date(run: Run) -> str:
    return str(run.get("began") or "at an unknown time").replace("T", " ").replace("+00:00", " UTC")


def _text(value: object) -> str:
    return "" if value is None else str(value)
