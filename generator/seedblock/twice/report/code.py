"""Code on the page: the snippet that helps, to be copied, and the user's own lines that the verdict names. Pure."""

from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

MAX_OPEN_LINES = 60


class UserLines(NamedTuple):
    """Line `number` of the user's file `name` and those around it; `first` is the number of the first of `lines`."""

    name: str
    number: int
    first: int
    lines: tuple[str, ...]


def add_prose(paragraph: Element, text: str) -> None:
    """Add text; what is between backticks is set as code."""
    for number, part in enumerate(text.split("`")):
        if number % 2:
            SubElement(paragraph, "code").text = part
        elif len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "") + part
        else:
            paragraph.text = part


def add_user_lines(section: Element, found: UserLines) -> None:
    pre = SubElement(section, "pre")
    pre.text = ""
    for number, line in enumerate(found.lines, found.first):
        text = f"{number:>5}  {line}\n"
        if number == found.number:
            SubElement(pre, "mark").text = text
        elif len(pre):
            pre[-1].tail = (pre[-1].tail or "") + text
        else:
            pre.text += text


def add_snippet(section: Element, name: str, code: str) -> None:
    """Add a snippet with a button that copies it; a long one is folded."""
    more = f"`seedblock show {name}` prints it too"
    if code.startswith("from seeding import "):
        more = "`seedblock add` writes the file that it imports from"
    lines = code.count("\n")
    details = SubElement(section, "details", {} if lines > MAX_OPEN_LINES else {"open": "open"})
    add_prose(SubElement(details, "summary"), f"The snippet `{name}`; {more}")
    box = SubElement(details, "div", {"class": "code"})
    SubElement(box, "pre").text = code
    SubElement(box, "button", type="button").text = "copy"
