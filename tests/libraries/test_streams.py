"""What `seediter` refuses: streams of libraries that would not repeat."""

from pathlib import Path

import pytest

from tests.libraries.streams import REFUSED
from tests.support.processes import ROOT, run

pytestmark = pytest.mark.libraries

BLOCK = (ROOT / "snippets/python/seediter.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in REFUSED.items()])
def test_what_cannot_repeat_is_an_error(code: str, workers: int, tmp_path: Path) -> None:
    """A source that keeps a state, or draws from where no seed reaches, is an error in the first epoch."""
    pytest.importorskip("webdataset")
    script = tmp_path / "script.py"
    script.write_text(f"{BLOCK}\nimport random\n{code}\nlist(seeded({workers})[0])\n", encoding="utf-8")
    result = run(str(script), cwd=tmp_path)
    assert result.returncode == 1
    assert "epoch 0 has other data when it is read again" in result.stderr
