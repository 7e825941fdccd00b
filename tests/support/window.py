"""A window of the real VS Code: code-server in a browser, driven by its keyboard alone."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.programs import INSTALLED, chromium, node, npm_folder, unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Page

# With these alone, VS Code suggests as it does for a user who has set nothing.
PLAIN = {
    "files.autoSave": "off",  # on the web it is on, and would write a file in the middle of a case
    # What is typed is typed as it is meant: by hand one would type over a bracket that closes by itself.
    "editor.autoIndent": "none",
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoSurround": "never",
    # What could be drawn over the editor or ask the network.
    "chat.disableAIFeatures": True,
    "extensions.ignoreRecommendations": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.activityBar.location": "hidden",
    "workbench.colorTheme": "Default Light Modern",
    "breadcrumbs.enabled": False,
    "editor.minimap.enabled": False,
    "workbench.editor.enablePreview": False,  # each file keeps its tab
}
SETTINGS = {
    **PLAIN,
    "editor.suggestSelection": "first",  # not the one that an earlier case took
    "editor.wordBasedSuggestions": "off",
    "editor.inlineSuggest.enabled": False,
}
FLAGS = [
    "--auth=none",
    "--disable-workspace-trust",
    "--disable-update-check",
    "--disable-telemetry",
    "--disable-getting-started-override",
]
ROWS, DETAILS = ".suggest-widget.visible .monaco-list-row", ".suggest-details-container"
ROW = f"{ROWS}.focused"
# Of each row that is listed for what is typed by now: what it is, and its name.
KIND_AND_NAME = """(rows, typed) => rows
    .filter(row => [...row.querySelectorAll(".highlight")].map(part => part.innerText).join("") === typed)
    .map(row => [row.querySelector(".suggest-icon").className.match(/symbol-(\\w+)/)?.[1], row.innerText.split("\\n")[0]])
"""


class Server:
    """code-server with a home of its own, in which it has every folder at its default place."""

    def __init__(self, home: Path, settings: dict[str, object] = SETTINGS) -> None:
        self.home = home
        self.user = home / ".local/share/code-server/User"
        self.user.mkdir(parents=True)
        self.configure(json.dumps(settings))
        folder = npm_folder("code-server", "node_modules/code-server/lib/vscode")
        self._command = [str(node()), str(folder / "node_modules/code-server/out/node/entry.js")]

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.home)}

    def configure(self, settings: str, keys: str = "[]") -> None:
        """Write the user's settings and keys. A window sees them when it is loaded the next time."""
        (self.user / "settings.json").write_text(settings, encoding="utf-8")
        (self.user / "keybindings.json").write_text(keys, encoding="utf-8")

    def extension(self, *arguments: str | Path) -> None:
        """Run code-server for its extensions and end."""
        done = subprocess.run(
            [*self._command, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def running(self) -> Iterator[int]:
        """Start it and yield its port."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        command = [*self._command, *FLAGS, f"--bind-addr=127.0.0.1:{port}"]
        with (
            (self.home / "log").open("w", encoding="utf-8") as log,
            subprocess.Popen(command, env=self.environment, stdout=log, stderr=log) as process,
        ):
            try:
                until(lambda: listens(port), "code-server listens")
                yield port
            finally:
                process.terminate()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def until(holds: Callable[[], object], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{seconds} seconds, and not yet: {what}"
        time.sleep(0.02)


class Window:
    """One page, with the folder of `file` and `file` itself open in it."""

    def __init__(self, page: Page, port: int, file: Path) -> None:
        self.page = page
        opened = [["openFile", f"vscode-remote://127.0.0.1:{port}{file}"]]
        query = urllib.parse.urlencode({"folder": file.parent, "payload": json.dumps(opened)})
        self._address = f"http://127.0.0.1:{port}/?{query}"
        self.reload()

    def reload(self) -> None:
        """Load the page anew: only then does a window see an extension that came from outside."""
        self.page.goto(self._address)
        self.page.wait_for_selector(".statusbar-item:has-text('Python')", timeout=60_000)
        self.page.click(".editor-instance .view-lines")
        if self.page.is_visible(".part.sidebar"):  # the list of files
            self.page.keyboard.press("Control+b")
            self.page.wait_for_selector(".part.sidebar", state="hidden")

    def empty(self, file: Path, before: str) -> None:
        """Go to `file` and leave nothing in it but `before`, the caret behind it."""
        keyboard = self.page.keyboard
        keyboard.press("Escape")  # the list, and the stops of the case before
        keyboard.press("Escape")
        if not self.page.is_visible(f".tab.active[data-resource-name='{file.name}']"):
            self.go(file)
        keyboard.press("Control+a")
        keyboard.press("Delete")
        if before:
            keyboard.insert_text(before)

    def go(self, file: Path) -> None:
        self.page.keyboard.press("Control+p")
        self.page.wait_for_selector(".quick-input-widget input")
        self.page.keyboard.insert_text(file.name)
        self.page.wait_for_selector(f".quick-input-list .monaco-list-row.focused:has-text('{file.name}')")
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(f".tab.active[data-resource-name='{file.name}']")
        self.page.wait_for_selector(".quick-input-widget", state="hidden")

    def offer(self, file: Path, before: str, abbreviation: str, source: str) -> tuple[str, str]:
        """Type `abbreviation` behind `before` until `source` offers it by itself; return what the list says of it.

        Snippets are read in the background, so that the first letters may come too early.
        """
        from playwright.sync_api import TimeoutError as NotInTime

        for _ in range(20):
            self.empty(file, before)
            self.page.keyboard.type(abbreviation, delay=20)
            try:
                self.page.wait_for_selector(ROW, timeout=2000)
                self._show_details()
                self.page.wait_for_selector(f"{DETAILS}:has-text('({source})')", timeout=2000)
            except NotInTime:
                continue
            return self.page.inner_text(ROW), self.page.inner_text(DETAILS)
        self.page.screenshot(path=INSTALLED / "pictures/failed.png")
        raise AssertionError(f"{source} never offered {abbreviation!r}")

    def reload_until_list_has(self, file: Path, before: str, typed: str, rows: set[tuple[str, str]]) -> None:
        """Load the page anew until it lists all `rows`. Once in many hundred loads, a page never gets the words of its file."""
        for _ in range(3):
            self.reload()
            with suppress(AssertionError):
                self.list_has(file, before, typed, rows, tries=10)
                return
        self.list_has(file, before, typed, rows)

    def list_has(self, file: Path, before: str, typed: str, rows: set[tuple[str, str]], tries: int = 20) -> None:
        """Type `typed` behind `before` until the list that opens by itself has all `rows`: kind and name of each.

        It is typed as by hand, not at once: asked for words behind a whole one, VS Code leaves that one out. Snippets and
        what a language server offers come later than the first list.
        """
        for _ in range(tries):
            self.empty(file, before)
            self.page.keyboard.type(typed, delay=60)
            with suppress(AssertionError):
                until(lambda: rows <= self._rows(typed), "the list has these rows", 2)
                return
        raise AssertionError(f"{rows} is not what {typed!r} lists: {self._rows(typed)}")

    def _rows(self, typed: str) -> set[tuple[str, str]]:
        return {(kind, name) for kind, name in self.page.eval_on_selector_all(ROWS, KIND_AND_NAME, typed)}

    def lists_first(self, typed: str) -> None:
        """Wait until the first row of the open list is for what is typed by now."""
        until(lambda: self.page.eval_on_selector_all(ROW, KIND_AND_NAME, typed), f"{typed!r} is listed")

    def selection_is(self, letters: int) -> None:
        """Wait until VS Code says that so many letters are selected."""
        meant = f"({letters} selected)" if letters else ""
        where = self.page.locator("#status\\.editor\\.selection")
        until(lambda: "".join(re.findall(r"\(.*\)", where.inner_text())) == meant, f"{letters} letters are selected")

    def choose(self, name: str) -> None:
        """Go down the list to the first row of this name."""
        for _ in range(20):
            if self.page.inner_text(ROW).split("\n")[0] == name:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} is not in the list")

    def list_is_closed(self) -> None:
        self.page.wait_for_selector(ROW, state="hidden")

    def _show_details(self) -> None:
        if not self.page.is_visible(DETAILS):
            self.page.keyboard.press("Control+Space")

    def accept(self) -> None:
        """Take what the list has in focus."""
        lines = len(self._lines())
        self.page.keyboard.press("Enter")
        until(lambda: len(self._lines()) > lines + 2, "the snippet is inserted")
        self.page.wait_for_selector(ROW, state="hidden")

    def select(self, lines: int) -> None:
        """Select from the caret back to the first letter of the line that is `lines` - 1 above."""
        for _ in range(lines - 1):
            self.page.keyboard.press("Shift+ArrowUp")
        self.page.keyboard.press("Shift+Home")

    def command(self, *choices: str) -> None:
        """Run the command that the first of `choices` names, and take the others from the lists that it shows."""
        self.page.keyboard.press("F1")
        self.page.wait_for_selector(".quick-input-widget input")
        for number, choice in enumerate(choices):
            if number:  # the list before it is gone only when this one is there
                self.page.wait_for_selector(f".quick-input-list .monaco-list-row:has-text('{choice}')")
            self.page.keyboard.insert_text(choice)
            self.page.wait_for_selector(f".quick-input-list .monaco-list-row.focused:has-text('{choice}')")
            self.page.keyboard.press("Enter")
        self.page.wait_for_selector(".quick-input-widget", state="hidden")

    def actions(self) -> list[str]:
        """Ask for the code actions at the caret, and leave their list open."""
        self.page.keyboard.press("Control+.")
        self.page.wait_for_selector(".action-widget .monaco-list-row")
        return self.page.locator(".action-widget .monaco-list-row").all_inner_texts()

    def saved_is(self, file: Path, text: str) -> None:
        """Save until `file` has this text: a key takes its time, and a file that is written anew is empty for a moment."""
        found = ""

        def saved() -> bool:
            nonlocal found
            found = self.save(file).decode()
            return found == text

        with suppress(AssertionError):
            until(saved, "the file has the text", 10)
        assert found == text, f"{found!r} is not {text!r}"

    def text_is(self, lines: int) -> None:
        until(lambda: len(self._lines()) >= lines, f"the editor shows {lines} lines")

    def fill(self, values: Iterable[str]) -> None:
        """Type a value at each stop, and go on from it."""
        for value in values:
            self.page.keyboard.insert_text(value)
            self.page.keyboard.press("Tab")

    def save(self, file: Path) -> bytes:
        self.page.keyboard.press("Control+s")
        self.page.wait_for_selector(".tab.active:not(.dirty)")
        return file.read_bytes()

    def picture(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.locator(".part.editor").screenshot(path=path)

    def _lines(self) -> list[str]:
        return self.page.locator(".editor-instance .view-line").all_inner_texts()


@contextmanager
def open_window(server: Server, file: Path) -> Iterator[Window]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("no Playwright: pip install -e '.[editors]' -c tests/constraints.txt brings it")
    with server.running() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        try:
            yield Window(browser.new_page(viewport={"width": 880, "height": 560}), port, file)
        finally:
            browser.close()
