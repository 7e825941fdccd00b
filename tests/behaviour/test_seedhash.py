"""The snippet `seedhash`, started in many ways: hashing repeats, or a warning says that it does not."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.behaviour.test_checks import code_lines, without
from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.forked import failure, run_all
from tests.support.processes import ROOT, environment, seen

PLAIN = (ROOT / "snippets/python/seedhash.py").read_text(encoding="utf-8")
XML = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")

# Writes a line for each process into a file, because pytest and others capture printed output.
REPORT = """
import json, os, sys
def report():
    line = {"hash": hash("a"), "argv": sys.argv[1:], "warn": sys.warnoptions, "pid": os.getpid(),
            "flags": [sys.flags.optimize, sys.flags.dev_mode, sys.flags.verbose]}
    with open(os.environ["REPORTS"], "a") as file:
        file.write(json.dumps(line) + "\\n")
"""
RUN = "if __name__ == '__main__':\n    report()\n"
ODD = ["a b", "", "--x=$y", "é", "*", "-c", '"', "\\"]

# Resets the signals, which the tests may have inherited as ignored from nohup or a shell's `&`.
SIGNALS = """import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.kill(os.getpid(), signal.{})
"""

# Makes a spawned child that starts another process exit at once, without a report.
NO_START = """import os, sys
if __name__ == "__mp_main__":
    sys.addaudithook(lambda event, arguments: event == "subprocess.Popen" and os._exit(1))
"""

CHILD = """
import multiprocessing
if __name__ == "__main__":
    report()
    process = multiprocessing.get_context({method!r}).Process(target=report)
    process.start()
    process.join()
"""


class Launch(NamedTuple):
    """A way to start a script. `launch` replaces SCRIPT, BLOCK and other words in capitals."""

    arguments: list[str] = ["SCRIPT"]  # noqa: RUF012
    fixed: bool = True
    below: str = RUN
    above: str = ""
    stdin: str = ""
    code: int = 0
    processes: int = 1
    variables: Mapping[str, str] = {}
    argv: list[str] | None = None
    output: str = ""
    flags: list[object] | None = None


LAUNCHES = {
    "script": Launch(["SCRIPT", *ODD], argv=ODD),
    "options": Launch(
        ["-u", "-O", "-X", "dev", "-W", "error::SyntaxWarning", "SCRIPT", "x"], argv=["x"], flags=[1, True, 0]
    ),
    "module": Launch(["-m", "script", *ODD], argv=ODD),
    "command": Launch(["-c", "CODE", *ODD], argv=ODD),
    "symbolic link": Launch(["LINK"]),
    "exit code": Launch(below=f"{RUN}sys.exit(3)\n", code=3),
    "exception": Launch(below=f"{RUN}1 / 0\n", code=1, output="ZeroDivisionError"),
    "os._exit": Launch(below=f"{RUN}os._exit(7)\n", code=7),
    "killed": Launch(below=RUN + SIGNALS.format("SIGTERM"), code=-15),
    "interrupted": Launch(below=RUN + SIGNALS.format("SIGINT"), code=-2, output="KeyboardInterrupt"),
    "data on standard input": Launch(below=f"{RUN}print(sys.stdin.read())\n", stdin="some data", output="some data"),
    "below itself": Launch(below="BLOCK" + RUN),
    "set by the user": Launch(variables={"PYTHONHASHSEED": "2020"}),
    "set otherwise": Launch(variables={"PYTHONHASHSEED": "7"}),
    "set by the script": Launch(above="import os; os.environ['PYTHONHASHSEED'] = '2020'\n"),
    "fork": Launch(below=CHILD.format(method="fork"), processes=2),
    "spawn": Launch(below=CHILD.format(method="spawn"), processes=2, above=NO_START),
    "forkserver": Launch(below=CHILD.format(method="forkserver"), processes=2),
    "starts a script of another seed": Launch(
        below=f"{RUN}import subprocess; subprocess.run([sys.executable, 'other.py'], check=True)\n",
        processes=2,
    ),
    "noisy start": Launch(
        ["-c", "import script; script.report()"], variables={"PYTHONHASHSEED": "2020", "PYTHONPATH": "noisy"}
    ),
    "above a block of another seed": Launch(below="OTHER" + RUN, output="PYTHONHASHSEED=7"),
    # A restart would do harm here.
    "imported": Launch(["-c", "import script; script.report()"], fixed=False),
    "imported, set by the user": Launch(["-c", "import script; script.report()"], variables={"PYTHONHASHSEED": "2020"}),
    "imported, set otherwise": Launch(
        ["-c", "import script; script.report()"], variables={"PYTHONHASHSEED": "7"}, fixed=False
    ),
    "imported, set too late": Launch(
        ["-c", "import os; os.environ['PYTHONHASHSEED'] = '2020'; import script; script.report()"], fixed=False
    ),
    "another mark": Launch(["-X", "hash_seed=7", "SCRIPT"], fixed=False),
    "the same mark": Launch(["-X", "hash_seed=2020", "SCRIPT"], fixed=False),
    "run by another program": Launch(["RUNPY"], fixed=False, output="the program goes on"),
    "run in a thread of another program": Launch(["THREAD"], fixed=False, output="the program goes on"),
    "packed into a program": Launch(above="import sys; sys.frozen = True\n", fixed=False),
    "no interpreter": Launch(above="import sys; sys.executable = ''\n", fixed=False),
    "profiled": Launch(["-m", "cProfile", "-o", "profile", "SCRIPT", "x"], argv=["x"], fixed=False),
    "standard input": Launch(["-"], stdin="CODE", fixed=False),
    "pipe": Launch([], stdin="CODE", fixed=False),
    "pipe by name": Launch(["/dev/stdin"], stdin="CODE", fixed=False),
    "isolated": Launch(["-I", "SCRIPT"], fixed=False),
    "without environment": Launch(["-E", "SCRIPT"], fixed=False, variables={"PYTHONHASHSEED": "2020"}),
    "another folder": Launch(["script.py"], above="import os; os.chdir('/')\n", fixed=False),
    "prompt": Launch(["-i"], stdin="exec(open('script.py').read())\n", fixed=False),
    "prompt below a script": Launch(["-i", "EMPTY"], stdin="PASTED", fixed=False),
    "pdb": Launch(["-m", "pdb", "-c", "return", "-c", "quit", "SCRIPT"], fixed=False),
    "pytest": Launch(["-m", "pytest", "-q", "-p", "no:cacheprovider", "TEST"], fixed=False, output="1 passed"),
    "pytest runs it as a script": Launch(
        ["-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "TEST RUNPY"], fixed=False, output="1 passed"
    ),
    "IPython": Launch(["-m", "IPython", "--no-banner", "--colors=nocolor", "-c", "%run script.py"], fixed=False),
}

WARNING = (
    "hash() and the order of sets are random, or of another seed: "
    "start Python with PYTHONHASHSEED=2020, and without -E or -I"
)
# Lines whose removal no launch notices, and why.
UNSEEN = {
    'and os.name == "posix"': "Windows alone has another exec",
}


@cache
def fixed_hash(seed: int = 2020) -> int:
    result = subprocess.run(
        [sys.executable, "-c", "print(hash('a'))"],
        env=environment(PYTHONHASHSEED=str(seed)),
        capture_output=True,
        check=True,
    )
    return int(result.stdout)


# Programs that run a script in their own process, as Streamlit, marimo, memray and debuggers do.
PROGRAMS = {
    "runpy_.py": "import runpy\nrunpy.run_path('script.py', run_name='__main__')\nprint('the program goes on')\n",
    "thread.py": """
import threading
code = compile(open("script.py").read(), "script.py", "exec")
thread = threading.Thread(target=exec, args=(code, {"__name__": "__main__"}))
thread.start()
thread.join()
print("the program goes on")
""",
}


def launch(block: str, way: Launch, folder: Path, timeout_s: float = 300) -> None:
    """Start a script that contains `block` in a fresh process, and assert what `way` expects."""
    folder.mkdir()
    other = block.replace("2020", "7")
    code = f"{way.above}{block}\n{REPORT}{way.below.replace('BLOCK', block).replace('OTHER', other)}"
    files = {
        **PROGRAMS,
        "empty.py": "",
        "script.py": code,
        "other.py": f"{other}{REPORT}{RUN}",
        "test_script.py": f"{code}\ndef test():\n    report()\n",
        "test_runpy.py": "import runpy\ndef test():\n    runpy.run_path('script.py', run_name='__main__')\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "link").symlink_to("script.py")
    (folder / "noisy").mkdir()
    (folder / "noisy/sitecustomize.py").write_text("print('noise')", encoding="utf-8")
    words = {
        "SCRIPT": "script.py",
        "LINK": "link",
        "CODE": code,
        "TEST": "test_script.py",
        "TEST RUNPY": "test_runpy.py",
        "RUNPY": "runpy_.py",
        "THREAD": "thread.py",
        "EMPTY": "empty.py",
    }
    result = subprocess.run(
        [sys.executable, *(words.get(argument, argument) for argument in way.arguments)],
        cwd=folder,
        env=environment(**{"HOME": str(folder), "REPORTS": str(folder / "reports"), **way.variables}),
        input=way.stdin.replace("CODE", code).replace("PASTED", f"{block}\n{REPORT}\n{RUN}\n"),
        capture_output=True,
        encoding="utf-8",
        timeout=timeout_s,
        check=False,
    )
    said = f"{result.args}\n{result.stdout}\n{result.stderr}"
    assert result.returncode == way.code, said
    assert way.output in result.stdout + result.stderr, said
    reports = [json.loads(line) for line in (folder / "reports").read_text(encoding="utf-8").splitlines()]
    assert len(reports) == way.processes, said
    warned = WARNING in result.stdout + result.stderr
    hashes = [report["hash"] for report in reports]
    expected = [fixed_hash(), fixed_hash(7)] if "other.py" in way.below else [fixed_hash()] * way.processes
    assert warned != way.fixed, said
    assert (hashes == expected) == way.fixed, said
    if way.argv is not None:
        assert reports[0]["argv"] == way.argv, said
    if way.flags is not None:
        assert reports[0]["flags"] == way.flags, said
        assert "error::SyntaxWarning" in reports[0]["warn"], said


POSIX = pytest.mark.skipif(os.name != "posix", reason="on Windows the block warns and does not restart")


@POSIX
@pytest.mark.parametrize("way", LAUNCHES)
def test_launch(way: str, tmp_path: Path) -> None:
    """Hashing is fixed and nothing else changes, or a warning says that hashing is random."""
    launch(PLAIN, LAUNCHES[way], tmp_path / "folder")


@POSIX
@pytest.mark.parametrize("form", ["pycharm", "vscode"])
def test_typed_seed(form: str, tmp_path: Path) -> None:
    """A hash seed typed at the tab stop takes effect."""
    typed = {"seed_value": "7"}
    block = (
        expand_live_template(XML, "seedhash", typed)
        if form == "pycharm"
        else expand_snippet(JSON, "seedhash", typed, fields=("seed_value",))
    )
    script = tmp_path / "script.py"
    script.write_text(f"{block}\nprint(hash('a'))", encoding="utf-8")
    result = subprocess.run([sys.executable, script], env=environment(), capture_output=True, check=True)
    assert int(result.stdout) == fixed_hash(7)


def test_hashes_differ_without_the_block(tmp_path: Path) -> None:
    """The control: without the block two runs hash differently."""
    hashes = {
        subprocess.run(
            [sys.executable, "-c", "print(hash('a'))"], env=environment(), capture_output=True, check=True
        ).stdout
        for _ in range(3)
    }
    assert len(hashes) == 3


TORCHRUN = """
import torch.distributed as dist
dist.init_process_group("gloo")
dist.barrier()  # if one rank exits while the other is connecting, the other fails
report()
dist.destroy_process_group()
"""


HASHES = """
import datetime, enum, json, pathlib
Kind = enum.Enum("Kind", [f"K{i}" for i in range(50)])
words = [str(number) for number in range(50)]
made = {
    "strings": words,
    "bytes": [word.encode() for word in words],
    "tuples": [(word, 1, True) for word in words],
    "frozen sets": [frozenset([word, "a", "b"]) for word in words],
    "dates": [datetime.date.fromordinal(number) for number in range(1, 50)],
    "paths": [pathlib.Path(word) for word in words],
    "enumerations": list(Kind),
}
print(json.dumps({name: [[str(one) for one in set(some)], [hash(one) for one in some]] for name, some in made.items()}))
"""


def hashes(block: str, folder: Path) -> dict[str, object]:
    folder.mkdir()
    return seen(block + HASHES, cwd=folder)


@POSIX
def test_what_repeats(tmp_path: Path) -> None:
    """Hashes of strings, bytes and objects made of them repeat, and so does set order; not without the block."""
    first, second, control, other = (
        hashes(block, tmp_path / str(number)) for number, block in enumerate((PLAIN, PLAIN, "", ""))
    )
    # Printed frozen sets show their order: it repeats too.
    assert first == second
    assert [name for name in control if control[name][1] == other[name][1]] == []


def test_what_does_not_repeat() -> None:
    """Parameters, functions and classes hash by address, whatever the seed; so does None before Python 3.12."""
    code = """
import sys
for one in (torch.nn.Parameter(torch.ones(1)), lambda: 0, object(), int, torch.float32, *[None][: sys.version_info < (3, 12)]):
    assert hash(one) in (id(one), id(one) >> 4), one
"""
    assert run_all(failure, [("import torch", "import torch", code)]) == [""]


@POSIX
@pytest.mark.slow
def test_torchrun(tmp_path: Path) -> None:
    """Two ranks started by torchrun restart, connect and have the same hashes."""
    arguments = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "SCRIPT"]
    launch(PLAIN, Launch(arguments, below=TORCHRUN, processes=2), tmp_path / "folder")


@POSIX
@pytest.mark.slow
def test_each_line_is_needed(tmp_path: Path) -> None:
    """Without any one line some launch fails, except for the lines listed with a reason."""
    numbers = code_lines(PLAIN)

    def survives(number: int) -> bool:
        block = without(PLAIN, number)
        for index, way in enumerate(LAUNCHES.values()):
            try:
                launch(block, way, tmp_path / f"{number} {index}", timeout_s=30)  # without some lines it never ends
            except (AssertionError, OSError, subprocess.TimeoutExpired):
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        survivors = [number for number, alive in zip(numbers, pool.map(survives, numbers), strict=True) if alive]
    lines = PLAIN.splitlines()
    assert [lines[number - 1].strip().partition("  #")[0] for number in survivors] == list(UNSEEN)
