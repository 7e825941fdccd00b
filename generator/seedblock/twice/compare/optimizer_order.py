"""Steps of independent optimizers that come in another order in run 2: matched by what each optimizer did. Pure.

Between two losses, optimizers over different parameters may step in any order: some scripts walk a set of them.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from seedblock.twice.tape.line_kinds import Event, Optimizer, Step

MAX_GROUP = 10_000  # steps and new optimizers between two losses

Member = Optimizer | Step
Numbers = dict[int, int]  # the number in run 1 of each of run 2's optimizers


class Group:
    """Steps that may come in any order, of one run. `stepped`: the optimizers that have stepped since the last loss."""

    def __init__(self, stepped: Iterable[int] = ()) -> None:
        self.members: list[Member] = []
        self._stepped, self._has_step = set(stepped), False

    def take(self, event: Event) -> bool:
        """Add an event if it belongs to the group. A loss begins another one, and so does a second step of an optimizer."""
        if len(self.members) >= MAX_GROUP or not isinstance(event, Member):
            return False
        if isinstance(event, Step):
            if not self._has_step and (event.loss_bits or event.optimizer in self._stepped):
                self._stepped = set()  # with the first step, another round begins
            if event.optimizer in self._stepped or (event.loss_bits and self._has_step):
                return False
            self._has_step = True
            self._stepped.add(event.optimizer)
        self.members.append(event)
        return True

    def cut(self) -> list[Member]:
        """Remove and return the new optimizers after the last step: their own steps come after a loss."""
        count = len(self.members)
        while self._has_step and isinstance(self.members[count - 1], Optimizer):
            count -= 1
        rest, self.members = self.members[count:], self.members[:count]
        return rest


def may_be_in_any_order(one: Event, two: Event, numbers: Numbers) -> bool:
    """Tell whether a group begins at these events. Two steps of one optimizer are compared at once."""
    if not isinstance(one, Member) or not isinstance(two, Member):
        return False
    return not (isinstance(one, Step) and isinstance(two, Step) and numbers.get(two.optimizer) == one.optimizer)


def are_independent(ones: list[Member], twos: list[Member]) -> bool:
    """Tell whether each optimizer found the same weights in both runs, so that no other one changes them."""
    weights = ([one.weights if isinstance(one, Step) else one.whole for one in members] for members in (ones, twos))
    return next(weights) == next(weights)


class Arranged(NamedTuple):
    """Run 2's members in run 1's order and with its numbers, and whether that is another order."""

    members: list[Member]
    reordered: bool


def arrange(ones: list[Member], twos: list[Member], numbers: Numbers) -> Arranged | None:
    """Arrange run 2's members as run 1 has them; None if each does not have its own. `numbers` gets the new optimizers' ones."""
    first, second = _chains(ones), _chains(twos)
    if len(ones) != len(twos) or len(first) != len(second):
        return None
    found = _matches(first, second, numbers)
    if any([type(one) for one in first[number]] != [type(two) for two in second[found[number]]] for number in first):
        return None
    numbers.update({two: one for one, two in found.items()})
    own = {number: deque(second[found[number]]) for number in first}
    places = deque(two for two in twos if isinstance(two, Step))
    members: list[Member] = []
    for one in ones:
        two = own[one.optimizer].popleft()
        if isinstance(
            two, Step
        ):  # which optimizer the loss was written with is a matter of order, and so is the number
            place = places.popleft()
            two = two._replace(
                step=place.step, loss=place.loss, loss_bits=place.loss_bits, streams=place.streams, cell=place.cell
            )
        members.append(two._replace(optimizer=one.optimizer))
    return Arranged(members, [numbers[two.optimizer] for two in twos] != [one.optimizer for one in ones])


def _chains(members: list[Member]) -> dict[int, list[Member]]:
    """What each optimizer did."""
    chains: defaultdict[int, list[Member]] = defaultdict(list)
    for member in members:
        chains[member.optimizer].append(member)
    return dict(chains)


def _matches(first: dict[int, list[Member]], second: dict[int, list[Member]], numbers: Numbers) -> dict[int, int]:
    """Give each optimizer of run 1 its own in run 2: by its number if that is known, or else by the most that agrees."""
    found = {
        numbers[two]: two for two in second if numbers.get(two) in first and not isinstance(second[two][0], Optimizer)
    }
    for key in (_deeds, _identity, _kind, _anything):
        taken = set(found.values())
        fitting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for number in [number for number in second if number not in taken]:
            fitting[key(second[number])].append(number)
        for number in first:
            if number not in found and (fits := fitting[key(first[number])]):
                found[number] = fits.popleft()
    return found


def _deeds(chain: list[Member]) -> Hashable:
    return _identity(chain), *[(one.weights, one.gradients, one.state) for one in chain if isinstance(one, Step)]


def _identity(chain: list[Member]) -> Hashable:
    new = chain[0]
    return (new.kind, new.count, new.shapes, new.whole) if isinstance(new, Optimizer) else None


def _kind(chain: list[Member]) -> Hashable:
    new = chain[0]
    return (new.kind, new.count, new.shapes) if isinstance(new, Optimizer) else None


def _anything(_: list[Member]) -> Hashable:
    return None
