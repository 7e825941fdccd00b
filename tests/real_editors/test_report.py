"""The report of `seedblock twice` in a real browser."""

import importlib.util
from pathlib import Path

import pytest

from seedblock.twice.compare import GRADIENTS, Difference
from seedblock.twice.report import page
from seedblock.twice.tape import Tape
from tests.support.programs import chromium, unavailable

pytestmark = pytest.mark.editor


def test_page_is_shown(tmp_path: Path) -> None:
    """The browser draws both curves and the place between them, shows the verdict, and reports no fault."""
    if importlib.util.find_spec("playwright") is None:
        unavailable("no Playwright: pip install -e '.[editors]' -c tests/constraints.txt")
    from playwright.sync_api import sync_playwright

    tapes = [Tape({}, tuple({"step": n, "loss": [1 / (n + 1) + slope * n]} for n in range(9))) for slope in (0.0, 0.01)]
    difference = Difference(GRADIENTS, "at step 4", "conv1.weight differs", "`seedall`")
    (tmp_path / "page.html").write_text(page(["train.py"], tapes, difference, ["a note"]), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        window = browser.new_page()
        faults: list[object] = []
        window.on("console", lambda message: faults.append(message.text))
        window.on("pageerror", lambda error: faults.append(error))
        window.on("request", lambda request: faults.append(request.url) if "page.html" not in request.url else None)
        window.goto((tmp_path / "page.html").as_uri())
        assert window.inner_text("h1") == "Differs: gradients"
        boxes = [curve.bounding_box() for curve in window.locator("polyline").all()]
        assert len(boxes) == 2
        assert all(box is not None and box["width"] > 300 and box["height"] > 50 for box in boxes)
        mark = window.locator("line").bounding_box()
        assert mark is not None
        assert mark["height"] > 100
        assert window.inner_text("tr:has-text('differs first') td") == "gradients"
        assert not faults
        browser.close()
