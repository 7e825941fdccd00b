"""Type snippets into a script, by the rules of PyCharm's format and of VS Code's, which must give the same text."""

import re
from collections.abc import Collection
from functools import cache

from tests.places.scripts import NAMES, NOTED, TYPED
from tests.support.editor_samples import SNIPPETS, placed
from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.processes import ROOT

PYCHARM, VSCODE = (
    (ROOT / "snippets" / path).read_text(encoding="utf-8")
    for path in ("pycharm/seedblock.xml", "vscode/seedblock.code-snippets")
)


def typed_values(name: str, **changes: str) -> dict[str, str]:
    """What is typed at a snippet's stops, in their order."""
    values = {field.name: field.default for field in SNIPPETS[name].fields} | TYPED | changes
    values["loader_name"] = NAMES.get(name.removesuffix("_block"), "")
    return {field.name: values[field.name] for field in SNIPPETS[name].fields}


@cache
def inserted(name: str, line: str, seed: str, module: str) -> str:
    """What both editors insert behind the blanks `line`."""
    typed = typed_values(name, seed_value=seed, module=module)
    text = placed(expand_snippet(VSCODE, name, typed, tuple(typed)), line, "    ")
    assert expand_live_template(PYCHARM, name, typed, line) == text
    return text.removeprefix(line)


def noted(name: str, line: str) -> str:
    """The line that notes what a snippet did; it is typed where the snippet leaves the caret, behind the blanks `line`."""
    abbreviation = name.removesuffix("_block")
    return f'found["{abbreviation}"] = {NOTED[abbreviation]}\n{line}' if abbreviation in NOTED else ""


def fill(
    script: str, here: Collection[str] = (), own: Collection[str] = (), seed: str = "7", module: str = "seeding"
) -> str:
    """Type the snippets `here` at `<here>`, and each of `own` at the caret of its name."""

    def typed(caret: re.Match[str]) -> str:
        line, place = caret.groups()
        names = here if place == "here" else [place] if place in own else []
        return line + ("".join(inserted(name, line, seed, module) + noted(name, line) for name in names) or "pass")

    return re.sub(r"^( *)<(\w+)>$", typed, script, flags=re.MULTILINE)
