import os
import random

import numpy as np
import torch

# Put this above everything that draws; in a function, above its first use of torch or np.
seed_value = 2020  # in [0, 2**32 - 1], as for NumPy and PYTHONHASHSEED

random.seed(seed_value)
np.random.seed(seed_value)  # the global stream only: default_rng() needs its own seed
# Too late for hash() and set order in this process: only those that it starts read it.
os.environ["PYTHONHASHSEED"] = str(seed_value)

torch.manual_seed(seed_value)  # the CPU and every GPU: the next two lines repeat it
torch.cuda.manual_seed(seed_value)  # the current GPU
torch.cuda.manual_seed_all(seed_value)  # every GPU

# cuDNN only, and perhaps slower. Other operations on a GPU may still vary.
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False  # True picks algorithms by timing them
