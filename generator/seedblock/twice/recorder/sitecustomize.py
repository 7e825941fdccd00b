"""Python imports this by itself at its start, as its folder is on PYTHONPATH: it lets the recorder in, and steps aside."""

import os
import sys

sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]
shadow = sys.modules.pop(__name__)
try:  # the environment's own, which this one has shadowed
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
except ImportError:
    sys.modules[__name__] = shadow

sys.path.append(os.path.dirname(__file__))
import seedblock_record  # type: ignore[import-not-found]

sys.path.pop()
seedblock_record.start()
