"""A script gets each signal as it gets it alone: once, as it came, whoever it was sent to."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.alone import Job, both, wait_until

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs POSIX"), pytest.mark.slow]

WAYS: dict[str, Callable[[Job, int], None]] = {
    "to the command": Job.tell, "to its group": Job.tell_group, "to each process": Job.tell_each,
}  # fmt: skip
ENDING = ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "XCPU", "ABRT", "VTALRM", "PROF", "IO", "RTMIN"]
HARMLESS = ["WINCH", "CONT"]

# Says that it is ready, notes each signal in a file, and ends when it may.
NOTES = """
import os, signal, time
got = []
def note(number, _):
    got.append(signal.Signals(number).name)
    open("got", "w").write(" ".join(got))
for name in NAMES:
    signal.signal(getattr(signal, name), note)
open("ready", "w").write("yes")
while not os.path.exists("go"):
    time.sleep(0.01)
print(got)
"""
WAITS = """
import sys, time
sys.tracebacklimit = 0  # which line is interrupted may differ
print("waits", flush=True)
open("ready", "w").write("yes")
time.sleep(60)
print("never")
"""
SAVES = """
import sys, time
try:
    open("ready", "w").write("yes")
    time.sleep(60)
except KeyboardInterrupt:
    for part in range(5):
        print("saves", part, flush=True)
        time.sleep(0.02)
    open("saved", "w").write("whole")
    sys.exit(3)
"""


def notes(*names: str) -> str:
    return NOTES.replace("NAMES", repr([f"SIG{name}" for name in names]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [*ENDING, *HARMLESS])
def test_a_handler_is_called_once(name: str, way: str, tmp_path: Path) -> None:
    """A script that handles a signal gets it once, and goes on to its end."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        WAYS[way](job, getattr(signal, f"SIG{name}"))
        job.wait_for("got")
        job.go()

    alone, recorded = both(tmp_path, notes(name), act=act)
    assert recorded == alone
    assert (alone.out, alone.code) == (f"['SIG{name}']\n".encode(), 0)


@pytest.mark.parametrize("way", ["to the command", "to its group"])
@pytest.mark.parametrize("name", ENDING)
def test_the_default_ends_it(name: str, way: str, tmp_path: Path) -> None:
    """A script that does not handle a signal ends by it, and so does the command."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        WAYS[way](job, getattr(signal, f"SIG{name}"))

    alone, recorded = both(tmp_path, WAITS, act=act)
    assert recorded == alone
    assert (alone.out, alone.code) == (b"waits\n", -getattr(signal, f"SIG{name}"))


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_lets_it_save(way: str, tmp_path: Path) -> None:
    """`except KeyboardInterrupt: save()` saves, is shown, and its exit code counts."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        WAYS[way](job, signal.SIGINT)

    alone, recorded = both(tmp_path, SAVES, act=act)
    assert recorded == alone
    assert (alone.files["saved"], alone.code) == (b"whole", 3)


@pytest.mark.parametrize("way", ["to the command", "to its group"])
def test_two_signals(way: str, tmp_path: Path) -> None:
    """Two different signals arrive, each once."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        for name, got in ((signal.SIGUSR1, 1), (signal.SIGUSR2, 2)):
            WAYS[way](job, name)
            wait_until(lambda got=got: len(job.wait_for("got").split()) == got)
        job.go()

    alone, recorded = both(tmp_path, notes("USR1", "USR2"), act=act)
    assert recorded == alone
    assert alone.out == b"['SIGUSR1', 'SIGUSR2']\n"


@pytest.mark.parametrize("way", ["to the command", "to its group"])
def test_stopped_and_continued(way: str, tmp_path: Path) -> None:
    """SIGTSTP stops the script and the command, SIGCONT lets both go on."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        WAYS[way](job, signal.SIGTSTP)
        scripts = [found for found in job.alive() if found.cmdline()[-1] == "train.py"]
        wait_until(lambda: all(found.status() == psutil.STATUS_STOPPED for found in scripts))
        WAYS[way](job, signal.SIGCONT)
        job.wait_for("got")
        job.go()

    alone, recorded = both(tmp_path, notes("CONT"), act=act)
    assert recorded == alone
    assert alone.out == b"['SIGCONT']\n"


IGNORES = "import signal\nfor name in ('SIGINT', 'SIGTERM'): signal.signal(getattr(signal, name), signal.SIG_IGN)\n"


def test_one_that_ignores_goes_on(tmp_path: Path) -> None:
    """A script that ignores a signal goes on to its end, however long that takes: only a second signal limits it."""

    def act(job: Job) -> None:
        job.wait_for("ready")
        job.tell(signal.SIGTERM)
        job.go()

    alone, recorded = both(tmp_path, IGNORES + notes("USR1"), act=act)
    assert recorded == alone
    assert (alone.out, alone.code) == (b"[]\n", 0)


FROM_ITSELF = """
import os, signal, time
got = []
signal.signal(signal.SIGTERM, lambda number, _: got.append(number))
os.killpg(0, signal.SIGTERM)
if not os.fork():
    os.killpg(0, signal.SIGTERM)
    os._exit(0)
os.wait()
time.sleep(0.3)
print("goes on", len(got))
"""


def test_what_the_run_sends_to_its_group(tmp_path: Path) -> None:
    """A script that signals its own group, to end its helpers, does not stop seedblock with them."""
    alone, recorded = both(tmp_path, FROM_ITSELF)
    assert recorded == alone
    assert (alone.out, alone.code) == (b"goes on 2\n", 0)


def test_a_shell_gets_it_alone(tmp_path: Path) -> None:
    """`kill` of a shell script reaches the shell and not its child, as it does alone: the shell waits for it."""
    code = "trap 'echo trapped' TERM; echo yes > ready; (while [ ! -e go ]; do sleep 0.05; done; sleep 0.5; echo child); echo over"

    def act(job: Job) -> None:
        job.wait_for("ready")
        job.tell(signal.SIGTERM)
        job.go()

    alone, recorded = both(tmp_path, "", words=["bash", "-c", code], act=act)
    assert recorded == alone
    assert alone.out == b"child\ntrapped\nover\n"


# seedblock ends, even if the script will not.
STUBBORN = """
import os, signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, lambda *_: open("again", "a").write("x"))
open("ready", "w").write("yes")
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_third_signal_ends_the_stubborn(number: int, tmp_path: Path) -> None:
    """The first signal is the script's, the second limits its time, the third kills it."""
    from tests.support.alone import RECORD, outcome

    def act(job: Job) -> None:
        job.wait_for("ready")
        for count in (1, 2):
            job.tell(number)
            wait_until(lambda count=count: len(job.wait_for("again")) == count)
        job.tell(number)

    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text(STUBBORN)
    import sys

    found = outcome(folder, [sys.executable, *RECORD, "train.py"], act=act)
    assert (found.code, found.left) == (-signal.SIGKILL, [])
