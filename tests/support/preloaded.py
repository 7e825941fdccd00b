"""What the fork server imports once, before it forks the cases."""

import gc

import numpy  # noqa: F401
import torch._inductor.config  # noqa: F401 - also what each optimizer imports, in 0.7 s

import tests.support.probe  # noqa: F401

gc.freeze()  # no case's garbage collector, and no recorder, has to look at all of torch
