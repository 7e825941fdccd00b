"""Python imports this by itself at its start, as its folder is on PYTHONPATH: it lets the recorder in, and steps aside.

What the environment has under this name comes after the recorder, with all that it may raise, as it would alone.
"""

import os
import sys

sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]
_own = sys.modules.pop(__name__)
sys.path.append(os.path.dirname(__file__))
try:
    import seedblock_record

    sys.path.pop()
    seedblock_record.start()
except Exception:  # noqa: BLE001 - whatever is wrong with the recorder, the script goes on as if alone
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]
try:  # the environment's own, which this one has shadowed
    import sitecustomize  # noqa: F401
except ImportError as error:
    if error.name != __name__:
        raise
    sys.modules[__name__] = _own
