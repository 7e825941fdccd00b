def epoch(workers):
    data = SeededIterable(range(20), seed=1, batch_size=4, transform=lambda number: number + torch.rand(()))
    loader = data.loader(num_workers=workers, pin_memory=device == "cuda")
    return [batch.to(device, non_blocking=True).tolist() for batch in loader]


torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
assert epoch(0) == epoch(2)
assert torch.rand(5, device=device).tolist() == expected, "the device's stream does not move"
