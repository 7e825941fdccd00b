"""`python -m seedblock`: the same command as `seedblock`."""

from seedblock.cli import run

run()
