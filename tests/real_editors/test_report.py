"""The report of `seedblock twice` in a real browser: of a real run, on a light and a dark screen, and on paper."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
