# The top of the script, above other imports: from here the script starts once more.
import os
import subprocess
import sys
import warnings

hash_seed = "2020"  # in [0, 2**32 - 1]; 0 turns hash randomisation off

# Python reads PYTHONHASHSEED when it starts; -X marks the process that started with it.
if sys._xoptions.get("hash_seed") != hash_seed:
    can_restart = (
        __name__ == "__main__"  # not imported: spawned children inherit the variable
        and os.name == "posix"  # on Windows the shell would not wait for the script
        and not sys.flags.ignore_environment  # -E or -I
        and not hasattr(sys, "ps1")  # a notebook or a prompt would lose its session
        and sys.gettrace() is None  # a debugger would lose its process
        and {"pytest", "_pydevd_bundle"}.isdisjoint(sys.modules)
        and (sys.argv[0] == "-c" or os.path.isfile(sys.argv[0]))  # not read from a pipe
    )
    if can_restart:
        os.environ["PYTHONHASHSEED"] = hash_seed
        mark = ["-X", f"hash_seed={hash_seed}"]
        os.execv(sys.executable, [sys.executable, *mark, *sys.orig_argv[1:]])
    fixed = subprocess.check_output(
        [sys.executable, "-c", "print(hash('hash_seed'))"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    if int(fixed) != hash("hash_seed"):
        warnings.warn(
            "hash() and the order of sets are random in this process, or of another seed: "
            f"start Python with PYTHONHASHSEED={hash_seed}, and without -E or -I"
        )
