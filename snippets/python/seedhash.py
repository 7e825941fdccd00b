# Put this at the top of the script: it starts the script again, with PYTHONHASHSEED set.
import os
import subprocess
import sys
import warnings

hash_seed = "2020"  # in [0, 2**32 - 1]; 0 turns hash randomisation off

# This fixes hash() and the order of sets for strings, bytes and what is made of them.
# Other objects (parameters, functions, before Python 3.12 None) hash by their address.
# Python reads the variable when it starts: -X marks a process that started with it.
started_with_it = os.environ.get("PYTHONHASHSEED") == hash_seed and (
    sys._xoptions.get("hash_seed") == hash_seed or __name__ == "__mp_main__"
)
if not started_with_it:
    python = "" if hasattr(sys, "frozen") else sys.executable  # PyInstaller has none
    caller = sys._getframe().f_back
    while caller and caller.f_globals.get("__name__") == "runpy":  # python -m
        caller = caller.f_back
    if (
        python
        and caller is None  # not imported, nor run by a notebook, pytest, a debugger
        and not hasattr(sys, "ps1")  # a prompt would lose its session
        and (sys.argv[0] == "-c" or os.path.isfile(sys.argv[0]))  # not read from a pipe
        and not sys.flags.ignore_environment  # -E or -I
        and os.name == "posix"  # on Windows the shell would not wait for the script
        and "hash_seed" not in sys._xoptions  # started again already
    ):
        os.environ["PYTHONHASHSEED"] = hash_seed
        mark = f"hash_seed={hash_seed}"
        os.execv(python, [python, "-X", mark, *sys.orig_argv[1:]])
    # The variable may have been set since: compare with a Python that starts with it.
    compare = [python, "-S", "-c", "print(hash('hash_seed'))"]
    if (
        not python
        or os.environ.get("PYTHONHASHSEED") != hash_seed
        or int(subprocess.check_output(compare)) != hash("hash_seed")
    ):
        warnings.warn(
            "hash() and the order of sets are random, or of another seed: "
            f"start Python with PYTHONHASHSEED={hash_seed}, and without -E or -I"
        )
