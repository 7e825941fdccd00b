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
    ("cuda", "set_rng_state", [[4], [5]]),
    ("xpu", "set_rng_state", [[3], [4]]),
    ("mps", "set_rng_state", [3]),
]
torch.cuda.device_count = lambda: 1
before = states()
assert raises(RuntimeError, "more GPUs than there are here", set_rng_state, state)
assert states() == before, "refused before any stream is set"
