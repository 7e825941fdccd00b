import io
import os

draw()
saved = rng_state()
before = states()
following = [draw(), draw()]
set_rng_state(saved)
assert states() == before, "every stream, with the normal that it keeps"
with torch.device("meta"):  # whatever a script's default is
    set_rng_state(saved)
assert [draw(), draw()] == following

file = io.BytesIO()
torch.save({"rng": saved}, file)
for place in (None, "cpu", "meta", "cuda"):
    file.seek(0)
    set_rng_state(torch.load(file, map_location=place, weights_only=True)["rng"])
    assert [draw(), draw()] == following, place

for kind in (np.random.PCG64, np.random.Philox, np.random.SFC64, np.random.MT19937):
    np.random.set_bit_generator(kind(5))
    draw()
    file = io.BytesIO()
    torch.save(rng_state(), file)
    file.seek(0)
    following = [draw(), draw()]
    set_rng_state(torch.load(file, weights_only=True))
    assert [draw(), draw()] == following, kind
before = states()
refused = {**saved, "numpy": {**saved["numpy"], "bit_generator": "PCG64"}}
assert raises(ValueError, "MT19937", set_rng_state, refused)
assert states()[::2] == before[::2], "NumPy's refusal comes before the others are set"

os.environ["RANK"] = "1"  # as torchrun does
assert raises(RuntimeError, "this is rank 1, the state is of rank 0", set_rng_state, saved)
set_rng_state(rng_state())
torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
set_rng_state(saved)  # the process group has the last word
torch.distributed.destroy_process_group()
torch.distributed.is_available = lambda: False
assert raises(RuntimeError, "this is rank 1", set_rng_state, saved)
del os.environ["RANK"]

calls = stand_ins()
state = rng_state()
assert state["torch"]["cuda"] == [[4], [5]]
assert state["torch"]["xpu"] == [[3], [4]]
assert state["torch"]["mps"] == [[3]]
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
