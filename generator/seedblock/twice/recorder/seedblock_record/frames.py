"""Functions of the recorder that stand between the script and a library, without being seen there."""

from __future__ import annotations

from typing import Any

# Python's warnings pass over frames whose file is named like this, its own import system, when they count `stacklevel`;
# torch.compile passes over them too.
NAME = "<frozen importlib._bootstrap> seedblock_record"


def unseen(function: Any) -> Any:
    """Let what a library warns of be told of the script's line, as without the recorder, and filters by module fit."""
    function.__code__ = function.__code__.replace(co_filename=NAME)
    return function
