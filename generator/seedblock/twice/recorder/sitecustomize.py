"""Python imports this at startup because its folder is on PYTHONPATH. It starts the recorder and then gets out of the way.

The environment's own sitecustomize runs after it, and whatever that raises is raised as if there were no recorder.
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
except Exception:  # noqa: BLE001 - whatever is wrong with the recorder, the script must still run
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]
try:  # the environment's own, which this one has shadowed
    import sitecustomize  # noqa: F401
except ImportError as error:
    if error.name != __name__:
        raise
    sys.modules[__name__] = _own
