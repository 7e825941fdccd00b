"""`python -m seedblock` is the same command as `seedblock`."""

from seedblock.cli import run

run()
