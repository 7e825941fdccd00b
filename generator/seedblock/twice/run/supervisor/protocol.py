"""What seedblock and the supervisor of a run say to each other over a socket. Data only.

To the supervisor go single bytes: below 65 the number of a signal that has reached seedblock, written by Python's own C handler;
the others are below. Back come lines of words: a name and whole numbers.
"""

from typing import NamedTuple

STOP = 200  # end the run: by SIGTERM, later by SIGKILL
FINISH_WRITING = 201  # the same, once it writes no file
SHOWN = 202  # everything that was kept has been shown
NOBODY_READS = (210, 211)  # standard output, standard error: its reader is gone

STARTED = "started"  # PID
FAILED = "failed"  # ERRNO: the command could not be started
OUT = "out"  # 0 or 1 (the stream), BYTES: so much more is in the file
LOST = "lost"  # ERRNO: the file cannot be written any more; SHOWN is waited for, and then what comes is shown directly
SIGNAL = "signal"  # NUMBER: a signal for the run, which has it now
OWN = "own"  # NUMBER: a signal that the run has sent itself: none of ours
STOPPED = "stopped"  # the command has been stopped, by SIGTSTP or the like
LEFT = "left"  # PID ...: still running when the command ended by itself, or services
UNENDED = "unended"  # PID ...: could not be ended
OVER = "over"  # CODE, as subprocess has it: the run is over, and all that it has printed is in the file

PATIENCE_S = 10.0  # to end after a request, so that a checkpoint can be completed
KILL_S = 2.0  # to end after SIGKILL
LAST_S = 2 * (PATIENCE_S + KILL_S)  # by then a run has ended that was asked to
STARTING = (
    "import sys; sys.path[:] = {path!r}; from seedblock.twice.run.supervisor.main import main; main(int(sys.argv[1]))"
)


class Message(NamedTuple):
    """What the supervisor says: one of the names above, with its numbers."""

    name: str
    numbers: tuple[int, ...] = ()
