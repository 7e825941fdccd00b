"""Shared by the checks. Each check runs below a snippet, in a process with random streams and flags."""

import os
import random
import traceback
import types
import warnings

import numpy as np
import torch
import torch.distributed

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
warnings.filterwarnings("ignore", "The argument 'device' of Tensor")  # older torch's own DataLoader, with pin_memory
warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker


def draw():
    """Draw a little from each stream: an odd number of normals, so that each generator caches one."""
    return [
        (random.getrandbits(64), random.gauss(0, 1)),
        np.random.bytes(8) + np.random.standard_normal(3).tobytes(),
        torch.randint(2**60, (4,)).numpy().tobytes() + torch.randn(3).numpy().tobytes(),
    ]


def states():
    return [random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()]


def all_differ(first, second):
    return all(a != b for a, b in zip(first, second, strict=True))


def raises(kind, text, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        assert text in str(error), error
        # Ends DataLoaders that these frames hold: in a garbage collection each worker would take 5 s to end.
        traceback.clear_frames(error.__traceback__)
        return True
    return False


def warned(function):
    """Return the texts of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker
        function()
    return [str(warning.message) for warning in caught]


def from_the_start():
    """Set all clocks back, as a script that is run anew; the streams stay."""
    with seed_scope(0):
        seed_everything(0, deterministic=False)


def anew():
    """As in a new process: no epoch of any stream has been dealt out."""
    _CLOCKS.clear(), _BEGUN.clear()


def refuses_what_is_no_seed(function):
    for seed in (True, np.bool_(True), 1.0, np.float64(1), "1", None, [1], torch.tensor(1)):
        assert raises(TypeError, f"seed must be an integer, got {seed!r}", function, seed), seed
    for seed in (-1, 2**32, -(2**40), np.int64(-1), np.uint64(2**63)):
        assert raises(ValueError, f"seed must be in [0, 2**32 - 1], got {seed!r}", function, seed), seed


def no_two_streams_mirror_each_other():
    n = 20_000
    bits = [
        np.array([random.getrandbits(1) for _ in range(n)]),
        np.random.randint(0, 2, n),
        torch.randint(0, 2, (n,)).numpy(),
    ]
    # Chance gives 1/2 with a standard deviation of 0.0035.
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert 0.47 < np.mean(bits[first] == bits[second]) < 0.53


def stand_ins():
    """Replace torch's devices by stand-ins, and return the list of calls to them."""
    calls = []
    for name in ("cuda", "xpu", "mps"):
        module = getattr(torch, name)
        suffix = "" if name == "mps" else "_all"
        state = torch.tensor([len(name)], dtype=torch.uint8)
        found = state if name == "mps" else [state, state + 1]
        setattr(module, "is_initialized", lambda: True)
        setattr(module, "init", lambda name=name: calls.append((name, "init", None)))
        setattr(module, f"get_rng_state{suffix}", lambda found=found: found)
        for verb in ("manual_seed", "set_rng_state"):
            setattr(
                module,
                f"{verb}{suffix}",
                lambda value, verb=verb, name=name: calls.append((name, verb, value)),
            )
    torch.backends.mps.is_available = lambda: True
    torch.cuda.device_count = torch.xpu.device_count = lambda: 2
    return calls


def plain(value):
    """Tensors as lists, so that calls can be compared."""
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [plain(part) for part in value] if isinstance(value, (list, tuple, types.GeneratorType)) else value


def needs_one_rank(make):
    """What each block with data promises of several ranks."""
    text = "ranks need seeding.py: `seedblock add`"
    os.environ["WORLD_SIZE"] = "2"
    assert raises(TypeError, text, make)
    os.environ["WORLD_SIZE"] = "1"
    make()
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    assert raises(TypeError, text, make)
    torch.distributed.is_available = lambda: False
    make()


def told_of():
    """What a library asks for: the number of this worker and of all, if it is one."""
    worker = torch.utils.data.get_worker_info()
    return worker and (worker.id, worker.num_workers)


def streams_are_kept_apart(own_streams, a_dataset, a_stream, in_worker=True):
    """What this function promises, in the module and in each block. In the second of two workers, a dataset and a stream
    are told of the worker that is given: a stream of none, as its order may depend on that.

    in_worker: whether a worker gets its streams back too, which nobody else draws from.
    """
    before, threads, worker = states(), torch.get_num_threads(), torch.utils.data._utils.worker
    for dataset, told in (
        (None, None),
        (torch.utils.data.Dataset, a_dataset),
        (torch.utils.data.ChainDataset, a_stream),
    ):
        info = dataset and types.SimpleNamespace(id=1, num_workers=2, dataset=dataset.__new__(dataset))
        worker._worker_info = info
        with own_streams(1, 2, 3):
            assert torch.get_num_threads() == 1
            assert told_of() == told
            first = draw()
            with own_streams(1):  # a dataset may hold another one: a block inside a block
                draw()
            second = draw()
        with own_streams(1, 2, 3):
            assert [draw(), draw()] == [first, second]
        with own_streams(1, 2, 4):
            assert all_differ(draw(), first)
            no_two_streams_mirror_each_other()
        if in_worker or info is None:
            assert states() == before
            assert torch.get_num_threads() == threads
        assert torch.utils.data.get_worker_info() is info
    worker._worker_info = None
    torch.set_num_threads(threads)
