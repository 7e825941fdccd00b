"""One process in both runs, compared event by event as the second one comes. Pure."""

from array import array
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from seedblock.twice.causes import PROBABLY, Facts, never_seeded, of_layer, of_streams
from seedblock.twice.events import both_losses, differing, differing_modules, does, number_of, place_of, said
from seedblock.twice.layers import (
    CONTENTS,
    FINAL,
    FLOW,
    GRADIENTS,
    INITIAL,
    LOSS,
    ORDER,
    SAVED,
    STREAMS,
    WEIGHTS,
    Difference,
)
from seedblock.twice.pairing import Sequence, name_of
from seedblock.twice.strip import Strip
from seedblock.twice.suspicions import rows_of
from seedblock.twice.tape import EVENTS, Line, kind_of

MOST_ROWS = 500_000  # of run 1 that are looked at to recognise a batch
VARYING_KEYS = (
    "time",
    "date",
    "path",
    "dir",
    "elapsed",
    "host",
    "user",
    "version",
    "stamp",
    "speed",
    "duration",
    "run",
)

# What is no longer compared once a part was missed in a run.
OF_MISSED = {
    "batches": {"batch"},
    "losses": {"lone", "initial", "loss"},
    "steps": {"step", "parameters"},
    "saved files": {"saved"},
    "random streams": {"streams"},
    "torch": set(EVENTS),
    "the recorder": set(EVENTS),
}


class Found(NamedTuple):
    """A layer that differs, and what."""

    layer: str
    what: str


class Pair:
    """The comparison of one process. `difference` is the first one; counts are of what was equal."""

    def __init__(self, first: Sequence, header: Line, seen: Callable[[Line], None]) -> None:
        self.first, self.header, self.seen = first, header, seen
        self.name = name_of(header)
        self.facts = Facts(), Facts()
        for facts, line in zip(self.facts, (first.header, header), strict=True):
            facts.add(line)
        self.difference: Difference | None = None
        self.streams: tuple[list[str], str] | None = None
        self.lost = False
        self.batches = self.steps = self.losses = self.parameters = self.saved = 0
        self.curves = array("d"), array("d")
        self.strip = Strip()
        self.optimizers: dict[int, Line] = {}
        self.turns: dict[int, int] = {}  # the steps of each optimizer until all its weights have been looked at
        self.unseen, self.batch_seen = "", False
        self.asides: tuple[dict[str, Line], dict[str, Line]] = {}, {}
        self.has_events = [False, False]
        self.notes: list[str] = []

    # --- lines as they come ---------------------------------------------------------------------------------------

    def feed(self, line: Line) -> None:
        """Take the next line of run 2."""
        if self._sort(1, line):
            while (other := self._next()) is not None and self._ignored(other):
                pass
            if self.lost:
                return
            if other is None:
                self._flow(None, line)
            else:
                self._compare(other, line)

    def finish(self) -> None:
        """Run 2 is over: what run 1 has more is a difference."""
        while (line := self._next()) is not None:
            if not self._ignored(line) and not self.lost:
                self._flow(line, None)
        self._at_the_end()

    def _next(self) -> Line | None:
        """Pull run 1's next event."""
        while (line := self.first.take()) is not None:
            self.seen(line)
            if self._sort(0, line):
                return line
        return None

    def _sort(self, run: int, line: Line) -> bool:
        """Tell whether a line is an event to be compared; note what else it says."""
        kind = kind_of(line)
        self.facts[run].add(line)
        if kind in ("final", "mirrored"):
            self.asides[run][kind] = line
        elif kind == "gone":
            other = self.asides[1 - run].pop(f"gone {line['gone']}", None)
            if other is None:
                self.asides[run][f"gone {line['gone']}"] = line
            elif other["weights"] != line["weights"]:
                self._report(Found(FINAL, self._which(other, line, "gone")), "after the last step", line)
            else:
                self.parameters += len(line["weights"].partition(":")[2]) // 2
                self.optimizers.pop(line["gone"], None)
                self.turns.pop(line["gone"], None)
        if kind in EVENTS:
            self.has_events[run] = True
            if kind in ("step", "lone") and line["loss"]:
                self.curves[run].append(number_of(line["loss"][-1]))
        return kind in EVENTS and not self._ignored(line)

    def _ignored(self, line: Line) -> bool:
        return kind_of(line) in self._not_compared()

    def _not_compared(self) -> set[str]:
        missed = self.facts[0].missed.keys() | self.facts[1].missed.keys()
        return set().union(*(OF_MISSED.get(part, set()) for part in missed)) if missed else set()

    # --- one event of each ----------------------------------------------------------------------------------------

    def _compare(self, one: Line, two: Line) -> None:
        kind = kind_of(one)
        if kind != kind_of(two):
            self._flow(one, two)
            return
        off = self._not_compared()
        if "streams" in one and "streams" not in off:
            self._compare_streams(one, two)
        found = list(COMPARE[kind](self, one, two))
        if "loss" in off:
            found = [item for item in found if item.layer != LOSS]
        if kind == "step":
            layers = {item.layer for item in found}
            for layer in (WEIGHTS, LOSS, GRADIENTS):
                hit = layer in layers or (layer == WEIGHTS and INITIAL in layers)
                self.strip.mark(layer, one["step"], "differs" if hit else "equal")
        if found:
            self._report(found[0], place_of(one), two)

    def _compare_streams(self, one: Line, two: Line) -> None:
        names = sorted(
            name for name in one["streams"].keys() | two["streams"].keys()
            if one["streams"].get(name) != two["streams"].get(name)
        )  # fmt: skip
        if names and self.streams is None:
            self.streams = names, place_of(one)
        if "step" in one:
            self.strip.mark(STREAMS, one["step"], "differs" if names else "equal")

    def _batch(self, one: Line, two: Line) -> Iterable[Found]:
        unseen = {name for line in (one, two) if isinstance(line.get("unseen"), list) for name in line["unseen"]}
        self.unseen, self.batch_seen = ", ".join(str(name)[:60] for name in sorted(map(str, unseen))), True
        if one["data"] == two["data"]:
            self.batches += 1
            self._mark_batch("equal", "equal")
            return
        layer = self._order_or_contents(two) if self.difference is None else CONTENTS
        self._mark_batch(*(("differs", "not compared") if layer == ORDER else ("not compared", "differs")))
        yield Found(layer, "the batches differ")

    def _mark_batch(self, order: str, contents: str) -> None:
        self.strip.mark(ORDER, self.steps, order)
        self.strip.mark(CONTENTS, self.steps, contents)

    def _order_or_contents(self, two: Line) -> str:
        """Look whether run 1 has these rows in other batches."""
        rows = set(rows_of(two))
        if not rows:
            return CONTENTS
        known = islice((row for line in self.first.tape if "batch" in line for row in rows_of(line)), MOST_ROWS)
        return ORDER if len(rows.intersection(known)) >= 0.9 * len(rows) else CONTENTS

    def _step(self, one: Line, two: Line) -> Iterable[Found]:
        if one["weights"] != two["weights"]:
            yield Found(INITIAL if one["step"] == 0 else WEIGHTS, self._which(one, two, "weights"))
        if one["loss_bits"] != two["loss_bits"]:
            yield Found(LOSS, both_losses(one, two))
        if one["gradients"] != two["gradients"]:
            yield Found(GRADIENTS, self._which(one, two, "gradients"))
        self.steps += 1
        self.losses += len(two["loss_bits"])
        left = self.turns.pop(one["optimizer"], 0) - 1
        if left > 0:
            self.turns[one["optimizer"]] = left

    def _lone(self, one: Line, two: Line) -> Iterable[Found]:
        if one["loss_bits"] != two["loss_bits"]:
            yield Found(LOSS, both_losses(one, two))
        if one["weights"] != two["weights"]:
            yield Found(WEIGHTS, "what the loss was computed from differs after it")
        self.losses += len(two["loss_bits"])

    def _parameters(self, one: Line, two: Line) -> Iterable[Found]:
        self.optimizers[one["optimizer"]] = one
        self.turns[one["optimizer"]] = one["steps_for_all"]
        if (one["count"], one["shapes"], one["optimizer"]) != (two["count"], two["shapes"], two["optimizer"]):
            yield Found(FLOW, "the optimizers have other parameters")
        elif one["whole"] is not None and two["whole"] is not None and one["whole"] != two["whole"]:
            names = differing(one["whole"], two["whole"], one["parameters"])
            yield Found(INITIAL, said(names))

    def _initial(self, one: Line, two: Line) -> Iterable[Found]:
        names = differing_modules(one["initial"], two["initial"])
        if names:
            yield Found(INITIAL, said(names))

    def _saved(self, one: Line, two: Line) -> Iterable[Found]:
        keys = [
            key for key in one["parts"].keys() | two["parts"].keys() if one["parts"].get(key) != two["parts"].get(key)
        ]
        plain = {key for key in keys if key in one["plain"] and any(word in key.lower() for word in VARYING_KEYS)}
        shown = one["saved"][:60]
        if plain:
            self.notes.append(f"saved in {shown}, and not compared: {', '.join(sorted(plain))[:120]}")
        rest = sorted(set(keys) - plain)
        if rest:
            yield Found(SAVED, f"{shown}: {', '.join(key or 'its content' for key in rest[:3])[:120]}")
        else:
            self.saved += 1

    @property
    def unfinished(self) -> int:
        """In how many steps all weights of an optimizer are looked at, where that has not come about."""
        return max(
            (self.optimizers[number]["steps_for_all"] for number in self.turns if number in self.optimizers), default=0
        )

    # --- what was found -------------------------------------------------------------------------------------------

    def _report(self, found: Found, place: str, line: Line) -> None:
        if self.difference is not None:
            return
        streams = self.streams
        if streams is None and (drawn := never_seeded(*self.facts)):
            streams = drawn, place
        if streams is not None:
            names, where = streams
            cause = of_streams(names, *self.facts)
            what = f"the streams of {', '.join(names)} differ; then {found.layer}: {found.what}, {place}"
            self.difference = Difference(
                STREAMS, self.name, where, what, cause.remedy, "" if where == place else PROBABLY
            )
            return
        optimizer = self.optimizers.get(line["optimizer"], {}) if "step" in line else {}
        partly = optimizer.get("steps_for_all", 1) > 1
        cause = of_layer(
            found.layer, *self.facts, unseen=self.unseen, batch=self.batch_seen, lone="lone" in line, partly=partly
        )
        self.difference = Difference(found.layer, self.name, place, found.what, cause.remedy, cause.sure)

    def _flow(self, one: Line | None, two: Line | None) -> None:
        self.lost = True
        place = place_of(one or two or {})
        self._report(Found(FLOW, f"{does(one)} in one run, {does(two)} in the other"), place, two or {})

    def _at_the_end(self) -> None:
        one, two = (asides.get("mirrored") for asides in self.asides)
        if one is not None and two is not None and "streams" not in self._not_compared():
            self._compare_streams({**one, "end": True}, {**two, "end": True})
        one, two = (asides.get("final") for asides in self.asides)
        if one is not None and two is not None:
            names = differing_modules(one["final"], two["final"])
            if names:
                self._report(Found(FINAL, said(names)), "at the end", two)
            elif self.difference is None:
                self.parameters += sum(len(entry["digests"].partition(":")[2]) // 2 for entry in one["final"])

    def _which(self, one: Line, two: Line, layer: str) -> str:
        """Name the parameters. The last that differs comes first in a backward pass; so it is named for gradients."""
        optimizer = self.optimizers.get(one["gone"] if layer == "gone" else one["optimizer"])
        if optimizer is None:
            return "one of the parameters differs"
        names = optimizer["parameters"]
        if layer != "gone":
            turn = optimizer["turns"][one["turn"]] if one["turn"] < len(optimizer["turns"]) else []
            names = [names[index] if index < len(names) else f"parameter {index}" for index in turn]
        key = "weights" if layer == "gone" else layer
        found = differing(one[key], two[key], names)
        return said(found[::-1] if layer == "gradients" else found)


COMPARE: dict[str, Callable[[Pair, Line, Line], Iterable[Found]]] = {
    "batch": Pair._batch,
    "step": Pair._step,
    "lone": Pair._lone,
    "parameters": Pair._parameters,
    "initial": Pair._initial,
    "saved": Pair._saved,
}
