import io

draw()
saved = rng_state()
before = states()
following = [draw(), draw()]
set_rng_state(saved)
assert states() == before, "every stream, with the normal that it keeps"
assert [draw(), draw()] == following

file = io.BytesIO()
torch.save({"rng": saved}, file)
for place in (None, "cpu", "meta", "cuda"):
    file.seek(0)
    set_rng_state(torch.load(file, map_location=place)["rng"])
    assert [draw(), draw()] == following, place

calls = stand_ins()
state = rng_state()
assert state["torch"]["cuda"] == [b"\x04", b"\x05"]
assert state["torch"]["xpu"] == [b"\x03", b"\x04"]
assert state["torch"]["mps"] == [b"\x03"]
set_rng_state(state)
assert [(name, verb, plain(value)) for name, verb, value in calls] == [
    ("cuda", "init", None),
    ("xpu", "init", None),
    ("cuda", "set_rng_state", [[4], [5]]),
    ("xpu", "set_rng_state", [[3], [4]]),
    ("mps", "set_rng_state", [3]),
]
before = states()
torch.cuda.device_count = lambda: 1
assert raises(RuntimeError, "the state is of more cuda devices than are here", set_rng_state, state)
torch.cuda.device_count, torch.xpu.device_count = lambda: 2, lambda: 0
assert raises(RuntimeError, "the state is of more xpu devices than are here", set_rng_state, state)
torch.xpu.device_count, torch.backends.mps.is_available = lambda: 2, lambda: False
assert raises(RuntimeError, "the state is of more mps devices than are here", set_rng_state, state)
assert states() == before, "refused before any stream is set"
