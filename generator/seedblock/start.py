"""Entry point of the command. Until its modules are imported, Ctrl-C ends it as it ends any program: without a traceback."""

# The module `signal` imports others first.
from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

if getsignal(SIGINT) is default_int_handler:
    signal(SIGINT, SIG_DFL)


def run() -> None:
    """Run the command."""
    from seedblock.cli import run as run_command

    run_command()
