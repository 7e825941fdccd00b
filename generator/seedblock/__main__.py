"""`python -m seedblock` is the same command as `seedblock`."""

from seedblock.start import run

run()
