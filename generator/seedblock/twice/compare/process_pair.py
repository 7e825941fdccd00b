"""One process in both runs, compared event by event as the second one comes. Pure."""

from collections.abc import Callable

from seedblock.twice.compare import event_layers
from seedblock.twice.compare.counts import Tally
from seedblock.twice.compare.event_words import does, parts_of, place_of, said
from seedblock.twice.compare.matching import Sequence, name_of
from seedblock.twice.explain import cause
from seedblock.twice.explain.remedies import NO_END, PROBABLY, Facts
from seedblock.twice.tape import fast_lines
from seedblock.twice.tape.lines import EVENTS, Line, Part, kind_of, read_line
from seedblock.twice.verdict import CONTENTS, FINAL, FLOW, INITIAL, LOSS, Difference, Found

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


class Pair:
    """The comparison of one process: `difference` is the first one, `tally` what was compared."""

    def __init__(self, first: Sequence, header: Line, seen: Callable[[Line], None], ranked: bool = False) -> None:
        """`seen` is given the lines of run 1, with steps only where `ranked`."""
        self.first, self.seen, self.ranked = first, seen, ranked
        self.name = name_of(header)
        self.facts = Facts(), Facts()
        for facts, line in zip(self.facts, (first.header, header), strict=True):
            facts.add(line)
        self.difference: Difference | None = None
        self.streams: cause.Streams | None = None
        self.tally = Tally()
        self.lost = False
        self.batch = cause.Batch()
        self.asides: tuple[dict[str, Line], dict[str, Line]] = {}, {}
        self.notes: list[str] = []

    # --- lines as they come ---------------------------------------------------------------------------------------

    def feed(self, part: Part) -> None:
        """Take the next lines of run 2."""
        for number, text in enumerate(part.texts, part.first):
            if not (self._equal(text) or self._alone(1, text)):
                self._take(read_line(text, part.name, number))

    def _equal(self, text: bytes) -> bool:
        """Count an event that run 1 has too, byte for byte. False: it has to be looked into."""
        if text != self.first.peek() or self.lost or self.tally.turns:
            return False
        event = fast_lines.read(text)
        if event is None or self.facts[0].missed or self.facts[1].missed:
            return False
        self.first.skip()
        self._frequent(event, text)
        self.tally.equal(event)
        if isinstance(event, fast_lines.Batch):
            self.batch = cause.Batch(seen=True)
        return True

    def _alone(self, run: int, text: bytes) -> bool:
        """Note an event that is compared with none, as the runs no longer do the same."""
        event = fast_lines.read(text) if self.lost else None
        if event is None:
            return False
        self.tally.note_frequent(run, event)
        if run == 0:
            self._frequent(event, text)
        return True

    def _frequent(self, event: fast_lines.Batch | fast_lines.Losses, text: bytes) -> None:
        if isinstance(event, fast_lines.Batch):
            self.seen(event.line)
        elif self.ranked and event.step is not None:
            self.seen(read_line(text, "", 2))

    def _take(self, line: Line) -> None:
        """Take one line of run 2."""
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
        while (text := self.first.peek()) is not None:
            if self._alone(0, text):
                self.first.skip()
            elif (line := self._next()) is not None and not self._ignored(line) and not self.lost:
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
                names = event_layers.which(other, line, "weights", self.tally.optimizers.get(line["gone"]))
                self._report(Found(FINAL, said(names)), "after the last step", line)
            else:
                self.tally.gone(line)
        self.tally.note(run, line)
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
        differing = [item for item in self._differing(kind, one, two) if item.layer != LOSS or "loss" not in off]
        if kind == "step":
            self.tally.step(one, [item.layer for item in differing])
        if differing:
            self._report(differing[0], place_of(one), two)

    def _differing(self, kind: str, one: Line, two: Line) -> list[Found]:
        if kind == "batch":
            return self._batch(one, two)
        if kind == "step":
            self.tally.losses += len(two["loss_bits"])
            return list(event_layers.of_steps(one, two, self.tally.optimizers.get(one["optimizer"])))
        if kind == "lone":
            self.tally.losses += len(two["loss_bits"])
            return list(event_layers.of_losses(one, two))
        if kind == "parameters":
            self.tally.optimizer(one)
            return list(event_layers.of_parameters(one, two))
        if kind == "initial":
            return list(event_layers.of_modules(one, two, "initial", INITIAL))
        differing, aside = event_layers.of_saved(one, two)
        if aside:
            self.notes.append(f"saved in {one['saved'][:60]}, and not compared: {aside}")
        self.tally.saved += not differing
        return differing

    def _batch(self, one: Line, two: Line) -> list[Found]:
        unseen = {name for line in (one, two) if isinstance(line.get("unseen"), list) for name in line["unseen"]}
        self.batch = cause.Batch(seen=True, unseen=", ".join(str(name)[:60] for name in sorted(map(str, unseen))))
        if one["data"] == two["data"]:
            self.tally.batch(None)
            return []
        layer = event_layers.order_or_contents(two, self.first.lines()) if self.difference is None else CONTENTS
        self.tally.batch(layer)
        return [Found(layer, "the batches differ")]

    def _compare_streams(self, one: Line, two: Line) -> None:
        names = sorted(
            name for name in one["streams"].keys() | two["streams"].keys()
            if one["streams"].get(name) != two["streams"].get(name)
        )  # fmt: skip
        if names and self.streams is None:
            self.streams = names, place_of(one)
        if "step" in one:
            self.tally.streams(one["step"], bool(names))

    # --- what was found -------------------------------------------------------------------------------------------

    def _report(self, found: Found, place: str, line: Line) -> None:
        if self.difference is None:
            optimizer = self.tally.optimizers.get(line["optimizer"], {}) if "step" in line else {}
            parts = optimizer.get("steps_for_all", 1)
            difference = cause.of_event(found, place, line, self.facts, self.streams, self.batch, parts)
            self.difference = difference._replace(process=self.name)

    def _flow(self, one: Line | None, two: Line | None) -> None:
        self.lost = True
        place = place_of(one or two or {})
        self._report(Found(FLOW, f"{does(one)} in one run, {does(two)} in the other"), place, two or {})
        over = 0 if one is None else 1 if two is None else None
        if over is not None and not self.facts[over].ended and self.difference and self.difference.layer == FLOW:
            self.difference = self.difference._replace(remedy=NO_END.format(over + 1), sure=PROBABLY)

    def _at_the_end(self) -> None:
        one, two = (asides.get("mirrored") for asides in self.asides)
        if one is not None and two is not None and "streams" not in self._not_compared():
            self._compare_streams({**one, "end": True}, {**two, "end": True})
        one, two = (asides.get("final") for asides in self.asides)
        if one is not None and two is not None:
            differing = list(event_layers.of_modules(one, two, "final", FINAL))
            if differing:
                self._report(differing[0], "at the end", two)
            elif self.difference is None:
                self.tally.parameters += sum(len(parts_of(entry["digests"])) for entry in one["final"])
