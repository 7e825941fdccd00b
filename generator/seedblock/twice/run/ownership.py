"""Whether somebody else could have put a program where it was found. The model is git's safe.directory."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_LINKS = 40  # as many as the system follows


def objection(program: Path, root: Path) -> str | None:
    """Say who else than the user and root could have put `program` there, or None.

    Every folder from `root` down to it is looked at, and each link on the way with what it leads to.
    """
    if sys.platform == "win32":  # no such bits: who may write is in access control lists, which Python does not read
        return None
    for path in _on_the_way(program, root):
        if (why := _why_not(path.lstat())) is not None:
            return f"{str(path)!r} {why}"
    return None


def _on_the_way(program: Path, root: Path) -> Iterator[Path]:
    yield root
    path = root
    for part in program.relative_to(root).parts:
        path /= part
        yield path
        target = path
        for _ in range(MAX_LINKS):
            if not target.is_symlink():
                break
            leads = target.parent / target.readlink()
            target = leads.parent.resolve() / leads.name
            yield from (target.parent, target)


def _why_not(status: os.stat_result) -> str | None:
    if status.st_uid not in (os.geteuid(), 0):
        return f"belongs to user {status.st_uid}"
    if stat.S_ISLNK(status.st_mode):  # its mode says nothing
        return None
    # A sticky folder is no better: it keeps others from removing files, and not from making them.
    if status.st_mode & stat.S_IWOTH:
        return "can be written by everybody"
    if status.st_mode & stat.S_IWGRP and not any(_is_private(status.st_gid, user) for user in (os.geteuid(), 0)):
        return f"can be written by group {status.st_gid}"
    return None


def _is_private(group: int, user: int) -> bool:
    """Tell whether a group is the user's own, as many systems make one for each user: then umask is 002."""
    import grp
    import pwd

    try:
        owner, found = pwd.getpwuid(user), grp.getgrgid(group)
    except KeyError:
        return False
    # By name, as PAM does it: who else has it as the first group cannot be listed where users come from a network.
    return owner.pw_gid == group and found.gr_name == owner.pw_name and set(found.gr_mem) <= {owner.pw_name}
