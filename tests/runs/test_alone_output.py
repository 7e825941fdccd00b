"""What a script prints, reads and finds around it is the same alone and recorded."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.support.alone import both, outcome

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs POSIX"), pytest.mark.slow]


class Case(NamedTuple):
    """A script, and bytes that it prints when all is well: so that both do not fail alike. `code`: how it ends."""

    script: str
    prints: bytes = b""
    code: int = 0
    options: Mapping[str, Any] = MappingProxyType({})


LINES = "print('\\n'.join(str(n) for n in range({count})))"
ENDS = {
    "exit 0": Case("import sys; print('x'); sys.exit(0)", b"x"),
    "exit 1": Case("import sys; sys.exit(1)", code=1),
    "exit 2": Case("import sys; sys.exit(2)", code=2),
    "exit 255": Case("import sys; sys.exit(255)", code=255),
    "exit with a text": Case("import sys; sys.exit('no data')", code=1),
    "exit None": Case("import sys; print(1); sys.exit()", b"1"),
    "an exception": Case("print('before'); 1 / 0", b"before", code=1),
    "a syntax error": Case("print(", code=1),
    "os._exit": Case("import os; print('lost', end=''); os._exit(7)", code=7),
    "os._exit after a flush": Case("import os; print('kept', flush=True); os._exit(7)", b"kept", code=7),
    "atexit": Case("import atexit; atexit.register(print, 'at exit'); print('main')", b"main\nat exit\n"),
    "abort": Case("import os; print('x', flush=True); os.abort()", b"x", code=-6),
    "kill itself": Case("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", code=-9),
    "end itself": Case("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", code=-15),
    "a segmentation fault": Case("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", code=-11),
    "interrupt itself": Case(
        "import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(9)", code=-2
    ),
    "raises KeyboardInterrupt": Case("raise KeyboardInterrupt", code=-2),
    "a handler's exit code": Case(
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); signal.raise_signal(signal.SIGTERM)",
        code=5,
    ),
    "a thread that fails": Case(
        "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join(); print('on')", b"on"
    ),
    "a daemon thread": Case(
        "import threading, time; threading.Thread(target=time.sleep, args=(99,), daemon=True).start(); print('over')",
        b"over",
    ),
    "execv": Case("import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(5)'])", b"5"),
    "execv of another program": Case(
        "import os; os.execvp('sh', ['sh', '-c', 'echo from sh; exit 4'])", b"from sh", code=4
    ),
    "an empty script": Case("pass"),
}
PRINTS = {
    "both streams": Case("import sys; print('out'); print('err', file=sys.stderr)", b"out"),
    "every byte": Case("import sys; sys.stdout.buffer.write(bytes(range(256)) * 3)", bytes(range(256)) * 3),
    "invalid UTF-8": Case("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\xc3')", b"\xff\xfe\xc3"),
    "no line end": Case("print('no end', end='')", b"no end"),
    "only standard error": Case("import sys; sys.stderr.write('e')"),
    "carriage returns": Case("print('1%\\r2%\\r\\n3%\\r', end='')", b"1%\r2%\r\n3%\r"),
    "100,000 lines": Case(LINES.format(count=100_000), b"\n99999\n"),
    "a line of 3 MB": Case("print('x' * 3_000_000)", b"x" * 3_000_000),
    "a byte at a time": Case("import os\nfor n in range(2000): os.write(1, b'%d' % (n % 10))", b"0123456789" * 200),
    "both streams at once": Case("import os\nfor n in range(3000): os.write(1 + n % 2, b'%d ' % n)", b"0 2 4 6 8 "),
    "unbuffered": Case(
        "import subprocess, sys; subprocess.run([sys.executable, '-u', '-c', 'print(1); print(2)'])", b"1\n2\n"
    ),
    "children": Case("import subprocess\nfor n in range(5): subprocess.run(['echo', str(n)])", b"0\n1\n2\n3\n4\n"),
    "a shell": Case("import os; os.system('echo one; echo two >&2; exit 3')", b"one"),
    "forks": Case(
        "import os\nfor n in range(5):\n    if not os.fork():\n        os.write(1, b'%d' % n)\n        os._exit(0)\n    os.wait()",
        b"01234",
    ),
    "closes its output": Case("import os; print('x', flush=True); os.close(1); os.close(2)", b"x"),
    "opens its output again": Case(
        "import os; os.close(1); os.open('mine', os.O_CREAT | os.O_WRONLY); os.write(1, b'in a file')"
    ),
    "a pipe to a child": Case("import os; os.popen('cat', 'w').write('through cat')", b"through cat"),
    "a terminal or not": Case("import os; print([os.isatty(n) for n in range(3)])", b"[False, False, False]"),
    "the kind of file": Case(
        "import os, stat; print([stat.S_ISFIFO(os.fstat(n).st_mode) for n in (1, 2)])", b"[True, True]"
    ),
    "encodings": Case(
        "import sys; print(sys.stdout.encoding, sys.stdout.errors, sys.stdout.line_buffering, sys.stderr.encoding)",
        b"utf-8",
    ),
}
READS = {
    "all": Case("import sys; print(len(sys.stdin.read()))", b"300000", options={"text": b"123456789\n" * 30_000}),
    "a line": Case("print(input(), input())", b"one two", options={"text": b"one\ntwo\nthree\n"}),
    "nothing": Case("print('not read')", b"not read", options={"text": b"one\n"}),
    "an end": Case("import sys; print(repr(sys.stdin.read()))", b"''"),
    "too little": Case("input()", code=1),
    "by a child": Case("import subprocess; subprocess.run(['cat'])", b"to a child", options={"text": b"to a child"}),
    "a seek": Case("import os; os.read(0, 3); os.lseek(0, 0, 0); print(os.read(0, 9))", b"b'abcdef'", options={"text": b"abcdef"}),
    "closed": Case("import sys; print(sys.stdin)", b"None", options={"setup": "os.close(0)"}),
    "closed, and a file is opened": Case("import os; print(os.open('train.py', 0))", b"0", options={"setup": "os.close(0)"}),
    "standard error is closed": Case("import sys; print(sys.stderr)", b"None", options={"setup": "os.close(2)"}),
    "a descriptor of the shell's": Case(
        "import os; print(os.read(9, 5))", b"b'given'",
        options={"setup": "r, w = os.pipe(); os.write(w, b'given'); os.dup2(r, 9)"},
    ),
}  # fmt: skip
STATUS = """
import os, resource, signal
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print({name: status[name].strip() for name in ("SigBlk", "SigIgn", "SigCgt", "Umask", "Cpus_allowed", "NoNewPrivs")})
print([(name, resource.getrlimit(getattr(resource, name))) for name in sorted(dir(resource)) if name.startswith("RLIMIT")])
"""
FINDS = {
    "signals, limits, masks": Case(STATUS, b"SigBlk"),
    "an ignored signal": Case(STATUS, b"SigIgn", options={"setup": "signal.signal(signal.SIGHUP, signal.SIG_IGN)"}),
    "an ignored Ctrl-C": Case(
        "import signal; print(signal.getsignal(signal.SIGINT))", b"1", options={"setup": "signal.signal(signal.SIGINT, signal.SIG_IGN)"}
    ),
    "a mask": Case(STATUS, b"27", options={"setup": "os.umask(0o27)"}),
    "a limit": Case(STATUS, b"(64, 64)", options={"setup": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"}),
    "niceness": Case("import os; print(os.nice(0))", b"3", options={"setup": "os.nice(3)"}),
    "its group and session": Case("import os; print(os.getsid(0) == os.getsid(os.getpgrp()))", b"True"),
    "its arguments": Case("import sys; print(sys.argv, __name__, __file__)", b"['train.py'] __main__"),
    "its folder": Case("import os, sys; print(os.path.basename(os.getcwd()), sys.path[0] == os.getcwd())", b"work True"),
    "its environment": Case(
        "import os; print(sorted((k, v) for k, v in os.environ.items() if not k.startswith(('SEEDBLOCK_', 'MARK_', 'TMP', 'PYTHONPATH'))))",
        b"PATH",
    ),
    "its descriptors": Case("import os; print(sorted(os.listdir('/proc/self/fd')))", b"'0', '1', '2', '3'"),
    "its children": Case("import os\ntry: os.wait()\nexcept ChildProcessError: print('none')", b"none"),
    "a ignored end of children": Case(
        "import os\nif os.fork():\n    try: os.wait()\n    except ChildProcessError: print('gone')\n", b"gone",
        options={"setup": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"},
    ),
    "threads": Case("import threading; print(threading.active_count(), threading.main_thread().ident > 0)", b"1 True"),
    "a limit on the size of files": Case(
        "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nprint('y' * 200_000)\nopen('small', 'w').write('x' * 9000)",
        b"y" * 200_000,
        options={"setup": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, -1))"},
    ),
    "output that cannot be kept": Case(
        "import sys\nfor n in range(300): print('y' * 1000, n, flush=True)\nsys.exit(6)",
        b"y 299\n",
        code=6,
        options={"setup": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"},
    ),
    "its own file beyond that limit": Case(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('big', 'w').write('x' * 90_000)", code=-25,
        options={"setup": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, -1))"},
    ),
    "a death signal": Case(
        "import ctypes; n = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(n)); print(n.value)", b"0"
    ),
}  # fmt: skip
TABLE = {
    f"{kind}: {name}": case
    for kind, cases in (("end", ENDS), ("print", PRINTS), ("read", READS), ("find", FINDS))
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", TABLE)
def test_as_alone(name: str, tmp_path: Path) -> None:
    """The bytes of both streams, the exit code or signal, and the files are those of the script without us."""
    case = TABLE[name]
    alone, recorded = both(tmp_path, case.script, **case.options)
    assert recorded == alone
    assert case.prints in alone.out
    assert alone.code == case.code


PROGRAMS = {
    "sh": (["sh", "-c", "echo $0 $#; exit 6"], b"sh 0", 6),
    "a program that prints on both": (["sh", "-c", "echo a; echo b >&2"], b"a", 0),
    "python -c": (["-c", "import sys; print(sys.argv)"], b"['-c']", 0),
    "python -m": (["-m", "this"], b"Zen", 0),
    "true": (["true"], b"", 0),
    "false": (["false"], b"", 1),
    "env": (["env", "X=3", "sh", "-c", "echo $X"], b"3", 0),
    "a pipeline": (["sh", "-c", "seq 3 | tr -d '\\n'"], b"123", 0),
    "kill 0 at the end": (["bash", "-c", "trap 'trap - TERM; kill 0' EXIT; echo x"], b"x", -15),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_as_alone(name: str, tmp_path: Path) -> None:
    """The same for programs, and for options of Python."""
    words, prints, code = PROGRAMS[name]
    alone, recorded = both(tmp_path, "", words=words) if words[0][0] != "-" else _python(tmp_path, words)
    assert recorded == alone
    assert (prints in alone.out, alone.code) == (True, code)


def _python(tmp_path: Path, words: list[str]) -> Any:
    from tests.support.alone import RECORD

    found = []
    for name, line in (("alone", words), ("recorded", [*RECORD, *words])):
        (folder := tmp_path / name).mkdir()
        found.append(outcome(folder, [sys.executable, *line]))
    return found


def test_twice_says_that_the_disk_is_full(tmp_path: Path) -> None:
    """If what run 1 prints cannot be kept, `twice` ends the run and says so, with exit code 2: there is nothing to compare."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "train.py").write_text("import time\nprint('y' * 100_000, flush=True)\ntime.sleep(60)\n")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    words = [sys.executable, "-m", "seedblock", "twice", "--quiet", "--json", "--", "train.py"]
    found = outcome(folder, words, setup=limit)
    assert (found.code, found.left) == (2, [])
    assert b"File too large" in found.err
    assert [path.name for path in tmp_path.glob("seedblock-*")] == []
