warnings.filterwarnings("ignore", "epoch 0 of 'train' again")  # it is meant: the module warns of a second loader


def noisy(shard):
    return [number + torch.rand(()) for number in shard]


def epoch(workers):
    shards = [range(9), range(11), range(3)]
    data = SeededShards(shards, noisy, seed=1, name="train", batch_size=4)
    data.set_epoch(0)
    options = {"num_workers": workers, "pin_memory": device == "cuda"}
    return [batch.to(device, non_blocking=True).tolist() for batch in ShardLoader(data, **options)]


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
