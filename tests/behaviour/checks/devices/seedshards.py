def noisy(shard):
    return [number + torch.rand(()) for number in shard]


def epoch(workers):
    shards = [range(9), range(11), range(3)]
    data = SeededShards(shards, noisy, seed=1, batch_size=4)
    options = {"num_workers": workers, "pin_memory": device == "cuda"}
    return [batch.to(device, non_blocking=True).tolist() for batch in ShardLoader(data, **options)]


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
