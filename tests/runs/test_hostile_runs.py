"""Scripts, readers and callers that once made seedblock hang, lose something, or end a run that goes on alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.alone import RECORD, Job, begun, both, wait_until
from tests.support.watched import WAIT_S

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs POSIX"), pytest.mark.slow]

TAPE = "import os, signal, subprocess, sys, time\ntape = os.environ.get('SEEDBLOCK_TAPE', '.')\n"
HARM = {
    "removes its tape": "import shutil\nif tape != '.': shutil.rmtree(tape)\nprint('x'); time.sleep(0.6); print('done'); sys.exit(3)",
    "removes what is hidden": "subprocess.run('rm -rf .seedblock-*', shell=True); print('x'); time.sleep(0.6); print('done'); sys.exit(3)",
    "moves its tape": "if tape != '.': os.rename(tape, tape + '2')\nprint('x'); time.sleep(0.6); print('done'); sys.exit(3)",
}
STRANGE = {
    "a pipe beside its tape": "if tape != '.': os.mkfifo(tape + '/x.jsonl')",
    "a link beside its tape": "if tape != '.': os.symlink('/dev/zero', tape + '/x.jsonl')",
    "a folder beside its tape": "if tape != '.': os.mkdir(tape + '/x.jsonl')",
    "its output is a pipe": "if tape != '.': os.remove(tape + '/output'); os.mkfifo(tape + '/output')",
    "its output is a link": "if tape != '.': os.remove(tape + '/output'); os.symlink('/etc/hostname', tape + '/output')",
    "its list is a pipe": "if tape != '.': os.mkfifo(tape + '/.seedblock.sha256')",
    "its list is a folder": "if tape != '.': os.mkdir(tape + '/.seedblock.sha256')",
    "run.json is a pipe": "if tape != '.': os.remove(tape + '/run.json'); os.mkfifo(tape + '/run.json')",
    "run.json is a folder": "if tape != '.': os.remove(tape + '/run.json'); os.mkdir(tape + '/run.json')",
    "a large file without content": "if tape != '.': os.truncate(os.open(tape + '/big', os.O_CREAT | os.O_WRONLY), 10**11)",
}


@pytest.mark.parametrize("name", HARM)
def test_it_harms_its_tape(name: str, tmp_path: Path) -> None:
    """A script that removes what is not its own still prints and ends as it does alone; a line says that there is no tape."""
    found = []
    for place in ("alone", "recorded"):
        (folder := tmp_path / place).mkdir()
        (folder / "train.py").write_text(TAPE + HARM[name])
        words = [] if place == "alone" else RECORD
        result = subprocess.run(
            [sys.executable, *words, "train.py"], cwd=folder, capture_output=True, timeout=WAIT_S, check=False
        )
        found.append((result.stdout, result.returncode))
    assert found[0] == found[1] == (b"x\ndone\n", 3)
    assert b"the tape could not be kept" in result.stderr or b"cannot be recorded" in result.stderr


@pytest.mark.parametrize("name", STRANGE)
def test_strange_things_beside_its_tape(name: str, tmp_path: Path) -> None:
    """Whatever a script puts into the folder of its tape, it prints and ends as it does alone, and nothing hangs."""
    found = []
    for place in ("alone", "recorded"):
        (folder := tmp_path / place).mkdir()
        (folder / "train.py").write_text(
            f"{TAPE}{STRANGE[name]}\nprint('x', flush=True); time.sleep(0.6); print('done'); sys.exit(3)"
        )
        words = [] if place == "alone" else RECORD
        result = subprocess.run(
            [sys.executable, *words, "train.py"], cwd=folder, capture_output=True, timeout=WAIT_S, check=False
        )
        found.append((result.stdout, result.returncode))
    assert found[0] == found[1]
    assert found[0][1] == 3


STALLED = {
    "it prints more than a pipe holds": "print('x' * 600_000, flush=True)",
    "and goes on": "print('x' * 600_000, flush=True)\nimport time; time.sleep(99)",
}


@pytest.mark.parametrize("command", [RECORD, ("-m", "seedblock", "twice", "--")], ids=["record", "twice"])
@pytest.mark.parametrize("name", STALLED)
def test_a_reader_that_does_not_read(name: str, command: tuple[str, ...], tmp_path: Path) -> None:
    """One signal ends seedblock, though the pipe that it writes into is full and open."""
    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text(STALLED[name] + "\n")
    read, write = os.pipe()
    with begun(
        folder, [sys.executable, *command, "train.py"], stdin=subprocess.DEVNULL, stdout=write, stderr=write
    ) as job:
        os.close(write)
        wait_until(lambda: any(path.stat().st_size > 600_000 for path in tmp_path.rglob("output")))
        job.tell(signal.SIGTERM)
        assert job.process.wait(WAIT_S) in (-15, 143, 0)
        wait_until(lambda: not job.alive())
    os.close(read)


def test_a_reader_s_end_that_does_not_block(tmp_path: Path) -> None:
    """Standard output may be non-blocking: seedblock waits until it takes more, and the script gets no signal."""
    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text("print('x' * 1_000_000)\n")
    read, write = os.pipe()
    os.set_blocking(write, False)
    with begun(folder, [sys.executable, *RECORD, "train.py"], stdout=write, stderr=subprocess.DEVNULL) as job:
        os.close(write)
        with os.fdopen(read, "rb") as file:
            assert len(file.read()) == 1_000_001
        assert job.process.wait(WAIT_S) == 0


def test_what_goes_on_printing(tmp_path: Path) -> None:
    """If something that is left prints without end, the command ends when the script does, as alone."""
    for words in ([], [sys.executable, *RECORD]):
        (folder := tmp_path / f"work{len(words)}").mkdir()
        read, write = os.pipe()
        with begun(
            folder, [*words, "sh", "-c", "yes & sleep 0.2; exit 5"], stdout=write, stderr=subprocess.DEVNULL
        ) as job:
            os.close(write)
            with os.fdopen(read, "rb") as file:
                while job.process.poll() is None:
                    assert file.read(10_000)
                assert job.process.returncode == 5
                assert file.read(10_000)


def test_a_helper_signals_the_group(tmp_path: Path) -> None:
    """A short-lived helper of the script's that signals its group does not stop the run, however often it does."""
    code = (
        "import signal, subprocess, time\nsignal.signal(signal.SIGTERM, lambda *_: None)\n"
        "for _ in range(5):\n    subprocess.run(['sh', '-c', 'kill -TERM 0'])\n    time.sleep(0.1)\nprint('done')"
    )
    alone, recorded = both(tmp_path, code)
    assert recorded == alone
    assert (alone.out, alone.code) == (b"done\n", 0)


def test_what_it_starts_after_a_handled_signal_stays(tmp_path: Path) -> None:
    """After a signal that the script has handled, what it leaves running at its end stays all the same."""
    code = (
        "import os, signal, subprocess, sys, time\nsignal.signal(signal.SIGHUP, lambda *_: open('got', 'w').write('x'))\n"
        "open('ready', 'w').write('x')\nwhile not os.path.exists('got'): time.sleep(0.01)\n"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(99)', 'child'], start_new_session=True)\n"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(99)', 'other'])\n"
    )

    def act(job: Job) -> None:
        job.wait_for("ready")
        job.tell(signal.SIGHUP)

    alone, recorded = both(tmp_path, code, act=act)
    assert recorded == alone
    assert (alone.left, alone.code) == (["child", "other"], 0)


def test_standard_input_is_let_go(tmp_path: Path) -> None:
    """Once the script has ended, nobody holds the pipe of its standard input, though a child of it goes on printing."""
    for words in ([], [sys.executable, *RECORD]):
        (folder := tmp_path / f"work{len(words)}").mkdir()
        read, write = os.pipe()
        with begun(
            folder,
            [*words, "sh", "-c", "head -c 1; sleep 60 </dev/null &"],
            stdin=read,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as job:
            os.close(read)
            os.write(write, b"x" * 100)
            assert job.process.wait(WAIT_S) == 0
            wait_until(lambda write=write: _is_broken(write))
            job.kill()
            assert job.process.stdout is not None
            job.process.stdout.close()
        os.close(write)


def _is_broken(pipe: int) -> bool:
    try:
        os.write(pipe, b"x")
    except BrokenPipeError:
        return True
    return False


def test_it_stops_its_parent(tmp_path: Path) -> None:
    """A script that stops the process that started it is ended by a signal all the same."""
    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text(
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\nopen('ready', 'w').write('x')\ntime.sleep(99)"
    )
    with begun(
        folder, [sys.executable, *RECORD, "train.py"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as job:
        job.wait_for("ready")
        job.tell(signal.SIGTERM)
        assert job.process.wait(WAIT_S) == -15
        wait_until(lambda: not job.alive())


def test_what_is_left_is_reaped(tmp_path: Path) -> None:
    """The orphans of a service that goes on after the script's end do not stay as zombies."""
    service = "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        if os.fork() == 0: os._exit(0)\n        os._exit(0)\n    os.wait()\nopen('forked', 'w').write('x'); time.sleep(99)"
    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text(
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-S', '-c', {service!r}, 'service'], start_new_session=True)"
    )
    with begun(
        folder, [sys.executable, *RECORD, "train.py"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as job:
        assert job.process.wait(WAIT_S) == 0
        job.wait_for("forked")
        supervisors = [found for found in job.alive() if "supervisor" in " ".join(found.cmdline())]
        assert len(supervisors) == 1
        wait_until(lambda: not [child for child in supervisors[0].children() if child.status() == "zombie"])
