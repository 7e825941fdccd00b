warnings.filterwarnings("ignore", "epoch 0 of 'train' again")  # it is meant: the module warns of a second loader


def epoch(workers):
    noisy = {"transform": lambda number: number + torch.rand(())}
    data = SeededIterable(range(20), seed=1, name="train", batch_size=4, **noisy)
    data.set_epoch(0)
    loader = data.loader(num_workers=workers, pin_memory=device == "cuda")
    return [batch.to(device, non_blocking=True).tolist() for batch in loader]


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
