"""What several test files ask of the machine."""

import shutil

import pytest

each_device = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
compiler = pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler, which torch.compile needs")
