"""What a script can see of Python is the same with the recorder as alone."""

import os
from pathlib import Path

import pytest

from seedblock.twice.run.process import RECORDER
from tests.support.processes import run

# Names that a script may well give to a file of its own.
NAMES = [
    "argparse",
    "ast",
    "bisect",
    "calendar",
    "code",
    "collections",
    "contextlib",
    "copy",
    "copyreg",
    "ctypes",
    "dataclasses",
    "datetime",
    "dis",
    "email",
    "enum",
    "functools",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "inspect",
    "json",
    "keyword",
    "linecache",
    "logging",
    "math",
    "numbers",
    "operator",
    "pickle",
    "platform",
    "queue",
    "random",
    "re",
    "resource",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "statistics",
    "string",
    "struct",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "token",
    "tokenize",
    "trace",
    "traceback",
    "types",
    "typing",
    "uuid",
    "warnings",
    "weakref",
    "zlib",
    "_json",
    "_struct",
    "__future__",
    "sitecustomize",
]

SEEN = {
    "which file each name imports": "[(name, __import__(name).__file__ == os.path.abspath(name + '.py')) for name in NAMES]",
    "the standard library's modules": "sorted(name for name in sys.modules if not name.startswith('seedblock_')"
    " and name not in sys.builtin_module_names)",
    "sys.path": "sys.path",
    "sys.path_hooks": "[str(hook).partition(' at 0x')[0] for hook in sys.path_hooks]",
    "sys.path_importer_cache": "sorted(sys.path_importer_cache)",
    "sys.meta_path": "[finder.__name__ for finder in sys.meta_path if isinstance(finder, type)]",
    "sys.flags": "sys.flags",
    "warning filters": "__import__('_warnings').filters",
    "signal handlers": "[(n, __import__('_signal').getsignal(n)) for n in range(1, 32) if n not in (9, 19)]",
    "threads": "__import__('_thread')._count()",
    "open files": "os.listdir('/dev/fd') if os.path.exists('/dev/fd') else []",
    "environment": "sorted(n for n in os.environ if not n.startswith('SEEDBLOCK_') and n != 'PYTHONPATH')",
    "the hooks of sys": "(sys.excepthook is sys.__excepthook__, sys.gettrace(), sys.getprofile(), sys.stdout.line_buffering)",
    "the garbage collector": "(__import__('gc').callbacks, __import__('gc').get_threshold())",
}
DIFFERENT = "import threading, signal, os\nos.environ['OTHER'] = '1'\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


def seen(what: str, cwd: Path, *, recorded: bool, path: str = "") -> str:
    """What a script in a folder with a file for each of NAMES prints, alone or recorded."""
    (cwd / "project").mkdir(exist_ok=True)
    (cwd / "tape").mkdir(exist_ok=True)
    for name in NAMES:
        (cwd / "project" / f"{name}.py").write_text("", encoding="utf-8")
    code = f"import os, sys\nNAMES = {NAMES}\nprint({SEEN[what]})"
    (cwd / "project/train.py").write_text(code, encoding="utf-8")
    known = {"SEEDBLOCK_TAPE": str(cwd / "tape"), "PYTHONPATH": f"{RECORDER}{path}"} if recorded else {}
    result = run("-B", "train.py", cwd=cwd / "project", variables=known)
    assert bool(list((cwd / "tape").glob("*.jsonl"))) == recorded
    return result.stdout + result.stderr


@pytest.mark.parametrize("what", SEEN)
def test_a_script_sees_the_same(what: str, tmp_path: Path) -> None:
    """A script with files of its own called json.py, re.py or random.py imports these, and sees the same Python as alone."""
    alone = seen(what, tmp_path, recorded=False)
    assert "Traceback" not in alone
    assert seen(what, tmp_path, recorded=True) == alone


@pytest.mark.parametrize("what", ["which file each name imports", "the standard library's modules", "environment"])
def test_a_difference_would_be_seen(what: str, tmp_path: Path) -> None:
    """The comparison above notices what another sitecustomize imports and sets."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(DIFFERENT, encoding="utf-8")
    alone = seen(what, tmp_path, recorded=False)
    assert seen(what, tmp_path, recorded=True, path=f"{os.pathsep}{tmp_path / 'site'}") != alone


def test_nothing_of_the_script_s_is_imported_before_it(tmp_path: Path) -> None:
    """A `zlib.py` or `functools.py` on the script's own PYTHONPATH is run when the script imports it, not at the start."""
    (tmp_path / "tape").mkdir()
    (tmp_path / "mine").mkdir()
    for name in NAMES:
        if name != "sitecustomize":  # Python itself imports that one
            (tmp_path / f"mine/{name}.py").write_text("print(__name__)", encoding="utf-8")
    path = os.pathsep.join([str(RECORDER), str(tmp_path / "mine")])
    result = run(
        "-c", "import zlib", cwd=tmp_path, variables={"SEEDBLOCK_TAPE": str(tmp_path / "tape"), "PYTHONPATH": path}
    )
    assert (result.stdout, result.stderr) == ("zlib\n", "")
    assert list((tmp_path / "tape").glob("*.jsonl"))
