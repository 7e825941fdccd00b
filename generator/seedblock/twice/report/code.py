"""Code on the page: what helps in a layer, to be copied, and the lines of the user's own that are named. Pure."""

from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice import verdict

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
    verdict.STREAMS: (SEEDING, "seedall"),
    verdict.INITIAL: (SEEDING, "seedall"),
    verdict.LOSS: (DETERMINISTIC, "seedall"),
    verdict.GRADIENTS: (DETERMINISTIC, "seedall"),
    verdict.ORDER: ("files = sorted(files)", "seedloader"),
    verdict.CONTENTS: ("loader = DataLoader(data, generator=torch.Generator().manual_seed(2020))", "seedloader"),
    verdict.HASH: ("names = sorted(set(names))", "seedhash"),
}


class Source(NamedTuple):
    """A line of the user's code with those around it: `first` is the number of the first of `lines`."""

    name: str
    number: int
    first: int
    lines: tuple[str, ...]


def prose(paragraph: Element, text: str) -> None:
    """Add text in which `code` is set apart."""
    for number, part in enumerate(text.split("`")):
        if number % 2:
            SubElement(paragraph, "code").text = part
        elif len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "") + part
        else:
            paragraph.text = part


def listing(section: Element, source: Source) -> None:
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


def copied(section: Element, code: str) -> None:
    box = SubElement(section, "div", {"class": "code"})
    SubElement(box, "pre").text = code
    SubElement(box, "button", type="button").text = "copy"
