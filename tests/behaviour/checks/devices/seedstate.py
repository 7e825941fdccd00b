import io


def numbers():
    return draw(), torch.rand(5, device=device).tolist(), torch.randn(3, device=device).tolist()


numbers()
file = io.BytesIO()
torch.save(rng_state(), file)
reference = numbers()
for place in ("cpu", device):
    numbers()
    file.seek(0)
    set_rng_state(torch.load(file, map_location=place, weights_only=True))
    assert numbers() == reference
assert all_differ(numbers(), reference)
