"""Everything a script has started ends with its run, however that ends, except services that are meant to stay."""

import json
import os
import signal
from pathlib import Path

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
    """Children, orphans and other sessions end, temporary files are gone, one line says why, and the exit code is the signal's."""
    at = place(tmp_path)
    family(at)
    with at.begun(*command, "--quiet", "--", "train.py") as process:
        at.wait_for("ready")
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=WAIT_S)
        said = {"SIGINT": "Ctrl-C"}.get(name, name)
        assert (process.returncode, out, err.decode()) == (
            128 + getattr(signal, name), b"", f"seedblock: stopped by {said}\n",
        )  # fmt: skip
        assert at.left() == []
        assert not (at.folder / "a.tape").exists()


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
# What is left in the run's own session ends with it.
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)"])
"""


def test_a_service_stays(tmp_path: Path) -> None:
    """A process in another session that outlives its parent goes on, as after a plain run, and is named. The rest ends."""
    at = place(tmp_path)
    at.write(SERVICE)
    with at.begun("record", "--out", "a.tape", "--", "train.py") as process:
        _, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, err
        (service,) = at.alive()
        assert f"the run left a service running, as it would anyway: {service.pid} {service.name()}\n" in err.decode()
        until(lambda: "up" if (at.folder / "up").exists() else "")
        assert list(at.scratch.iterdir()) == []


@pytest.mark.parametrize("command", [("twice",), ("record", "--out", "a.tape")], ids=["twice", "record"])
def test_closed_pipe(command: tuple[str, ...], tmp_path: Path) -> None:
    """If nobody reads its output, the command runs to its end with the usual exit code, and leaves nothing behind."""
    at = place(tmp_path)
    at.write("import os\nfor _ in range(1000):\n    print('x' * 1000)\n")
    read, write = os.pipe()
    os.close(read)
    with at.begun(*command, "--", "train.py", stdout=write, stderr=write) as process:
        os.close(write)
        assert process.wait(WAIT_S) == 0
        assert at.left() == []


def test_torchrun_would_be_ended(tmp_path: Path) -> None:
    """Children in other sessions whose parent was killed, as torchrun's can be, end when the run has failed."""
    at = place(tmp_path)
    at.write(
        FAMILY.replace("MORE", "")
        .replace("COUNT", "5")
        .replace('print("differs"', "os.kill(os.getpid(), signal.SIGKILL)\nprint('never'")
    )
    result = at.run("twice", "--quiet", "--", "train.py")
    assert result.returncode == 2
    assert "run 1 was ended by signal 9" in result.stderr
    assert at.left() == []


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
        assert len(sessions) >= 4  # seedblock's, torchrun's, and one for each rank
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=WAIT_S) == (b"", b"seedblock: stopped by Ctrl-C\n")
        assert at.left() == []
