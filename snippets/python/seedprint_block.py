# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import hashlib
import random as python_random  # leaves `random` to your own imports
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def _torch_states() -> dict[str, list[torch.Tensor]]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    return {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}


def fingerprint(*objects: object) -> str:
    """Digest any nest of tensors, arrays, dicts, lists, numbers, strings and bytes.

    Two runs that print the same have the same bits, dtypes, shapes and order; devices
    do not count. Without arguments: a digest of the state of every random stream.
    """
    if not objects:
        objects = python_random.getstate(), np.random.get_state(), _torch_states()
    digest = hashlib.sha256()
    _add_bits(digest, objects)
    return digest.hexdigest()[:16]


def _add_bits(digest: Any, item: object) -> None:
    if isinstance(item, Mapping):
        digest.update(f"dict {len(item)} ".encode())
        for pair in item.items():
            _add_bits(digest, pair)
    elif isinstance(item, (list, tuple)):
        digest.update(f"list {len(item)} ".encode())
        for part in item:
            _add_bits(digest, part)
    elif isinstance(item, torch.Tensor) and not item.is_quantized:
        digest.update(f"{item.dtype} {list(item.shape)} ".encode())
        plain = item.detach().cpu().resolve_conj().resolve_neg().contiguous()
        digest.update(plain.flatten().view(torch.uint8).numpy().data)
    elif isinstance(item, (np.ndarray, np.generic)):
        # Objects and texts are pointers; structures and longdouble have padding.
        if isinstance(item, np.ma.MaskedArray) or item.dtype.char in "OTVgG":
            raise TypeError(f"cannot digest {type(item)} of {item.dtype!r}")
        digest.update(f"{item.dtype.str} {item.shape} ".encode())
        digest.update(np.ascontiguousarray(item).reshape(-1).view(np.uint8).data)
    elif isinstance(item, (float, complex)):  # repr would lose the bits of a NaN
        _add_bits(digest, np.array(item))
    elif type(item) in (bool, int, str, bytes, type(None)):
        text = repr(item).encode()  # of a subclass it could be anything
        digest.update(f"{len(text)} ".encode() + text)
    else:
        raise TypeError(f"cannot digest {type(item)}; a module has a state_dict()")


# print(fingerprint(model.state_dict()))
