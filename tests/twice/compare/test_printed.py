"""What two runs print: equal but for what may vary, or not."""

import pytest

from seedblock.twice.compare.printed import compare_printed

VARY = [
    ("took 1.23 s", "took 4.5 s"), ("loss 0.51 (12.1 it/s)", "loss 0.51 (13 it/s)"), ("SPS: 1200", "SPS: 1300"),
    ("{'train_runtime': 1.2, 'train_loss': 0.3}", "{'train_runtime': 1.3, 'train_loss': 0.3}"),
    ("<object at 0x7f123456>", "<object at 0x7f99aaaa>"), ("saved /tmp/ab/c.pt", "saved /tmp/xz/c.pt"),
    ("2026-01-01 10:00:01,123 INFO x", "2026-01-01 10:00:02,999 INFO x"), ("1700000000.12", "1700000001.5"),
    ("iter 0: loss 4.1, time 812.39ms, mfu -100.00%", "iter 0: loss 4.1, time 912.39ms, mfu 1.00%"),
    ("100%|###| 10/10 [00:01<00:00, 8.1it/s, loss=0.3]", "100%|###| 10/10 [00:02<00:00, 9.1it/s, loss=0.3]"),
    ("1%|\r50%| 3it/s\rdone", "2%|\r70%| 4it/s\rdone"), ("\x1b[1mtime: 3\x1b[0m", "\x1b[1mtime: 4\x1b[0m"),
    ("| lr 20.00 | ms/batch 82.41 | loss 5.7", "| lr 20.00 | ms/batch 5.1 | loss 5.7"), ("samples/s: 81", "samples/s: 9"),
    ("{'train_runtime': '4.428', 'train_loss': '0.3'}", "{'train_runtime': '3.9', 'train_loss': '0.3'}"),
    ("7/7 0:00:03 • 0:00:00 2.08it/s v_num: 0.000", "7/7 0:00:02 • 0:00:00 3.1it/s v_num: 1.000"),
    ("100%|##| 10/10 [00:01<00:00,  9.99it/s]", "100%|##| 10/10 [00:01<00:00, 10.78it/s]"),
    ("Time  8.905 ( 8.905)\tData  0.352 ( 0.352)\tLoss 6.9", "Time  9.1 ( 8.5)\tData  0.4 ( 0.2)\tLoss 6.9"),
    ("Loss: 1.2 (1.3)  Time: 0.354s,   22.57/s  (0.354s,   22.57/s)  LR: 1.0e-05  Data: 0.096 (0.096)",
     "Loss: 1.2 (1.3)  Time: 0.361s,   21.05/s  (0.371s,   20.00/s)  LR: 1.0e-05  Data: 0.1 (0.1)"),
    ("Mon Nov 24 02:04:02 2026", "Tue Nov 25 03:04:02 2026"), ("C:\\Users\\a\\x.pt", "C:\\Users\\b\\x.pt"),
]  # fmt: skip
COUNT = [
    ("loss 0.5", "loss 0.6"), ("step 10: 5", "step 11: 5"), ("beta 0.5", "beta 0.4"), ("timestep 5", "timestep 6"),
    ("loss 0.5 min 0.1", "loss 0.6 min 0.1"), ("0.5 loss/step", "0.6 loss/step"), ("members 5", "members 6"), ("a", "a\nb"),
    ("acc 0.5 (3 s)", "acc 0.6 (3 s)"), ("accuracy: 91.2%", "accuracy: 91.3%"), ("epoch 1: 0.25", "epoch 1: 0.26"),
    ("Time 1 (1) Loss 0.5 (0.5)", "Time 1 (1) Loss 0.5 (0.6)"), ("Data 0.5 (0.5)", "Data 0.5 (0.6)"),
    ("{'train_runtime': '4', 'train_loss': '0.3'}", "{'train_runtime': '4', 'train_loss': '0.4'}"),
    ("loss/batch 0.5", "loss/batch 0.6"), ("loss/sample 0.5", "loss/sample 0.6"), ("| lr 20.00 | ms/batch 82", "| lr 21.00 | ms/batch 82"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), VARY)
def test_set_aside(one: str, two: str) -> None:
    """Times, speeds, dates, paths and addresses are set aside, and the line is named."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode())
    assert (found.first, found.lines) == (None, 2)
    assert found.set_aside in ((2,), ())  # () where a bar has overwritten itself


@pytest.mark.parametrize(("one", "two"), COUNT)
def test_counts(one: str, two: str) -> None:
    """Every other number counts, with its line and both texts."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode())
    assert found.first is not None
    assert found.first[0] == 2 + (one == "a")


@pytest.mark.parametrize(
    ("one", "two", "lines"),
    [
        ("41\tloss 0.5", "52\tloss 0.5", 1), ("41 41.5 3s", "52 41.5 4s", 1), ("epoch 41, 3 s", "epoch 41, 4 s", 1),
        ("41\tloss 0.5", "53\tloss 0.5", 0), ("loss 41.5", "loss 52.5", 0), ("x41", "x52", 0),
    ],
)  # fmt: skip
def test_process_numbers(one: str, two: str, lines: int) -> None:
    """The number of a run's own process is set aside, and no other number, nor a part of one."""
    assert compare_printed(one.encode(), two.encode(), ({"41"}, {"52"})).lines == lines


def test_order() -> None:
    """The same lines in another order are told as that."""
    assert compare_printed(b"a\nb\n", b"b\na\n").reordered
    assert not compare_printed(b"a\nb\n", b"b\nc\n").reordered


def test_any_bytes() -> None:
    """What is no text, and a line of megabytes, is compared too."""
    assert compare_printed(bytes(range(256)), bytes(range(256))).first is None
    assert compare_printed(b"x" * 10**7 + b"1", b"x" * 10**7 + b"2").first is not None
