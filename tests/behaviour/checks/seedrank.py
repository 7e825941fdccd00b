import os
import sys

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
assert rank_and_world_size() == (0, 1)
os.environ.update(RANK="1", WORLD_SIZE="3")
assert rank_and_world_size() == (1, 3)
assert rank_seed(5) == rank_seed(5, 1)

torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
assert rank_and_world_size() == (0, 1), "the process group knows better than the environment"
torch.distributed.destroy_process_group()


class Keys:
    """As a SeededSampler is."""

    def __init__(self, count):
        self.count, self.epoch = count, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.count

    def __iter__(self):
        return iter([(self.epoch, index, 0) for index in range(self.count)])


for count in (0, 1, 2, 3, 12, 13):
    for world_size in (1, 2, 3, 4, 5):
        os.environ["WORLD_SIZE"] = str(world_size)
        shares = []
        for rank in range(world_size):
            os.environ["RANK"] = str(rank)
            sampler = RankSampler(Keys(count))
            sampler.set_epoch(7)
            shares.append(list(sampler))
            assert len(shares[-1]) == len(sampler), (count, world_size, rank)
        assert {key for share in shares for key in share} == {(7, index, 0) for index in range(count)}
        together = [key for share in shares for key in share]
        assert len(together) - len(set(together)) < world_size or count < world_size
for count, world_size in ((12, 1), (12, 3), (13, 2), (13, 5), (2, 5)):
    os.environ["WORLD_SIZE"] = str(world_size)
    for rank in range(world_size):
        os.environ["RANK"] = str(rank)
        sampler = RankSampler(Keys(count))
        whole = list(sampler)
        for steps in range(len(whole) + 1):
            sampler.set_epoch(0, start=steps)
            assert list(sampler) == whole[steps:], "resumed, it goes on as it would have"
            assert len(sampler) == len(whole[steps:])
        for start in (-1, len(whole) + 1):
            assert raises(ValueError, f"start must be in [0, {len(whole)}], got {start}", sampler.set_epoch, 0, start)

# The rank is asked for when it is needed: a process group may start later.
os.environ.update(RANK="0", WORLD_SIZE="1")
sampler = RankSampler(Keys(12))
assert len(sampler) == 12
os.environ.update(RANK="1", WORLD_SIZE="3")
assert len(sampler) == 4
assert [index for _, index, _ in sampler] == [1, 4, 7, 10]
assert isinstance(sampler, torch.utils.data.DistributedSampler), "Lightning leaves it alone"

state = types.SimpleNamespace(is_initialized=lambda: True)
for prepared in (False, True):
    state.is_initialized = lambda: prepared
    sys.modules["accelerate.state"] = state
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(sampler)
    said = ["accelerate deals out itself: leave RankSampler out"] * prepared
    assert [str(warning.message) for warning in caught] == said
