"""Python imports this at startup because its folder is on PYTHONPATH. It starts the recorder and then gets out of the way.

What the recorder needs of the standard library comes from there alone, and Python forgets that it was imported: a `zlib.py`
beside the script is then found as without us. The environment's own sitecustomize runs after it; whatever that raises, also that
there is none, is raised as if there were no recorder.
"""

import os
import sys

_here, _library = os.path.dirname(__file__), os.path.dirname(os.__file__)
_path = [path for path in sys.path if path != _here]
_modules, _folders = set(sys.modules), set(sys.path_importer_cache) - {_here}
del sys.modules[__name__]
try:
    _compiled = [path for path in _path if os.path.basename(path) in ("lib-dynload", "DLLs")]
    sys.path[:] = [_here, _library, *_compiled]
    import seedblock_record

    seedblock_record.start()
except Exception:  # noqa: BLE001, S110 - whatever is wrong with the recorder, the script must still run
    pass
finally:
    sys.path[:] = _path
    for _name in set(sys.modules) - _modules:
        if not _name.startswith("seedblock_") and _name not in sys.builtin_module_names:
            del sys.modules[_name]
    for _name in set(sys.path_importer_cache) - _folders:
        del sys.path_importer_cache[_name]

import sitecustomize  # noqa: F401
