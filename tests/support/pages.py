"""What pages are made of: plain runs and hostile ones."""

import math
from collections.abc import Mapping, Sequence

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.printed import Printed
from seedblock.twice.compare.result import Result
from seedblock.twice.compare.timeline import Span
from seedblock.twice.report.code import UserLines
from seedblock.twice.report.page import Shown
from seedblock.twice.verdict import (
    DIFFERS,
    IDENTICAL,
    IGNORED,
    NOT_SEEN,
    PRINTED,
    UNDECIDED,
    Coverage,
    Difference,
    Part,
    Verdict,
)

RUN = {
    "command": ["python", "train.py"],
    "variables": {},
    "python": "python",
    "began": "2026-01-01T00:00:00+00:00",
    "exit": 0,
}
SHOWN = Shown((RUN, RUN))
TIMELINE = {"loss": [(0, 4, "equal"), (5, 5, "not compared"), (6, 8, "differs")], "gradients": []}
LOSSES = [1 / (step + 1) for step in range(9)]

Line = tuple[int, str, str]

MARKUP = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'"
HOSTILE = f"{MARKUP}\x1b[31m\x00\x85\ud800\udcff\uffff\u202eright to left\u2066]]>"
RIGHT_TO_LEFT = "\u05d0\u05d1\u05d2 \u05e9\u05dc\u05d5\u05dd 0.5 \u0645\u0631\u062d\u0628\u0627"
WIDE = "\u65e5\u672c\u8a9e\u306e\u7d50\u679c\uff1a\U0001f469\u200d\U0001f680"
COLOURED = "\x1b[1;32mepoch {}\x1b[0m \x1b]8;;http://example.org\x07loss\x1b]8;;\x07 {}\ttail"
NO_BLANKS = "0123456789abcdef" * 120


def result(
    one: Sequence[float] = (),
    two: Sequence[float] = (),
    environment: dict[str, object] | None = None,
    line: Line | None = None,
    timeline: Mapping[str, Sequence[Span]] = TIMELINE,
) -> Result:
    environments = environment or {}, environment or {}
    printed = None if line is None else Printed(line[0] - 1, line)
    return Result(None, None, (), None, Coverage(), [], printed, None, Epochs(), (one, two), timeline, environments)


def differing(text: str, state: str, what: str) -> Verdict:
    """Return a verdict on printed output with `text` in every place."""
    parts = (
        Part("training", IDENTICAL, "240 batches, 240 steps, 240 losses, 4 parameters at the end"),
        Part(PRINTED, state, what),
        Part("files", NOT_SEEN, text),
    )
    found = Difference(PRINTED, text, "in line 4 of what was printed", text, f"use `seedall` {text}", text)
    return Verdict(found, Coverage(9, 9, 9, printed=3), (text,), (text,), parts)


def _hostile(text: str, line: Line, state: str = DIFFERS) -> tuple[Verdict, Result, Shown]:
    runs = [{**RUN, "command": ["python", text, other], "variables": {text: text}, "stopped": text} for other in "ab"]
    lines = [UserLines(text, 2, 1, ("import os", text, text))]
    found = result(LOSSES, [*LOSSES[:6], 0.1, 0.2, 0.3], {"torch": text, text: text}, line)
    other = found._replace(environments=(found.environments[0], {**found.environments[1], "torch": "2.13"}))
    files = [(text, text), (f"runs/{text}/out.npz", f"pred[0, 1]: {text}")]
    return differing(text, state, f"line {line[0]} differs"), other, Shown(runs, lines, (text, f"{text}\n" * 3), files)


_THOUSAND = [
    (f"outputs/fold_{number}/checkpoint_{number:04}.pt", f"model.layer.{number}.weight[0, 1]") for number in range(1000)
]

HOSTILE_PAGES = {
    "markup": _hostile(HOSTILE, (4, f"a {HOSTILE}", f"b {HOSTILE}")),
    "without blanks": _hostile(NO_BLANKS, (1_234_567, f"{NO_BLANKS}1{NO_BLANKS}", f"{NO_BLANKS}2{NO_BLANKS}")),
    "colours": _hostile("a name", (4, COLOURED.format(3, 0.123456), COLOURED.format(3, 0.123987)), UNDECIDED),
    "other scripts": _hostile(f"{RIGHT_TO_LEFT} {WIDE}", (4, f"{RIGHT_TO_LEFT} 1 {WIDE}", f"{RIGHT_TO_LEFT} 2 {WIDE * 20}")),
    "a thousand files": (
        Verdict(
            Difference("files", "", "in outputs/fold_0/checkpoint_0000.pt", _THOUSAND[0][1], "save the seed too"),
            Coverage(9, 9, 9),
            parts=(
                Part("training", IDENTICAL, "9 batches, 9 steps, 9 losses"),
                Part(PRINTED, IGNORED),
                Part("files", DIFFERS, "1,000 differ, 3 are identical"),
            ),
        ),
        result(LOSSES, LOSSES),
        SHOWN._replace(files=_THOUSAND),
    ),
    **{
        f"lost at step {step}": (
            Verdict(Difference("loss", "", f"at step {step}", "the loss differs", "use `seedall`"), Coverage(9, 9, 9)),
            result(
                [1e-300] * step + [math.inf] * (1000 - step),
                [1e300] * step + [math.nan] * (1000 - step),
                timeline={"loss": [(0, step, "equal"), (step + 1, 999, "differs")]},
            ),
            SHOWN,
        )
        for step in (1, 40, 500, 998)
    },
    "nothing": (
        Verdict(None, Coverage(), parts=tuple(Part(name, NOT_SEEN) for name in ("training", PRINTED, "files"))),
        result(),
        SHOWN,
    ),
}  # fmt: skip
