"""Everything a script has started ends with its run, however that ends, except services that are meant to stay."""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.support.watched import WAIT_S, Place, place, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs the sessions and signals of POSIX")

# A script with children of every kind that all wait for ever. It writes "ready" once all have started.
FAMILY = """
import os, signal, subprocess, sys, time
WAIT = "import time\\nopen(str(__import__('os').getpid()) + '.pid', 'x').close()\\nwhile True: time.sleep(1)"
def start(code=WAIT, **options):
    return subprocess.Popen([sys.executable, "-c", code], **options)
start()
start(start_new_session=True)  # as torchrun starts its ranks
start(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WAIT!r}], start_new_session=True)")
if os.fork() == 0:  # an orphan, in the session of the run
    start()
    os._exit(0)
os.wait()
start(cwd=".")
MORE
while len([name for name in os.listdir() if name.endswith(".pid")]) < COUNT:
    time.sleep(0.02)
open("ready", "w").write("all there")
print("differs", os.getpid(), flush=True)
while True:
    time.sleep(1)
"""
STUBBORN = """
start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)\\n" + WAIT)
start("import subprocess, sys, signal\\n"
      "def again(*_): subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(999)'], start_new_session=True)\\n"
      "signal.signal(signal.SIGTERM, again)\\n" + WAIT)
process = start()
while not os.path.exists(f"{process.pid}.pid"):
    time.sleep(0.02)
process.send_signal(signal.SIGSTOP)
"""


def family(at: Place, stubborn: bool = False) -> None:
    at.write(FAMILY.replace("MORE", STUBBORN if stubborn else "").replace("COUNT", "8" if stubborn else "5"))


@pytest.mark.parametrize("command", [("twice",), ("record", "--out", "a.tape")], ids=["twice", "record"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_stopped_by_a_signal(name: str, command: tuple[str, ...], tmp_path: Path) -> None:
    """The script gets the signal, and its children, orphans and other sessions end; temporary files are gone. `record` keeps its tape."""
    at = place(tmp_path)
    family(at)
    with at.begun(*command, "--quiet", "--", "train.py") as process:
        at.wait_for("ready")
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=WAIT_S)
        said, number = {"SIGINT": "Ctrl-C"}.get(name, name), getattr(signal, name)
        if command == ("twice",):
            assert (process.returncode, out, err.decode()) == (128 + number, b"", f"seedblock: stopped by {said}\n")
        else:
            assert (process.returncode, out, err.decode()) == (
                -number,
                b"",
                f"a.tape: 0 batches, 0 steps, stopped by {said}\n",
            )
            assert json.loads((at.folder / "a.tape/run.json").read_text(encoding="ascii"))["stopped"] == said
        assert at.left() == []


@pytest.mark.slow
def test_the_stubborn_end_too(tmp_path: Path) -> None:
    """SIGKILL ends processes that ignore the signal, that start others when they get it, or that are stopped."""
    at = place(tmp_path)
    family(at, stubborn=True)
    with at.begun("twice", "--quiet", "--", "train.py") as process:
        at.wait_for("ready")
        process.terminate()
        assert process.communicate(timeout=WAIT_S) == (b"", b"seedblock: stopped by SIGTERM\n")
        assert at.left() == []


def test_timeout(tmp_path: Path) -> None:
    """A run that takes too long is ended with its children: exit code 2, one line. `record` keeps the tape so far."""
    at = place(tmp_path)
    at.write("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(999)'])")
    for command, name in (("twice", "run 1"), ("record --out a.tape", "the run")):
        result = at.run(*command.split(), "--quiet", "--timeout", "0.5", "--", "train.py")
        assert (result.returncode, result.stdout) == (2, "")
        assert f"seedblock: {name} took longer than 0.5 s: raise --timeout or shorten the run\n" in result.stderr
        assert at.left() == []
    assert json.loads((at.folder / "a.tape/run.json").read_text(encoding="ascii"))["stopped"] == "--timeout 0.5"


ASKED = """
import os, signal, sys, time
second = os.path.exists("first")
open("first", "a").close()
def save(*_):
    with open("checkpoint", "w") as file:
        for part in range(5):
            file.write("part")
            file.flush()
            time.sleep(0.02)
        file.write("whole")
    sys.exit()
signal.signal(signal.SIGTERM, save)
import random
random.seed(1)
if second:
    random.seed(2)
print(random.random(), flush=True)
import torch
net = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.ones(1, 1)).sum().backward()
optimizer.step()
while second:
    time.sleep(0.1)
"""


@pytest.mark.slow
def test_a_checkpoint_is_written_to_its_end(tmp_path: Path) -> None:
    """Run 2 gets SIGTERM at the first difference, and may complete a checkpoint before it ends."""
    at = place(tmp_path)
    at.write(ASKED)
    assert at.run("twice", "--quiet", "--", "train.py").returncode == 1
    assert (at.folder / "checkpoint").read_text(encoding="utf-8").endswith("whole")
    assert at.left() == []


SERVICE = """
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        os.execv(sys.executable, [sys.executable, "-c", "import time; open('up', 'a').write('x'); time.sleep(999)"])
    os._exit(0)
os.wait()
# As after a plain run, a child that the script does not wait for stays too.
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)"])
"""


def family_of(at: Place) -> list[psutil.Process]:
    """What runs, but for the supervisor, which shows what they may print."""
    return [found for found in at.alive() if "supervisor" not in "".join(found.cmdline())]


def test_a_service_stays(tmp_path: Path) -> None:
    """What a script leaves running when it ends goes on, as after a plain run, and is named: a service, and a child."""
    at = place(tmp_path)
    at.write(SERVICE)
    errors = (tmp_path / "errors").open("w+b")  # the child holds its other end, if it is a pipe
    with errors, at.begun("record", "--out", "a.tape", "--", "train.py", stdout=errors, stderr=errors) as process:
        assert process.wait(WAIT_S) == 0
        err = (tmp_path / "errors").read_bytes()
        left = ", ".join(f"{found.pid} {found.name()}" for found in sorted(family_of(at), key=lambda found: found.pid))
        assert left.count(",") == 1
        assert f"the run left running, as it does alone: {left}\n" in err.decode()
        until(lambda: "up" if (at.folder / "up").exists() else "")
        assert list(at.scratch.iterdir()) == []


def test_closed_pipe(tmp_path: Path) -> None:
    """If nobody reads what `twice` shows, it runs to its end with the usual exit code, and leaves nothing behind."""
    at = place(tmp_path)
    at.write("import os\nfor _ in range(1000):\n    print('x' * 1000)\n")
    read, write = os.pipe()
    os.close(read)
    with at.begun("twice", "--", "train.py", stdout=write, stderr=write) as process:
        os.close(write)
        assert process.wait(WAIT_S) == 0
        assert at.left() == []


def test_a_killed_script_leaves_what_it_leaves_alone(tmp_path: Path) -> None:
    """If a script is killed, its children go on, as they do without us, and are named."""
    at = place(tmp_path)
    at.write(
        FAMILY.replace("MORE", "")
        .replace("COUNT", "5")
        .replace('print("differs"', "os.kill(os.getpid(), signal.SIGKILL)\nprint('never'")
    )
    errors = (tmp_path / "errors").open("w+b")  # the children hold its other end, if it is a pipe
    with errors, at.begun("twice", "--quiet", "--", "train.py", stdout=errors, stderr=errors) as process:
        assert process.wait(WAIT_S) == 2
        err = (tmp_path / "errors").read_bytes()
        assert "run 1 was ended by signal 9" in err.decode()
        children = family_of(at)
        assert [child.pid for child in children if str(child.pid) not in err.decode()] == []
        assert len(children) == 6


RANKS = """
import os, time
import torch.distributed as dist

dist.init_process_group("gloo")
open(f"rank{dist.get_rank()}", "w").close()
dist.barrier()
if dist.get_rank() == 0:
    open("ready", "w").write("all there")
while True:
    time.sleep(0.1)
"""


@pytest.mark.slow
def test_ranks_of_torchrun_end(tmp_path: Path) -> None:
    """torchrun starts each rank in its own session. When the run is stopped, no rank is left."""
    at = place(tmp_path)
    at.write(RANKS)
    words = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py")
    with at.begun("twice", "--quiet", "--", *words) as process:
        at.wait_for("ready")
        sessions = {os.getsid(found.pid) for found in at.alive()}
        assert len(sessions) >= 3  # ours with torchrun's, and one for each rank
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=WAIT_S) == (b"", b"seedblock: stopped by Ctrl-C\n")
        assert at.left() == []
