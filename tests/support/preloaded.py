"""The fork server imports this once, before it forks the cases."""

import gc

import numpy  # noqa: F401
import torch._inductor.config  # noqa: F401 - imports what an optimizer would import, which takes 0.7 s

import tests.support.probe  # noqa: F401

gc.freeze()  # keeps torch's objects out of the cases' garbage collection, and out of the recorder's search for modules
