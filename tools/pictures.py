"""Copy the pictures that the tests of VS Code take to the docs: `python -m tools.pictures`.

digests.json beside the pictures has the digests of the texts that each one shows.
"""

import hashlib
import json
import shutil

from tests.support.editor_samples import SNIPPETS
from tests.support.processes import ROOT
from tests.support.programs import INSTALLED

PICTURES = INSTALLED / "pictures"
SHOWN = ROOT / ".github/pictures"
DIGESTS = SHOWN / "digests.json"

MOVING = "moving.gif"

# The texts from the snippets that each picture shows.
TEXTS = {
    MOVING: [
        *(f"{name} {snippet.title}" for name, snippet in SNIPPETS.items()),
        SNIPPETS["seedall"].code,
        SNIPPETS["seedloader"].code,
    ],
    "vscode-offered.png": [
        *(f"{name} {snippet.title}" for name, snippet in SNIPPETS.items()),
        SNIPPETS["seed"].description,
        SNIPPETS["seed"].code,
    ],
    "vscode.png": [SNIPPETS["seed"].code],
}


def digests(name: str) -> list[str]:
    return [hashlib.sha256(text.encode()).hexdigest()[:16] for text in TEXTS[name]]


def main() -> None:
    taken = {}
    for name in TEXTS:
        shutil.copyfile(PICTURES / name, SHOWN / name)
        taken[name] = json.loads((PICTURES / f"{name}.json").read_text(encoding="utf-8"))
    DIGESTS.write_text(json.dumps(taken, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
