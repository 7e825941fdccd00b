tensors = [
    torch.randn(3, 4).t(),
    torch.randn(5).to(torch.bfloat16),
    torch.randn(2, dtype=torch.complex64).conj(),
    torch.arange(7),
    torch.rand(4) > 0.5,
    torch.tensor(float("nan")),
]
assert fingerprint([tensor.to(device) for tensor in tensors]) == fingerprint(tensors)
changed = torch.zeros(1000, device=device)
before = fingerprint(changed)
changed[999] = -0.0
assert fingerprint(changed) != before
torch.rand(1, device=device)  # the device is in use from here
streams = fingerprint()
assert fingerprint() == streams
torch.rand(1, device=device)
assert fingerprint() != streams
