import os

import torch.distributed

derived = {rank_seed(seed, rank) for seed in range(100) for rank in range(100)}
assert len(derived) == 10_000, "no two are equal"
assert all(0 <= seed < 2**32 for seed in derived)
assert rank_seed(0, 1) != rank_seed(1, 0)
assert rank_seed(11, 1) != rank_seed(1, 11)
assert rank_seed(2020, 1) == rank_seed(np.int64(2020), np.int64(1)) == 2099584895, "recorded"
for wrong in ((1.0, 0), ("1", 0), (0, 1.0), (None, 0)):
    assert raises((TypeError, ValueError), "", rank_seed, *wrong), wrong

os.environ.pop("RANK", None), os.environ.pop("WORLD_SIZE", None)
assert _rank_and_world_size() == (0, 1)
os.environ.update(RANK="1", WORLD_SIZE="3")
assert _rank_and_world_size() == (1, 3)
assert rank_seed(5) == rank_seed(5, 1)

torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
assert _rank_and_world_size() == (0, 1), "the process group knows better than the environment"
torch.distributed.destroy_process_group()
