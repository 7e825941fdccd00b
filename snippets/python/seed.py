import os
import random

import numpy as np
import torch

# Run this before the model and the data are built: what was drawn earlier stays.
seed_value = 2020  # in [0, 2**32 - 1]: NumPy and PYTHONHASHSEED take no other

random.seed(seed_value)
np.random.seed(seed_value)  # the global stream only: default_rng() has its own seed
# Python reads this only when it starts: hash() and set order stay as random as they are
# in this process and its forks; processes started from here (spawn, subprocess) obey.
os.environ["PYTHONHASHSEED"] = str(seed_value)

torch.manual_seed(seed_value)  # the CPU and every GPU: the next two lines spell it out
torch.cuda.manual_seed(seed_value)  # the current GPU
torch.cuda.manual_seed_all(seed_value)  # every GPU

# cuDNN alone, perhaps slower: other operations on a GPU may still vary.
torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False  # True picks algorithms by timing them
