from torch.utils.data import TensorDataset


def epoch(workers):
    options = {"collate_fn": noisy, "num_workers": workers, "pin_memory": device == "cuda"}
    loader = seeded_loader(TensorDataset(torch.arange(20.0)), seed=1, batch_size=4, **options)
    return [batch.to(device, non_blocking=True).tolist() for batch in loader]


def noisy(samples):
    return torch.stack([sample for (sample,) in samples]) + torch.rand(4)


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
