def numbers():
    return torch.rand(5, device=device).tolist() + torch.randn(3, device=device).tolist()


numbers()  # the device is in use from here
torch.manual_seed(1)
outside = numbers(), numbers(), numbers()
torch.manual_seed(1)
assert numbers() == outside[0]
with seed_scope(5):
    inside = numbers()
assert numbers() == outside[1]
try:
    with seed_scope(5):
        assert numbers() == inside != outside[1]
        raise KeyError
except KeyError:
    assert numbers() == outside[2]
