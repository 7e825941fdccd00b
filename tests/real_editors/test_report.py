"""The report of `seedblock twice` in a real browser: of a real run and of hostile ones, on wide, narrow and dark screens, and on paper."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedblock.twice.report.page import page
from tests.support.pages import HOSTILE_PAGES
from tests.support.processes import ROOT
from tests.support.programs import chromium, unavailable
from tests.support.watched import place

pytestmark = pytest.mark.editor

PICTURE = ROOT / "docs/pictures/twice.png"

# A training whose gradients vary a little from step 30 on, as those of an operation that is not deterministic do.
SCRIPT = """
import os

import torch

torch.manual_seed(2020)
net = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.15, momentum=0.9)
inputs = torch.randn(512, 8)
data = torch.utils.data.TensorDataset(inputs, inputs[:, :3].sum(1, keepdim=True).sin())
loader = torch.utils.data.DataLoader(data, 64, shuffle=True)
step = 0
for epoch in range(30):
    for batch, target in loader:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(batch), target)
        loss.backward()
        if step >= 30:
            net[0].weight.grad *= 1 + 1e-6 * os.urandom(1)[0]
        optimizer.step()
        step += 1
print(f"loss {loss.item():.4f}")
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if importlib.util.find_spec("playwright") is None:
        unavailable("no Playwright: pip install -e '.[editors]' -c tests/constraints.txt")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = place(tmp_path_factory.mktemp("page"))
    at.write(SCRIPT)
    result = at.run("twice", "--report", "page.html", "--", "train.py")
    assert result.returncode == 1, result
    return at.folder / "page.html"


def test_page_is_shown(browser: Any, made: Path) -> None:
    """The browser draws both curves to the end, their difference and the layers, reports no fault and asks for nothing else."""
    window = browser.new_page(viewport={"width": 1000, "height": 800})
    faults: list[object] = []
    window.on("console", lambda message: faults.append(message.text))
    window.on("pageerror", lambda error: faults.append(error))
    window.on("request", lambda request: faults.append(request.url) if "page.html" not in request.url else None)
    window.goto(made.as_uri())
    assert window.inner_text("h1") == "Differs: gradients"
    for name, width in (("one", 800), ("two", 800), ("gap", 500)):
        boxes = [part.bounding_box() for part in window.locator(f"svg .{name}").all()]
        assert max(box["x"] + box["width"] for box in boxes) - min(box["x"] for box in boxes) > width
        assert max(box["y"] + box["height"] for box in boxes) - min(box["y"] for box in boxes) > 40
    first = window.locator("line.first").first.bounding_box()
    assert abs(first["x"] - min(box["x"] for box in boxes)) < 60
    colours = {
        name: window.locator(f"rect.{name}").first.evaluate("node => getComputedStyle(node).fill")
        for name in ("equal", "differs")
    }
    assert colours == {"equal": "rgb(26, 127, 55)", "differs": "rgb(207, 34, 46)"}
    labels = [box for text in window.locator("svg text").all() if (box := text.bounding_box())]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 1000 for box in labels)
    button = window.locator(".code button").first
    button.click()
    assert button.inner_text() == "copied"
    assert "use_deterministic_algorithms(True)" in window.evaluate("getSelection().toString()")
    assert not faults
    if os.environ.get("SEEDBLOCK_PICTURES") == "update" or not PICTURE.exists():
        PICTURE.parent.mkdir(exist_ok=True)
        window.evaluate("getSelection().removeAllRanges()")
        window.screenshot(path=PICTURE, full_page=True)
    window.close()


def test_dark_screen_and_paper(browser: Any, made: Path) -> None:
    """On a dark screen the page is dark and its text light; on paper it is white, without buttons, and breaks no picture."""
    for options, dark in (({"color_scheme": "dark"}, True), ({"color_scheme": "light"}, False)):
        window = browser.new_page(**options)
        window.goto(made.as_uri())
        back, text = (
            window.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color")
        )
        brightness = [sum(map(int, colour[4:-1].split(","))) for colour in (back, text)]
        assert (brightness[0] < 100, brightness[1] > 600) == (dark, dark)
        window.emulate_media(media="print", color_scheme="dark" if dark else "light")
        assert window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not window.locator(".code button").first.is_visible()
        assert len(window.pdf()) > 20_000
        window.close()


# Runs in the page: what a reader could not see or reach.
FAULTS = """
scrolled => {
  const channels = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const clear = colour => channels(colour).length === 4 && channels(colour)[3] === 0;
  const light = colour => {
    const [red, green, blue] = channels(colour).map(value => {
      value /= 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`${root.scrollWidth} pixels wide, of ${root.clientWidth}`);
  for (const node of document.querySelectorAll("body *:not(script):not(title)")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()) || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const [one, two] = [node.closest("svg") ? style.fill : style.color, behind(node)].map(light);
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (!(contrast >= 4.5)) faults.push(`contrast ${contrast.toFixed(2)}: ${node.tagName} ${node.textContent.slice(0, 40)}`);
    const box = node.getBoundingClientRect();
    const reached = scrolled && node.closest("figure, pre");
    if (!reached && (box.left < 0 || box.right > root.clientWidth)) faults.push(`outside: ${node.textContent.slice(0, 40)}`);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const labels = [...svg.querySelectorAll("text")].map(node => [node.textContent, node.getBBox()]);
    labels.forEach(([text, box], place) => {
      if (box.x < 0 || box.x + box.width > svg.viewBox.baseVal.width) faults.push(`cut: ${text}`);
      for (const [other, beside] of labels.slice(place + 1)) {
        const apart = box.x + box.width <= beside.x || beside.x + beside.width <= box.x;
        if (!apart && box.y + box.height > beside.y && beside.y + beside.height > box.y) faults.push(`on each other: ${text}, ${other}`);
      }
    });
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (heading.tagName[1] - level > 1) faults.push(`${heading.tagName} below a heading of level ${level}`);
    level = Number(heading.tagName[1]);
  }
  for (const cell of document.querySelectorAll("th")) if (!cell.scope) faults.push(`no scope: ${cell.textContent.slice(0, 40)}`);
  return faults;
}
"""

SCREENS = {
    f"{media} {width} {colours}": (media, width, colours)
    for media, width in (("screen", 1000), ("screen", 320), ("print", 794))
    for colours in ("light", "dark")
}


@pytest.mark.parametrize("name", HOSTILE_PAGES)
def test_any_page_can_be_read(browser: Any, tmp_path: Path, name: str) -> None:
    """Whatever a run printed, a page fits a wide screen, a narrow one and paper without scrolling sideways. It has a contrast
    of at least 4.5, headings in order and headers with a scope, and runs no script but its own.
    """
    (path := tmp_path / "page.html").write_bytes(page(*HOSTILE_PAGES[name]).encode("utf-8"))
    window = browser.new_page()
    told: list[object] = []
    window.on("console", lambda message: told.append(message.text))
    window.on("pageerror", lambda error: told.append(error))
    window.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    window.goto(path.as_uri())
    faults = {}
    for screen, (media, width, colours) in SCREENS.items():
        window.set_viewport_size({"width": width, "height": 800})
        window.emulate_media(media=media, color_scheme=colours)
        faults[screen] = window.evaluate(FAULTS, media == "screen")
    assert {screen: found for screen, found in faults.items() if found} == {}
    assert told == []
    window.close()


def test_markup_of_others_does_nothing(browser: Any, tmp_path: Path) -> None:
    """Should markup ever get into a page, its script does not run, and nothing is asked for on the net."""
    theirs = "<script>alert(1)</script><img src='http://127.0.0.1:9/x' onerror='alert(2)'></main>"
    text = page(*HOSTILE_PAGES["nothing"]).replace("</main>", theirs)
    assert theirs in text
    (path := tmp_path / "page.html").write_text(text, encoding="utf-8")
    window = browser.new_page()
    done: list[object] = []
    refused: list[str] = []
    window.on("dialog", lambda dialog: (done.append(dialog.message), dialog.dismiss()))
    window.on("requestfinished", lambda request: done.append(request.url) if request.url != path.as_uri() else None)
    window.on("console", lambda message: refused.append(message.text))
    window.goto(path.as_uri())
    assert done == []
    assert len([text for text in refused if "Content Security Policy" in text]) >= 2
    window.close()
