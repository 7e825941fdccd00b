"""The recorder in the user's process leaves every import, error and file as it is."""

import ast
import hashlib
import importlib.util
import json
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from seedblock.twice.tape.fast_lines import read_plain
from tests.support.processes import ROOT, run

RECORDER = ROOT / "generator/seedblock/twice/recorder"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the signals and descriptors of POSIX")


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the recorder importable; remove it afterwards."""
    monkeypatch.syspath_prepend(str(RECORDER))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield
    for name in [name for name in sys.modules if name.startswith("seedblock_record")]:
        del sys.modules[name]


def recorded(cwd: Path, code: str, *options: str, **variables: str) -> tuple[int, str, list[dict[str, object]]]:
    """Run a script with the recorder; return its exit code, what it printed, and the lines of its tapes."""
    (cwd / "train.py").write_text(code, encoding="utf-8")
    (cwd / "tape").mkdir()
    known = {"SEEDBLOCK_TAPE": str(cwd / "tape"), "PYTHONPATH": str(RECORDER)}
    result = run(*options, "train.py", cwd=cwd, variables={**known, **variables})
    tapes = sorted((cwd / "tape").glob("*.jsonl"))
    lines = [json.loads(line) for path in tapes for line in path.read_text(encoding="utf-8").splitlines()]
    return result.returncode, result.stdout + result.stderr, lines


@pytest.mark.parametrize("path", sorted(RECORDER.rglob("*.py")), ids=lambda path: path.stem)
def test_syntax_of_python_3_8(path: Path) -> None:
    """The recorder's syntax is that of Python 3.8. Annotations may be newer, as they are never evaluated."""
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text, feature_version=(3, 8))))
    annotated = [node for node in nodes if getattr(node, "annotation", None) or getattr(node, "returns", None)]
    assert not annotated or "from __future__ import annotations" in text


def test_a_spec_that_is_only_looked_at(package: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """find_spec() without an import does not switch the recorder off. The import calls back once, a reload does not."""
    from seedblock_record.imports import CALLBACKS, Finder, when_imported

    (tmp_path / "awaited.py").write_text("value = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    called: list[ModuleType] = []
    when_imported("awaited", called.append)
    for _ in range(2):
        spec = importlib.util.find_spec("awaited")
        assert spec is not None
        assert pickle.loads(pickle.dumps(spec.loader)).path == spec.loader.path  # type: ignore[union-attr]
        lazy = importlib.util.LazyLoader(spec.loader)  # type: ignore[arg-type]
        assert lazy is not None
    assert not called
    import awaited  # type: ignore[import-not-found]

    assert called == [awaited]
    assert not hasattr(awaited.__spec__.loader, "__dict__") or "exec_module" not in vars(awaited.__spec__.loader)
    importlib.reload(awaited)
    assert (called, CALLBACKS) == ([awaited], {})
    assert not any(isinstance(finder, Finder) for finder in sys.meta_path)


def test_two_parts_may_await_one_library(package: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part that awaits a library is called once it is imported, in order. What the recorder imports for itself is not the script's."""
    from seedblock_record.imports import import_unseen, when_imported

    (tmp_path / "awaited_twice.py").write_text("value = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    called: list[tuple[str, ModuleType]] = []
    own = import_unseen("awaited_twice")
    assert "awaited_twice" not in sys.modules
    for part in ("one", "two"):
        when_imported("awaited_twice", lambda module, part=part: called.append((part, module)))  # type: ignore[misc]
    import awaited_twice  # type: ignore[import-not-found]

    assert called == [("one", awaited_twice), ("two", awaited_twice)]
    assert own is not awaited_twice


def test_a_hook_that_fails_is_noted_once(package: None, tmp_path: Path) -> None:
    """A hook that fails is noted once. Its part is no longer recorded; the others are."""
    from seedblock_record.tape import Tape

    tape = Tape(str(tmp_path), {"main": True})
    calls: list[str] = []

    def fail() -> None:
        calls.append("failed")
        raise RecursionError("too deep")

    for _ in range(3):
        tape.guard("batches", fail)
    tape.guard("steps", lambda: tape.write(end=True))
    assert calls == ["failed"]
    lines = [json.loads(line) for path in tmp_path.iterdir() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if "missed" in line] == [{"missed": "batches", "why": "RecursionError: too deep"}]
    assert lines[-1] == {"end": True}
    tape.over = True


def test_a_part_of_a_hook_that_fails(package: None, tmp_path: Path) -> None:
    """If a look at generators fails, only that is missed: the step that looked is written, and so are later ones."""
    from seedblock_record.tape import Tape

    tape = Tape(str(tmp_path), {"main": True})

    def step(number: int) -> None:
        tape.within("generators", lambda: [][number])
        tape.write(step=number)

    for number in range(2):
        tape.guard("steps", step, number)
    _, *lines = [json.loads(line) for path in tmp_path.iterdir() for line in path.read_text("utf-8").splitlines()]
    missed: dict[str, object] = {"missed": "generators", "why": "IndexError: list index out of range"}
    assert lines == [missed, {"step": 0}, {"step": 1}]
    tape.over = True


STEPS = """
import torch
from torch.utils.data import DataLoader
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
(net.bias * float("nan")).sum().backward()
(net.bias * 1e-30).sum().backward()
for batch in DataLoader(torch.randn(8, 2), 2):
    (net(batch).mean() * 1e20).backward()
    net(batch).mean().backward()
    optimizer.step()
"""


def test_frequent_lines_are_known(tmp_path: Path) -> None:
    """The comparison reads batches, steps and losses without a JSON parser, except the first batch of an epoch."""
    code, said, lines = recorded(tmp_path, STEPS)
    assert (code, said) == (0, "")
    texts = [text for path in (tmp_path / "tape").iterdir() for text in path.read_bytes().splitlines()]
    assert len(texts) == len(lines)
    read = [(next(iter(line)), read_plain(text)) for text, line in zip(texts, lines, strict=True)]
    assert {kind for kind, found in read if found is not None} == {"batch", "step", "lone"}
    assert [kind for kind, found in read if found is None and kind in ("batch", "step", "lone")] == ["batch"]


@POSIX
def test_a_signal_handler_s_error_is_the_script_s(package: None, tmp_path: Path) -> None:
    """An error that the script's own signal handler raises while a hook is running reaches the script, and so does Ctrl-C."""
    from seedblock_record.tape import Tape

    tape = Tape(str(tmp_path), {"main": True})

    def ring(*_: object) -> None:
        raise TimeoutError("mine")

    handlers = {signal.SIGALRM: ring, signal.SIGINT: signal.default_int_handler}  # a shell's background ignores SIGINT
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        with pytest.raises(TimeoutError, match="mine"):
            tape.guard("batches", signal.raise_signal, signal.SIGALRM)
        with pytest.raises(KeyboardInterrupt):
            tape.guard("batches", signal.raise_signal, signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert not tape.missed
    tape.over = True


@POSIX
def test_no_line_reaches_a_file_of_the_script_s(tmp_path: Path) -> None:
    """A script that closes every descriptor and opens files of its own finds only its own text in them."""
    code = (
        "import os, random\nos.closerange(3, 256)\nfiles = [open(f'own{n}', 'w') for n in range(20)]\nrandom.random()\n"
        "[file.write('mine') for file in files]\n"
    )
    exit_code, said, lines = recorded(tmp_path, code)
    assert (exit_code, said) == (0, "")
    assert {(tmp_path / f"own{n}").read_text(encoding="utf-8") for n in range(20)} == {"mine"}
    assert lines[-1] == {"end": True}


TORCHES = {
    "a stub torch": "",
    "another module named torch": "autograd = optim = 3\nTensor = None",
    "a torch that cannot be imported": "raise ImportError('no torch here')",
}


@pytest.mark.parametrize("name", TORCHES)
def test_a_torch_that_is_none(name: str, tmp_path: Path) -> None:
    """With a stub in place of torch the script runs as usual, and the tape says what was not recorded."""
    (tmp_path / "torch.py").write_text(TORCHES[name], encoding="utf-8")
    exit_code, said, lines = recorded(
        tmp_path, "try: import torch\nexcept ImportError as error: print(error)\nprint('on')"
    )
    assert exit_code == 0
    assert said.splitlines()[-1] == "on"
    assert "Traceback" not in said
    missed = [line["missed"] for line in lines if "missed" in line]
    assert missed == ([] if "cannot" in name else ["torch"])


def test_the_folder_is_gone(tmp_path: Path) -> None:
    """A script that removes the folder of its tape runs on."""
    code = "import os, random, shutil\nshutil.rmtree(os.environ['SEEDBLOCK_TAPE'])\nrandom.random()\nprint('on')"
    assert recorded(tmp_path, code) == (0, "on\n", [])


@POSIX
def test_the_disk_is_full(tmp_path: Path) -> None:
    """On a full disk the script runs as without the recorder, and its tape has no last line."""
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
import random
random.seed(1)
print(random.random())
"""
    (tmp_path / "train.py").write_text(code, encoding="utf-8")
    (tmp_path / "tape").mkdir()
    # Python would keep the cut off bytecode of modules.
    known = {"SEEDBLOCK_TAPE": str(tmp_path / "tape"), "PYTHONPATH": str(RECORDER), "PYTHONDONTWRITEBYTECODE": "1"}
    recorded_run, alone = (run("train.py", cwd=tmp_path, variables=variables) for variables in (known, {}))
    assert (recorded_run.returncode, recorded_run.stdout, recorded_run.stderr) == (0, alone.stdout, "")
    texts = [file.read_text(encoding="utf-8") for file in (tmp_path / "tape").glob("*.jsonl")]
    assert texts
    assert '"end"' not in "".join(texts)


def test_another_sitecustomize_that_raises(tmp_path: Path) -> None:
    """The environment's own sitecustomize runs as without the recorder. If it raises, the run is recorded all the same."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text("raise RuntimeError('broken')", encoding="utf-8")
    path = os.pathsep.join([str(RECORDER), str(tmp_path / "site")])
    exit_code, said, lines = recorded(tmp_path, "print('on')", PYTHONPATH=path)
    assert (exit_code, said.splitlines()[0]) == (0, "on")
    assert "RuntimeError: broken" in said  # as Python says it without the recorder
    assert lines[-1] == {"end": True}


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import random\nx = 1\nrandom.shuffle([1, 2])", {"stream": "random", "drawn": "train.py:3"}),
        ("import random\nrandom.seed(4)", {"stream": "random", "seeded": "train.py:2", "value": "4", "late": False}),
        ("import random\nrandom.random()\nrandom.seed(4)", {"stream": "random", "seeded": "train.py:3", "late": True}),
        ("import random\nrandom.seed()", {"stream": "random", "seeded": "train.py:2", "value": None}),
        ("import numpy as np\nnp.random.seed(np.int64(4))", {"stream": "numpy", "seeded": "train.py:2", "value": "4"}),
        ("import numpy as np\nnp.random.seed(np.array([4, 5]))", {"stream": "numpy", "value": "a ndarray"}),
        (
            "from random import choice\nimport random\nrandom.seed(1)\nchoice([1])",
            {"seeded": "train.py:3", "late": False},
        ),
        (
            "import torch\nkinds = {1: torch.nn.TransformerEncoderLayer}\nkinds[1](2, 2, 2)",
            {"stream": "torch", "likely": "train.py:3"},
        ),
        (
            "import numpy as np\nnp.random.default_rng(seed=None)",
            {"unseeded": "a NumPy generator is made without a seed at train.py:2"},
        ),
        (
            (
                "import os, sys\nos.makedirs('site-packages/gymnasium/utils')\nsys.path.insert(0, os.path.abspath('site-packages'))\n"
                "print('import numpy as np\\ndef np_random(seed=None): return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))',"
                " file=open('site-packages/gymnasium/utils/seeding.py', 'w'), flush=True)\n"
                "from gymnasium.utils import seeding\nseeding.np_random(3)\nseeding.np_random()"
            ),
            {"unseeded": "the generator of an environment or a space is made without a seed at train.py:7"},
        ),
    ],
)
def test_draws_and_seeds_have_their_line(code: str, line: dict[str, object], tmp_path: Path) -> None:
    """The tape names the file and line of the first draw from a stream and of the seed."""
    _, _, lines = recorded(tmp_path, code)
    assert any(line.items() <= found.items() for found in lines), lines


@POSIX
def test_sixty_forks_at_once(tmp_path: Path) -> None:
    """Sixty forks that write at the same time each get a tape of their own, and none fails."""
    code = """
import os, sys
sys.path.insert(0, RECORDER)
from seedblock_record.tape import Tape
tape = Tape(os.environ["SEEDBLOCK_TAPE"], {"main": True})
tape.open()
children = []
for n in range(60):
    child = os.fork()
    if child == 0:
        tape.write(saved=str(n), parts={}, plain=[])
        os._exit(0)
    children.append(child)
print({os.waitpid(child, 0)[1] for child in children})
""".replace("RECORDER", repr(str(RECORDER)))
    exit_code, said, lines = recorded(tmp_path, code)
    assert (exit_code, said) == (0, "{0}\n")
    assert sorted(int(str(line["saved"])) for line in lines if "saved" in line) == list(range(60))


def test_the_digest_of_a_named_file(tmp_path: Path) -> None:
    """A file of which the tape names a line has its digest there, once, whatever the working folder is by then."""
    code = "import os, random, helper\nos.chdir('tape')\nrandom.random()\nhelper.draw()\n"
    (tmp_path / "helper.py").write_text("import random\ndef draw():\n    random.seed(1)\n", encoding="utf-8")
    _, _, lines = recorded(tmp_path, code)
    found = {line["source"]: line["sha256"] for line in lines if "source" in line}
    names = {
        "train.py": "train.py",
        f"{tmp_path.name}/helper.py": "helper.py",
    }  # the latter as seen from the new folder
    assert found == {name: hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() for name, path in names.items()}
    assert sum("source" in line for line in lines) == 2


@POSIX
def test_code_from_a_pipe_has_no_digest(tmp_path: Path) -> None:
    """Code that comes from a pipe can be read once only, and the recorder leaves it to Python."""
    variables = {"SEEDBLOCK_TAPE": str(tmp_path), "PYTHONPATH": str(RECORDER)}
    result = run("/dev/stdin", cwd=tmp_path, variables=variables, text="import random\nprint(random.randrange(1))\n")
    assert (result.returncode, result.stdout, result.stderr) == (0, "0\n", "")
    (path,) = tmp_path.glob("*.jsonl")
    assert '"drawn":' in path.read_text(encoding="utf-8")
    assert '"source":' not in path.read_text(encoding="utf-8")
