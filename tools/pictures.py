"""Copy the pictures that `pytest -m editor tests/real_editors/test_vscode.py` takes to the docs: `python -m tools.pictures`.

digests.json beside the pictures has the digests of the texts that each one shows.
"""

import hashlib
import json
import shutil

from seedblock.rendering.model import FILE
from tests.support.editor_samples import SELECTIONS, SNIPPETS, surrounded
from tests.support.processes import ROOT
from tests.support.programs import INSTALLED

PICTURES = INSTALLED / "pictures"
SHOWN = ROOT / ".github/pictures"
DIGESTS = SHOWN / "digests.json"

# The texts from the snippets that each picture shows.
TEXTS = {
    "vscode-offered.png": [
        *(f"{name} {snippet.title}" for name, snippet in SNIPPETS.items()),
        SNIPPETS["seed"].description,
        SNIPPETS["seed"].code,
    ],
    "vscode.png": [SNIPPETS["seed"].code],
    "vscode-surround.png": [surrounded(*SELECTIONS["a block"])],
    "vscode-new-file.png": [snippet.title for snippet in SNIPPETS.values() if snippet.form == FILE],
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
