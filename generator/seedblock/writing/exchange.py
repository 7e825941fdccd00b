"""Exchanging what is at two paths in one step, where the system can."""

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2
# The kernel, the file system or a sandbox may lack the call.
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


def exchange(one: Path, two: Path) -> bool:
    """Exchange two paths of one file system; links are not followed. False if the system cannot: nothing has changed then.

    Raises OSError.
    """
    if sys.platform == "win32":
        return False
    try:
        import ctypes

        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            failed = system.renamex_np(os.fsencode(one), os.fsencode(two), _RENAME_SWAP)
        else:
            failed = system.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(two), _RENAME_EXCHANGE)
    except (ImportError, OSError, AttributeError):  # a Python without ctypes, or a C library without the call
        return False
    if failed and (number := ctypes.get_errno()) not in _CANNOT:
        raise OSError(number, os.strerror(number), str(one), None, str(two))
    return not failed
