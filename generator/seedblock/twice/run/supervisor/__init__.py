"""The parent of a run, in a process of its own. It needs only the standard library (and psutil where there is no /proc)."""
