torch.manual_seed(1)
expected = torch.rand(5, device=device).tolist()
torch.manual_seed(1)
streams = [
    torch_stream(seed, name, device) for seed, name in ((5, "noise"), (5, "noise"), (5, "dropout"), (6, "noise"))
]
first, again, *others = (torch.rand(100, device=device, generator=stream).tolist() for stream in streams)
assert streams[0].device.type == device
assert first == again
assert first not in others and others[0] != others[1]
assert torch.rand(5, device=device).tolist() == expected, "the device's own stream does not move"
