refuses_what_is_no_seed(lambda seed: _stream_seed(seed, "name"))
before = states()
streams = {
    python_stream: lambda stream: stream.randbytes(16),
    numpy_stream: lambda stream: stream.bytes(16),
    torch_stream: lambda stream: torch.randint(256, (16,), generator=stream).numpy().tobytes(),
}
for make, take in streams.items():
    first = take(make(5, "shuffle"))
    for other in ((5, "split"), (6, "shuffle"), (5, ""), (5, "shuffle ")):
        assert take(make(*other)) != first, (make, other)
    assert take(make(np.uint32(5), "shuffle")) == first
    stream = make(5, "shuffle")
    take(make(5, "a stream more"))
    assert take(stream) == first
    assert take(stream) != first
assert states() == before, "the global streams are neither read nor moved"

# Recorded: the derivation is part of what users rely on.
assert _stream_seed(2020, "shuffle") == 0x5759D073E669724D
assert _stream_seed(0, "é") == 0x5D77C4941D09C167
assert torch_stream(5, "x").device.type == "cpu"
assert torch_stream(5, "x", "cpu").initial_seed() == _stream_seed(5, "x") >= 2**32
low = torch.Generator().manual_seed(_stream_seed(5, "x") % 2**32)
assert torch.equal(torch.rand(9, generator=low), torch.rand(9, generator=torch_stream(5, "x"))), "the CPU keeps 32 bits"
assert isinstance(python_stream(5, "x"), random.Random)
assert isinstance(numpy_stream(5, "x"), np.random.Generator)
