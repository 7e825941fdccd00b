from torch.utils.data import TensorDataset

warnings.filterwarnings("ignore", "epoch 0 of 'train' again")  # it is meant: the module warns of a second loader


def epoch(workers):
    options = {"collate_fn": noisy, "num_workers": workers, "pin_memory": device == "cuda"}
    loader = seeded_loader(TensorDataset(torch.arange(20.0)), seed=1, name="train", batch_size=4, **options)
    loader.sampler.set_epoch(0)
    return [batch.to(device, non_blocking=True).tolist() for batch in loader]


def noisy(samples):
    return torch.stack([sample for (sample,) in samples]) + torch.rand(4)


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
