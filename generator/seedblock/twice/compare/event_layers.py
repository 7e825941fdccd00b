"""Two events of one kind: the layers in which they differ, in causal order. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from seedblock.twice.compare.epochs import rows_of
from seedblock.twice.compare.event_words import both_losses, both_options, differing, differing_modules, which_differ
from seedblock.twice.compare.result import Found
from seedblock.twice.tape.line_kinds import (
    Batch,
    Event,
    Gone,
    Initial,
    Line,
    LoneLoss,
    Module,
    Optimizer,
    Saved,
    Scalers,
    Step,
)
from seedblock.twice.verdict import (
    CONTENTS,
    FINAL,
    FLOW,
    GRADIENTS,
    HYPERPARAMETERS,
    INITIAL,
    LOSS,
    OPTIMIZER_STATE,
    ORDER,
    SAVED,
    WEIGHTS,
)

MAX_ROWS = 500_000  # of run 1, searched for the rows of a batch
SAME_ROWS = 0.9  # the share of a batch's rows that run 1 must have elsewhere for the order to be the difference


def of_events(one: Event, two: Event, optimizers: Mapping[int, Optimizer]) -> list[Found]:
    """List the layers in which two events differ; batches and saved files have functions of their own."""
    match one, two:
        case Step(), Step():
            return list(_of_steps(one, two, optimizers.get(one.optimizer)))
        case LoneLoss(), LoneLoss():
            return list(_of_lone_losses(one, two))
        case Optimizer(), Optimizer():
            return list(_of_optimizers(one, two))
        case Initial(), Initial():
            return of_modules(one.initial, two.initial, INITIAL)
    return []


def _of_steps(one: Step, two: Step, optimizer: Optimizer | None) -> Iterator[Found]:
    if one.weights != two.weights:
        names = differing(one.weights, two.weights, _taken(one, optimizer))
        yield Found(INITIAL if one.step == 0 else WEIGHTS, which_differ(names))
    if one.state != two.state:
        yield of_states(one.state, two.state, optimizer)[0]
    if one.loss_bits != two.loss_bits:
        yield Found(LOSS, both_losses(one, two))
    if one.gradients != two.gradients:
        names = differing(one.gradients, two.gradients, _taken(one, optimizer))
        yield Found(GRADIENTS, which_differ(names[::-1]))  # a backward pass begins at the last one
    if one.options != two.options:
        yield Found(HYPERPARAMETERS, both_options(one, two, optimizer))


def _of_lone_losses(one: LoneLoss, two: LoneLoss) -> Iterator[Found]:
    if one.loss_bits != two.loss_bits:
        yield Found(LOSS, both_losses(one, two))
    if one.weights != two.weights:
        yield Found(WEIGHTS, "the weights behind the loss differ after it")


def _of_optimizers(one: Optimizer, two: Optimizer) -> Iterator[Found]:
    if (one.count, one.shapes) != (two.count, two.shapes):
        yield Found(FLOW, "the optimizers' parameters do not match")
        return
    if one.kind != two.kind:
        yield Found(FLOW, f"the optimizer is {one.kind[:60]} in one run, {two.kind[:60]} in the other")
        return
    if one.whole is not None and two.whole is not None and one.whole != two.whole:
        yield Found(INITIAL, which_differ(differing(one.whole, two.whole, one.parameters)))
    if one.options != two.options:
        yield Found(HYPERPARAMETERS, both_options(one, two, one))


def of_gone(one: Gone, two: Gone, optimizer: Optimizer | None) -> list[Found]:
    found = of_states(one.state, two.state, optimizer) if one.state and two.state else []
    if one.weights != two.weights:
        names = optimizer.parameters if optimizer else []
        found.append(Found(FINAL, which_differ(differing(one.weights, two.weights, names))))
    return found


def of_states(one: str, two: str, optimizer: Optimizer | None) -> list[Found]:
    """Compare what an optimizer carries from step to step."""
    if one == two:
        return []
    names = differing(one, two, optimizer.parameters if optimizer else [])
    kind = optimizer.kind[:60] if optimizer and optimizer.kind else "the optimizer"
    return [Found(OPTIMIZER_STATE, f"what {kind} keeps for each parameter: {which_differ(names)}")]


def of_scalers(one: Scalers, two: Scalers) -> list[Found]:
    if one == two:
        return []
    shown = (", ".join(scalers.scalers)[:120] or "none" for scalers in (one, two))
    return [Found(OPTIMIZER_STATE, f"the gradient scaler: {' and '.join(shown)}")]


def of_modules(one: list[Module], two: list[Module], layer: str) -> list[Found]:
    names = differing_modules(one, two)
    return [Found(layer, which_differ(names))] if names else []


def of_saved(one: Saved, two: Saved) -> tuple[list[Found], bool]:
    """Also tell whether only plain values differ, no tensors: these may be times."""
    keys = sorted(key for key in one.parts.keys() | two.parts.keys() if one.parts.get(key) != two.parts.get(key))
    tensors = [key for key in keys if not (key in one.plain and key in two.plain)]
    shown = f"{one.saved[:60]}: {', '.join(key or 'its content' for key in (tensors or keys)[:3])[:120]}"
    return [Found(SAVED, shown)] if keys else [], not tensors


def order_or_contents(batch: Batch, lines: Iterable[Line]) -> str:
    """Blame the order if run 1, read from `lines`, has the rows of the batch in other batches."""
    rows = set(rows_of(batch.samples))
    if not rows:
        return CONTENTS
    known = islice((row for line in lines if isinstance(line, Batch) for row in rows_of(line.samples)), MAX_ROWS)
    return ORDER if len(rows.intersection(known)) >= SAME_ROWS * len(rows) else CONTENTS


def _taken(step: Step, optimizer: Optimizer | None) -> list[str]:
    """Name the parameters that were digested in a step."""
    if optimizer is None or step.turn >= len(optimizer.turns):
        return []
    names = optimizer.parameters
    return [names[index] if index < len(names) else f"parameter {index}" for index in optimizer.turns[step.turn]]
