"""The page: all that was found, from runs of any kind, as text and never as markup; its pictures show what the numbers say."""

import math
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from lxml import html

from seedblock.twice import report
from seedblock.twice.report import loss_plot
from seedblock.twice.report.code import UserLines
from seedblock.twice.report.differences import MAX_OPEN_FILES, add_lines
from seedblock.twice.report.page import MAX_TEXT, Shown, page
from seedblock.twice.report.page_file import is_page, keep_page
from seedblock.twice.verdict import (
    DIFFERS,
    GRADIENTS,
    IDENTICAL,
    IGNORED,
    LAYERS,
    NOT_SEEN,
    PRINTED,
    UNDECIDED,
    Coverage,
    Difference,
    Part,
    Verdict,
)
from tests.support.editor_samples import SNIPPETS
from tests.support.pages import HOSTILE, MARKUP, RUN, SHOWN, differing, result
from tests.support.processes import ROOT
from tests.support.watched import place


def verdict(layer: str = GRADIENTS, place: str = "at step 6", what: str = "conv1.weight differs") -> Verdict:
    return Verdict(Difference(layer, "", place, what, "use `seedall`", ""), Coverage(9, 9, 9))


def read(text: str) -> html.HtmlElement:
    return html.fromstring(text.encode("utf-8"))


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_page(layer: str) -> None:
    """The page names the layer, the place, what differs and what helps."""
    made = read(page(verdict(layer), result([3, 2, 1], [3, 2, 1.5]), SHOWN))
    assert made.findtext(".//h1") == f"Differs: {layer}"
    said = made.text_content()
    assert all(text in said for text in ("First at step 6", "conv1.weight differs", "what helps: use seedall"))


def test_names_keep_their_letters() -> None:
    """A place that names a file is shown as the file is called, at the beginning of a sentence too."""
    made = read(page(verdict("files", "in runs/Model.PT"), result(), SHOWN))
    assert made.findtext(".//main/p") == "First in runs/Model.PT"


def test_what_comes_from_a_run_is_text() -> None:
    """Markup, control characters and lone surrogates in any name or value are shown, and are no markup."""
    runs = [{**RUN, "command": [HOSTILE], "variables": {HOSTILE: HOSTILE}, "python": HOSTILE, "stopped": HOSTILE}] * 2
    lines = UserLines(HOSTILE, 2, 1, (HOSTILE, HOSTILE, HOSTILE))
    found = Verdict(
        Difference(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), Coverage(), (HOSTILE,), (HOSTILE,)
    )
    text = page(found, result([1.0], [2.0], {HOSTILE: HOSTILE}), Shown(runs, [lines], (HOSTILE, HOSTILE)))
    text.encode("utf-8")
    assert not re.search("[\x00\x1b\ud800\uffff]", text)
    made = read(text)
    assert len(made.findall(".//script")) == 1
    assert made.text_content().count(MARKUP) >= 10


STATES = {
    "it differs": ((Part(PRINTED, DIFFERS),), False, True),
    "undecided": ((Part(PRINTED, UNDECIDED),), False, True),
    "without parts": ((), False, True),
    "only a clock differs": ((Part(PRINTED, IDENTICAL),), False, False),
    "ignored": ((Part(PRINTED, IGNORED),), False, False),
    "in another order": ((Part(PRINTED, IDENTICAL),), True, False),
}


@pytest.mark.parametrize("name", STATES)
def test_printed_lines(name: str) -> None:
    """Both lines are shown whole, with what differs marked, where the verdict is that they differ or may differ."""
    parts, reordered, shown = STATES[name]
    long = "a word " * 500
    found = result(line=(3, f"{long}1{long}", f"{long}2{long}"))
    assert found.printed is not None
    found = found._replace(printed=found.printed._replace(reordered=reordered))
    made = read(page(verdict(PRINTED)._replace(parts=parts), found, SHOWN))
    lines = made.xpath("//pre[contains(@class, 'line')]")
    assert [line.text_content() for line in lines] == [f"{long}{number}{long}" for number in (1, 2)] * shown
    assert [line.xpath("mark/text()") for line in lines] == [["1"], ["2"]] * shown
    assert ("conv1.weight differs" in made.text_content()) != shown  # `what` has the same lines, cut


def test_a_line_that_one_run_lacks() -> None:
    """Where one run printed less, the other's line is shown, and that the first has none."""
    section = Element("section")
    add_lines(section, 7, None, "loss 0.5")
    assert [pre.text for pre in section.findall("pre/*")] == ["loss 0.5"]
    assert "run 1 printed no line 7" in [title.text for title in section.findall("p")]


def test_lines_that_differ_later() -> None:
    """Where what was kept of two long lines is equal, the page says so."""
    section = Element("section")
    add_lines(section, 7, "loss", "loss")
    assert section.find("pre/mark") is None
    assert "differ after what is shown" in str(section[-1].text)


def test_parts() -> None:
    """Each part of the verdict is named with its state in words."""
    parts = (Part("training", IDENTICAL, "9 steps"), Part(PRINTED, UNDECIDED, "line 4"), Part("files", NOT_SEEN))
    made = read(page(Verdict(None, Coverage(9, 9, 9), parts=parts), result(), SHOWN))
    cards = [[text for node in card for text in node.xpath("text()")] for card in made.xpath("//dl/div")]
    assert cards == [["training", "identical", "9 steps"], [PRINTED, "undecided", "line 4"], ["files", "not seen"]]


@pytest.mark.parametrize("count", [0, 1, MAX_OPEN_FILES, MAX_OPEN_FILES + 1, 1000])
def test_files(count: int) -> None:
    """Each file is named with what differs in it, in the order given; many are folded."""
    rows = [(f"out/{number}.npz", f"pred[{number}]") for number in range(count)]
    made = read(page(verdict(), result(), SHOWN._replace(files=rows)))
    told = made.xpath("//table[@class='files']//tr[td]")
    assert [tuple(cell.text_content() for cell in row) for row in told] == rows
    assert len(made.xpath("//details//tr[td]")) == max(0, count - MAX_OPEN_FILES)


def test_long_texts_are_cut() -> None:
    """A text of a megabyte in every place makes no huge page, and the page says how much it leaves out; a snippet stays whole."""
    text = page(differing("x" * 10**6, DIFFERS, "x"), result(environment={"torch": "\x1b" * 10**6}), SHOWN)
    assert len(text) < 3_000_000
    assert "(900,000 more characters)" in text
    assert max(len(snippet.code) for snippet in SNIPPETS.values()) < MAX_TEXT


CURVES = {
    "one step": ([1.0], [2.0]),
    "no losses in run 2": ([1.0, 2.0], []),
    "all equal": ([1.0] * 9, [1.0] * 9),
    "the largest": ([1e308, -1e308], [-1e308, 1e308]),
    "the smallest": ([5e-324, 1.0], [1e-323, 1.0]),
    "lost": ([1.0, math.nan, math.inf, 2.0], [1.0, 1.0, -math.inf, math.nan]),
    "only lost": ([math.nan] * 3, [math.inf] * 3),
    "large and close": ([1e16, 1e16], [1e16 + 2, 1e16]),
    "zero": ([0.0, 0.0], [0.0, -0.0]),
    "none": ([], []),
}


@pytest.mark.parametrize("name", CURVES)
def test_any_numbers(name: str) -> None:
    """Curves of any numbers are drawn inside the picture; what is no number is named."""
    one, two = CURVES[name]
    made = read(page(verdict(), result(one, two), SHOWN))
    numbers = [float(n) for line in made.findall(".//polyline") for n in re.split("[ ,]", str(line.get("points")))]
    numbers += [float(str(dot.get(name))) for dot in made.findall(".//circle") for name in ("cx", "cy")]
    assert all(0 <= number <= loss_plot.WIDTH for number in numbers)
    assert bool(numbers) == any(map(math.isfinite, [*one, *two]))
    for number, curve in enumerate((one, two), start=1):
        lost = [step for step, value in enumerate(curve) if not math.isfinite(value)]
        if lost and numbers:
            assert f"run {number}: {curve[lost[0]]} from step {lost[0]}" in made.text_content()


def test_a_small_difference_is_seen() -> None:
    """1e-6 beside losses of 1 is a visible rise from the step on at which it begins, and nothing before."""
    one = [1.0] * 100
    two = [1.0 if step < 40 else 1.0 + 1e-6 * (step - 39) for step in range(100)]
    svg = loss_plot.difference((one, two), 40)
    assert svg is not None
    points = [tuple(map(float, point.split(","))) for point in str(svg.find("polyline").get("points")).split()]  # type: ignore[union-attr]
    assert len(points) == 60
    heights = [y for _, y in points]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[-1] > 80
    first = svg.find("line[@class='first']")
    assert first is not None
    assert float(str(first.get("x1"))) == pytest.approx(points[0][0], abs=0.1)


def test_a_million_steps() -> None:
    """A long run's page stays small, and a single step that sticks out is still seen."""
    one = [1.0] * 1_000_000
    two = [*one]
    two[654_321] = 9.0
    text = page(verdict(), result(one, two), SHOWN)
    assert len(text) < 400_000
    (line,) = [found for found in read(text).findall(".//polyline") if found.get("class") == "two"]
    heights = [float(point.split(",")[1]) for point in str(line.get("points")).split()]
    assert max(heights) - min(heights) > 150


def test_page_of_a_run(tmp_path: Path) -> None:
    """The page of a real check needs no other file. It shows the script's own line, the snippet that helps as it is
    rendered, and both runs.
    """
    at = place(tmp_path)
    at.write("import random\n\n\nprint(random.random())\n")
    result = at.run("twice", "--report", "page.html", "--", "train.py")
    assert result.returncode == 1, result
    made = html.parse(str(at.folder / "page.html")).getroot()
    assert str(made.findtext(".//h1")).startswith("Differs: ")
    assert made.xpath("//pre[not(@class)]/mark/text()") == ["    4  print(random.random())\n"]
    assert not [name for node in made.iter() for name in node.attrib if name in ("src", "href")]
    code = (ROOT / "snippets/python/seedall.py").read_text(encoding="utf-8")
    assert [box.text_content() for box in made.findall(".//div[@class='code']/pre")] == [code]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in made.findall(".//tr")[1:]}
    assert rows["exit"] == ["0", "0"]
    assert all(value and value.startswith("20") for value in rows["began"])


def _edited(content: bytes) -> bytes:
    return content.replace(b"</body>", b"<p>my own note</p></body>")


def _digest_kept(content: bytes) -> bytes:
    return content.replace(b"<h1", b"<h1 ", 1)


def _another_digest(content: bytes) -> bytes:
    return re.sub(b"seedblock twice [0-9a-f]{64}", b"seedblock twice " + b"0" * 64, content, count=1)


def _of_an_earlier_version(content: bytes) -> bytes:
    return re.sub(b"seedblock twice [0-9a-f]{64}", b"seedblock twice", content, count=1)


CHANGES = (
    _edited,
    _digest_kept,
    _another_digest,
    _of_an_earlier_version,
    lambda content: content[:-1],
    lambda content: b"",
)


@pytest.mark.parametrize("change", CHANGES)
def test_an_edited_page_is_its_user_s(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """A page is ours as long as it has the digest that it carries: one that was edited is kept under another name."""
    path = tmp_path / "page.html"
    text = page(verdict(), result([1.0], [2.0]), SHOWN)
    assert keep_page(text, path) is None
    assert is_page(path)
    assert keep_page(text, path) is None
    theirs = change(path.read_bytes())
    path.write_bytes(theirs)
    assert not is_page(path)
    backup = keep_page(text, path)
    assert backup is not None
    assert backup.read_bytes() == theirs
    assert is_page(path)


def test_colours_are_those_of_the_page() -> None:
    """Every class in the pictures has its rule in the style, for a light and a dark screen and for paper."""
    style = (files(report) / "page.css").read_text(encoding="utf-8")
    text = page(verdict(), result([1.0, math.nan, 2.0], [1.0, 3.0, 1.0]), SHOWN)
    classes = {name for found in re.findall(r'class="([^"]+)"', text) for name in found.split()}
    assert {name for name in classes if f".{name}" not in style} <= {"code"}
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
