"""One job of a pool: its events, numbered as if it were a worker's first. Pure."""

import hashlib

from seedblock.twice.tape.line_kinds import Batch, Event, Initial, LoneLoss, Optimizer, Saved, Step

MAX_EVENTS = 2000  # of a job that are kept


class Job:
    """What a job did. `streams` are those at its first event that has any: they depend on what its worker did before."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.streams: dict[str, str] = {}
        self.count = self.batches = self.steps = self.losses = self.saved = 0
        self._lone = 0
        self._optimizers: dict[int, int] = {}
        self._loaders: dict[object, int] = {}
        self._digest = hashlib.sha256()

    @property
    def key(self) -> bytes:
        """Identify what the job did."""
        return self._digest.digest()

    def add(self, event: Event) -> None:
        if isinstance(event, Initial):  # only a worker's first job has it
            return
        event = self._numbered(event)
        streams = getattr(event, "streams", {})
        self.streams = self.streams or streams
        self.count += 1
        self._digest.update(repr(_known(event)).encode())
        if len(self.events) < MAX_EVENTS:
            self.events.append(event)

    def _numbered(self, event: Event) -> Event:
        if isinstance(event, Batch):
            self.batches += 1
            begins = event.begins
            if begins is not None:
                number = self._loaders.setdefault(begins.get("loader"), len(self._loaders))
                begins = {**begins, "loader": number}
            return event._replace(batch=self.batches - 1, begins=begins)
        if isinstance(event, Saved):
            self.saved += 1
            return event
        if isinstance(event, LoneLoss):
            self._lone += 1
            self.losses += len(event.loss_bits)
            return event._replace(lone=self._lone - 1)
        if not isinstance(event, (Step, Optimizer)):
            return event
        number = self._optimizers.setdefault(event.optimizer, len(self._optimizers))
        if isinstance(event, Optimizer):
            return event._replace(optimizer=number)
        self.steps += 1
        self.losses += len(event.loss_bits)
        return event._replace(step=self.steps - 1, optimizer=number)

    def alike(self, other: "Job") -> int:
        """How many events agree from the first one on."""
        count = 0
        for one, two in zip(self.events, other.events, strict=False):
            if type(one) is not type(two) or _known(one) != _known(two):
                break
            count += 1
        return count

    def without(self, streams: set[str]) -> list[Event]:
        """The events, without the states of some streams."""
        return [_without_streams(event, streams) for event in self.events]


def _known(event: Event) -> Event:
    """What identifies an event. How a parameter is named may depend on how much other threads do meanwhile."""
    return event._replace(parameters=[]) if isinstance(event, Optimizer) else _without_streams(event)


def _without_streams(event: Event, names: set[str] | None = None) -> Event:
    """names: the streams that are left out; None for all."""
    if isinstance(event, (Optimizer, Saved)):
        return event
    kept = {} if names is None else {name: state for name, state in event.streams.items() if name not in names}
    return event._replace(streams=kept)
