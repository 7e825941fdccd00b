"""What a script starts lives, ends and is reaped as it is alone."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.alone import RECORD, Job, begun, both, outcome, wait_until
from tests.support.watched import WAIT_S

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs POSIX"), pytest.mark.slow]

HEAD = """
import os, signal, subprocess, sys, time
def start(code, *words, **options):
    return subprocess.Popen([sys.executable, "-S", "-c", code, *words], **options)
def daemon(code, *words):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-S", "-c", code, *words])
        os._exit(0)
    os.wait()
def zombies():
    found = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            state, parent = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        found += state == "Z" and int(parent) in (os.getpid(), os.getppid())
    return found
SLEEP = "import time; time.sleep(999)"
LATER = "import time; time.sleep(0.3); print('later', flush=True); open('later', 'w').write('x'); time.sleep(999)"
"""


class Case(NamedTuple):
    """A script, what it prints among other things, the last words of what it leaves running, and its exit code."""

    script: str
    prints: bytes = b""
    left: tuple[str, ...] = ()
    code: int = 0


CASES = {
    "a child goes on": Case("start(SLEEP, 'child')", left=("child",)),
    "a child prints later": Case("start(LATER, 'child'); print('over')", b"over\nlater\n", ("child",)),
    "a service goes on": Case("daemon(SLEEP, 'service')", left=("service",)),
    "a service prints later": Case("daemon(LATER, 'service'); print('over')", b"over\nlater\n", ("service",)),
    "a child in a session": Case("start(SLEEP, 'session', start_new_session=True)", left=("session",)),
    "a child in a group": Case("start(SLEEP, 'group', process_group=0)", left=("group",)),
    "nohup": Case("subprocess.run(['sh', '-c', 'nohup sleep 987 >/dev/null 2>&1 &'])", left=("987",)),
    "children of a failed script": Case("start(SLEEP, 'child'); sys.exit(4)", left=("child",), code=4),
    "children of a killed script": Case("start(SLEEP, 'child'); os.kill(os.getpid(), 9)", left=("child",), code=-9),
    "children that end": Case("print(sum(start('import sys; sys.exit(3)').wait() for _ in range(5)))", b"15"),
    "its ended service is gone": Case(
        "import threading\ndaemon('import os; open(\"pid\", \"w\").write(str(os.getpid())); time = __import__(\"time\"); time.sleep(999)')\n"
        "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
        "pid = int(open('pid').read()); os.kill(pid, 15)\n"
        "while os.path.exists(f'/proc/{pid}'): time.sleep(0.01)\n"
        "os.remove('pid'); print('gone')",
        b"gone",
    ),
    "no orphan is left unreaped": Case(
        "for _ in range(200):\n    if os.fork() == 0:\n        if os.fork() == 0: os._exit(0)\n        os._exit(0)\n    os.wait()\n"
        "while zombies(): time.sleep(0.01)\nprint('none')",
        b"none",
    ),
    "its own zombie is its own": Case(
        "if os.fork() == 0: os._exit(5)\ntime.sleep(0.1)\nprint(zombies() >= 1, os.waitstatus_to_exitcode(os.wait()[1]))", b"True 5"
    ),
    "a group of its own": Case("os.setpgid(0, 0); print(os.getpgrp() == os.getpid())", b"True"),
    "it ends its helpers": Case(
        "helper = start(SLEEP, 'helper'); helper.terminate(); print(helper.wait())", b"-15"
    ),
    "it ends a group of helpers": Case(
        "helper = start(SLEEP, 'helper', start_new_session=True); os.killpg(helper.pid, 9); print(helper.wait())", b"-9"
    ),
    "a pool": Case(
        "import multiprocessing\nwith multiprocessing.Pool(2) as pool: print(pool.map(abs, range(-5, 5)))", b"[5, 4, 3, 2, 1, 0, 1, 2, 3, 4]"
    ),
    "a spawned process": Case(
        "import multiprocessing as m\nif __name__ == '__main__':\n    p = m.get_context('spawn').Process(target=print, args=('spawned',))\n"
        "    p.start(); p.join(); print(p.exitcode)",
        b"spawned\n0\n",
    ),
    "a fork that goes on": Case("if os.fork() == 0: time.sleep(999)\nprint('over')", b"over", ("train.py",)),
    "a fork that takes over": Case(
        "if os.fork(): os._exit(0)\ntime.sleep(0.3); open('later', 'w').write('x'); time.sleep(999)", left=("train.py",)
    ),
    "execv of itself": Case("if len(sys.argv) < 4: os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])\nprint(sys.argv[1:])", b"again"),
    "threads": Case("import threading\nfor n in range(9): threading.Thread(target=print, args=(n,)).start()", b"8"),
    "a child that is stopped": Case(
        "child = start(SLEEP, 'stopped'); os.kill(child.pid, signal.SIGSTOP); print(os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1]))",
        b"True",
    ),
    "descriptors for children": Case(
        "r, w = os.pipe(); os.set_inheritable(w, True); start(f'import os; os.write({w}, b\"passed\")', close_fds=False).wait(); print(os.read(r, 9))",
        b"passed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_as_alone(name: str, tmp_path: Path) -> None:
    """Bytes, exit code, files and what is left running are those of the script without us, also what that prints later."""
    case = CASES[name]

    def after(job: Job) -> None:
        if "LATER" in case.script or "later" in case.script:
            job.wait_for("later")

    alone, recorded = both(tmp_path, HEAD + case.script, after=after)
    assert recorded == alone
    assert (alone.code, alone.left) == (case.code, list(case.left))
    assert case.prints in alone.out


def script(folder: Path, code: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(HEAD + code, encoding="utf-8")
    return folder


def seedblock(*words: str) -> list[str]:
    return [sys.executable, "-m", "seedblock", *words]


TWICE = seedblock("twice", "--quiet", "--", "train.py")


def test_nested(tmp_path: Path) -> None:
    """A command that is recorded inside of a recorded command has its own tape, and its own signals."""
    folder = script(
        tmp_path / "work",
        "open('ready', 'w').write('x')\ntry: time.sleep(99)\nexcept KeyboardInterrupt: print('saved'); sys.exit(3)",
    )
    words = [
        sys.executable,
        *RECORD,
        sys.executable,
        "-m",
        "seedblock",
        "record",
        "--out",
        "inner.tape",
        "--",
        "train.py",
    ]

    def act(job: Job) -> None:
        job.wait_for("ready")
        job.tell_group(signal.SIGINT)

    found = outcome(folder, words, act=act)
    assert (found.out, found.code, found.left) == (b"saved\n", 3, [])
    assert all((folder / name / "run.json").exists() for name in ("a.tape", "inner.tape"))


def test_two_at_once(tmp_path: Path) -> None:
    """Two runs of seedblock in one folder do not see each other's processes, signals or files."""
    folder = script(
        tmp_path / "work", "open(f'ready{sys.argv[1]}', 'w').write('x'); time.sleep(0.5); print(sys.argv[1])"
    )
    with contextlib.ExitStack() as stack:
        jobs = [
            stack.enter_context(
                begun(
                    folder, seedblock("record", "--out", f"{n}.tape", "--", "train.py", str(n)), stdout=subprocess.PIPE
                )
            )
            for n in range(3)
        ]
        for number, job in enumerate(jobs):
            job.wait_for(f"ready{number}")
        jobs[0].tell(signal.SIGTERM)
        ends = [(job.process.communicate(timeout=WAIT_S)[0], job.process.returncode) for job in jobs]
    assert ends == [(b"", -15), (b"1\n", 0), (b"2\n", 0)]
    assert [path.name for path in folder.glob(".seedblock*")] == []


def test_a_service_of_run_1_keeps_its_children(tmp_path: Path) -> None:
    """The service that run 1 has left, and the children that it starts during run 2, outlive `twice`."""
    service = "import subprocess, sys\\nwhile True: subprocess.run([sys.executable, '-S', '-c', 'import time; time.sleep(0.2)', 'worker'])"
    folder = script(tmp_path / "work", f"daemon('''{service}''', 'service'); time.sleep(0.5); print('x')")
    with begun(folder, TWICE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        assert job.process.wait(WAIT_S) == 0
        assert job.left().count("service") == 2
        wait_until(lambda: "worker" in job.left())


def test_a_job_that_was_there_before(tmp_path: Path) -> None:
    """A job of the shell that becomes seedblock (`job & exec seedblock ...`) is no part of the run, and goes on."""
    folder = script(tmp_path / "work", "print('x', os.urandom(4).hex())")
    words = ["sh", "-c", 'sleep 986 & exec "$@"', "sh", *TWICE]
    with begun(folder, words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        assert job.process.wait(WAIT_S) == 1
        assert job.left() == ["986"]


RESTARTS = "import os, sys, time\\nif len(sys.argv) < 3: pass\\nwhile True:\\n    if os.fork(): os._exit(0)\\n    time.sleep(0.01)"
NEVER_ENDS = {
    "hops by fork": f"start('''{RESTARTS}''', 'hopper').wait()",
    "restarts its worker": "start('import subprocess, sys\\nwhile True: subprocess.run([sys.executable, \"-S\", \"-c\", \"import time; time.sleep(99)\", \"worker\"])', 'parent')",
    "ignores all": "start('import signal, time\\nfor n in set(signal.Signals) - {9, 19}: signal.signal(n, signal.SIG_IGN)\\nopen(\"up\", \"w\").write(\"x\")\\ntime.sleep(999)', 'ignores')\nwhile not os.path.exists('up'): time.sleep(0.01)",
    "is stopped": "child = start(SLEEP, 'stopped'); os.kill(child.pid, signal.SIGSTOP)",
    "is in a session with its parent": "start(SLEEP, 'session', start_new_session=True)",
    "starts another when told": "start('import signal, subprocess, sys, time\\nsignal.signal(15, lambda *_: subprocess.Popen([sys.executable, \"-S\", \"-c\", \"import time; time.sleep(99)\", \"new\"]))\\nopen(\"up\", \"w\").write(\"x\")\\nwhile True: time.sleep(1)', 'parent')\nwhile not os.path.exists('up'): time.sleep(0.01)",
}  # fmt: skip


@pytest.mark.parametrize("how", ["--timeout", "a signal", "seedblock is killed"])
@pytest.mark.parametrize("name", NEVER_ENDS)
def test_a_stopped_run_ends(name: str, how: str, tmp_path: Path) -> None:
    """Whatever the run has started ends when we stop it, or when seedblock itself is killed; and seedblock ends."""
    folder = script(tmp_path / "work", NEVER_ENDS[name] + "\nopen('ready', 'w').write('x'); time.sleep(999)")
    words = seedblock(
        "record", "--out", "a.tape", *(["--timeout", "1.5"] if how == "--timeout" else []), "--", "train.py"
    )
    with begun(folder, words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        if name != "hops by fork":
            job.wait_for("ready")
        else:
            wait_until(lambda: "hopper" in job.left())
        if how == "a signal":
            job.tell(signal.SIGTERM)
        elif how == "seedblock is killed":
            job.process.kill()
        assert job.process.wait(WAIT_S) == {"--timeout": 2, "a signal": -15, "seedblock is killed": -9}[how]
        wait_until(lambda: not job.alive())
    if how != "seedblock is killed":
        assert (folder / "a.tape/run.json").exists()
    else:  # the next run removes what the killed one has left
        assert len(list(folder.glob(".seedblock*"))) == 1
        script(folder, "")
        assert (
            subprocess.run(
                seedblock("record", "--out", "b.tape", "--", "train.py"), cwd=folder, capture_output=True, check=False
            ).returncode
            == 0
        )
    assert [path.name for path in folder.glob(".seedblock*")] == []


def test_the_supervisor_is_killed(tmp_path: Path) -> None:
    """If the process between us and the run is killed, seedblock says so, ends the run, and ends."""
    folder = script(tmp_path / "work", "open('ready', 'w').write('x'); time.sleep(999)")
    with begun(folder, TWICE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as job:
        job.wait_for("ready")
        next(found for found in job.alive() if "supervisor" in " ".join(found.cmdline())).kill()
        _, err = job.process.communicate(timeout=WAIT_S)
        assert (job.process.returncode, "the process that watches over the run was killed" in err.decode()) == (2, True)
        wait_until(lambda: not job.alive())


def test_the_tape_stays_if_the_supervisor_is_killed(tmp_path: Path) -> None:
    """What has been recorded until then is kept."""
    folder = script(tmp_path / "work", "open('ready', 'w').write('x'); time.sleep(999)")
    with begun(
        folder, [sys.executable, *RECORD, "train.py"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as job:
        job.wait_for("ready")
        next(found for found in job.alive() if "supervisor" in " ".join(found.cmdline())).kill()
        assert job.process.wait(WAIT_S) == 2
    assert list((folder / "a.tape").glob("*.jsonl")) != []


def test_run_2_writes_its_files_to_the_end(tmp_path: Path) -> None:
    """A short run 2 that differs is not stopped in the middle: its results are as many as those of run 1."""
    code = "import random\nwith open(f'{os.getpid()}.csv', 'w') as file:\n    for n in range(30): print(random.random(), file=file); time.sleep(0.02)\n"
    folder = script(
        tmp_path / "work",
        "import torch; net = torch.nn.Linear(1, 1); torch.optim.SGD(net.parameters()).step()\n" + code,
    )
    with begun(folder, TWICE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        assert job.process.wait(WAIT_S) == 1
    lines = [path.read_text().count("\n") for path in folder.glob("*.csv")]
    assert (len(lines) >= 2, set(lines)) == (True, {30})


@pytest.mark.parametrize("lines", [11_500])
def test_a_slow_reader_gets_everything(lines: int, tmp_path: Path) -> None:
    """A reader that waits before it reads gets each byte, and the tape holds each byte."""
    folder = script(tmp_path / "work", f"for n in range({lines}): print('x' * 50, n)")
    with begun(
        folder,
        seedblock("record", "--out", "a.tape", "--", "train.py"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as job:
        assert job.process.stdout is not None
        with job.process.stdout:
            wait_until(lambda: kept(folder) > lines * 50)
            out = job.process.stdout.read()
        assert job.process.wait(WAIT_S) == 0
    assert (folder / "a.tape/output").read_bytes() == out
    assert out.count(b"\n") == lines


def kept(folder: Path) -> int:
    """The bytes that have been kept so far, though nobody has read them."""
    return sum(path.stat().st_size for path in folder.glob(".seedblock*/tape/output"))


def test_a_reader_that_leaves(tmp_path: Path) -> None:
    """When the reader of `record` has read enough, the script finds that, as it does alone: `yes` ends."""
    for name, words in (("alone", ["yes"]), ("recorded", [sys.executable, *RECORD, "yes"])):
        (folder := tmp_path / name).mkdir()
        with begun(folder, words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as job:
            assert job.process.stdout is not None
            assert job.process.stdout.read(10) == b"y\n" * 5
            job.process.stdout.close()
            assert job.process.wait(WAIT_S) == -signal.SIGPIPE, name
