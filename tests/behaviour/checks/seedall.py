import os

from torch.utils._python_dispatch import TorchDispatchMode

refuses_what_is_no_seed(seed_everything)
assert random.getstate() == before_the_block, "defining the function seeds nothing"

# Found in the worst state: everything that the function turns on is off, and the other way round.
os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
torch.utils.deterministic.fill_uninitialized_memory = True


def flags():
    return (
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
        os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
    )


assert flags() == (True, False, False, False, True, None)

assert seed_everything(5, deterministic=False) == 5
first = draw()
assert flags() == (True, False, False, False, True, None), "seeds only: every flag as it was"

assert raises(UserWarning, "cudnn.benchmark was on", seed_everything, 5)
torch.backends.cudnn.benchmark = False
assert seed_everything(5) == 5
assert draw() == first
assert flags() == (False, True, True, False, True, ":4096:8"), "torch's own filling of new memory is left on"
assert raises(RuntimeError, "deterministic", torch.zeros(2).put_, torch.tensor([0]), torch.ones(1))


class Called(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        called.append((str(function), [(arg.device.type, arg.dtype) for arg in args if isinstance(arg, torch.Tensor)]))
        return function(*args, **(kwargs or {}))


called = []
torch.set_default_dtype(torch.bfloat16)  # MKL has no bfloat16
with torch.device("meta"), Called():
    seed_everything(5)
torch.set_default_dtype(torch.float32)
assert ("aten.sin.default", [("cpu", torch.float32)]) in called, "MKL has been called, before there are threads"

draw()
returned = seed_everything(np.int64(5))
assert type(returned) is int
assert draw() == first
seed_everything(6)
assert all_differ(draw(), first)
seed_everything(2**32 - 1)
no_two_streams_mirror_each_other()
assert not torch.cuda.is_initialized()

os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":16:8"
torch.backends.cudnn.benchmark = True
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    seed_everything(5)
assert [warning.filename for warning in caught] == ["check.py"], "the warning points to the caller"
assert flags() == (False, True, True, False, True, ":16:8"), "benchmark off again, the user's own setting kept"

# torch 2.9 with CUDA in use, as far as the function looks.
torch.__version__ = torch.torch_version.TorchVersion("2.9.1")
torch.cuda.is_initialized = lambda: True
seed_everything(5)
del os.environ["CUBLAS_WORKSPACE_CONFIG"]
before = states()
assert raises(RuntimeError, "too late for cuBLAS", seed_everything, 5)
assert states() == before, "refused before anything is seeded"
torch.cuda.is_initialized = lambda: False
seed_everything(5)
assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
del os.environ["CUBLAS_WORKSPACE_CONFIG"]
torch.cuda.is_initialized = lambda: True
for version in ("2.10.0.dev20250901", "2.10.0a0+git0123456", "2.10.0"):
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    torch.__version__ = torch.torch_version.TorchVersion(version)
    seed_everything(5)
