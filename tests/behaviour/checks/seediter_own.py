"""Generators that the parts of a SeededIterable hold."""

import functools
import multiprocessing
import os

os.environ.pop("WORLD_SIZE", None)


def epochs(workers, count=2, source=range(22), **options):
    from_the_start()
    data = SeededIterable(source, 1, "train", 4, **options)
    loader = data.loader(num_workers=workers, persistent_workers=workers == 2)
    return [[batch.tolist() for batch in loader] for _ in range(count)]


# Generators that source, transform and collate_fn hold are found and seeded, also where the first call makes them.
def generators():
    cpu = torch.Generator()
    cpu.seed()
    return [np.random.default_rng(), np.random.RandomState(), random.Random(), cpu]


def draws_of(made):
    numpy, legacy, python, cpu = made
    return [numpy.random(), legacy.random(), python.random(), torch.rand((), generator=cpu, dtype=torch.float64).item()]


class Own:
    def __init__(self, made):
        self.made = made

    def __call__(self, *_):
        self.made = self.made or generators()
        return torch.tensor(draws_of(self.made), dtype=torch.float64)


class OwnSource:
    def __init__(self, made):
        self.draw = Own(made)

    def __iter__(self):
        yield from (self.draw() for _ in range(22))


class OwnFunction:
    """A source that is a function."""

    def __init__(self, made):
        self.inner = OwnSource(made)

    def __call__(self):
        return self.inner


def draw_with(made, sample):
    return torch.tensor(draws_of(made), dtype=torch.float64)


def own_states(made):
    return [repr(getattr(g, "bit_generator", g).state) for g in made[:1]] + [
        str(made[1].get_state()),
        made[2].getstate(),
        made[3].get_state().tolist(),
    ]


# To a worker that does not fork torch cannot send a torch.Generator, with its plain DataLoader neither.
SENT = 2 if multiprocessing.get_start_method() == "fork" else 0
HOLDERS = {
    "source": lambda made: {"source": OwnSource(made), "collate_fn": torch.stack},
    "function": lambda made: {"source": OwnFunction(made), "collate_fn": torch.stack},
    "transform": lambda made: {"transform": Own(made), "collate_fn": torch.stack},
    "partial": lambda made: {
        "transform": functools.partial(draw_with, made or generators()),
        "collate_fn": torch.stack,
    },
    "closure": lambda made: {"transform": lambda sample: draw_with(made, sample), "collate_fn": torch.stack},
    "collate_fn": lambda made: {"collate_fn": Own(made)},
}
for name, options in HOLDERS.items():
    made = generators()
    held = own_states(made)
    found = epochs(0, **options(made))
    assert own_states(made) == held, (name, "they are given back")
    values = torch.tensor(found if name == "collate_fn" else [sum(epoch, []) for epoch in found]).flatten().tolist()
    assert len(set(values)) == len(values) == (48 if name == "collate_fn" else 176)
    late = {"closure": (), "partial": (0, SENT)}.get(name, (0, 1, 2))
    for workers, makes in ((0, generators), (SENT, generators), *((workers, list) for workers in late)):
        assert epochs(workers, **options(makes())) == found, (name, workers, "made at once, or at the first call")

# One that is hidden is an error, in each place.
hidden = random.SystemRandom()
for options in (
    {"transform": lambda sample: torch.tensor(hidden.random())},
    {"collate_fn": lambda samples: torch.tensor(hidden.random())},
    {"source": lambda: (torch.tensor(hidden.random()) for _ in range(22))},
):
    for workers in (0, SENT // 2):  # nor can it be sent
        assert raises(
            RuntimeError, "epoch 0 has other data when read again: seed", lambda: epochs(workers, 1, **options)
        )
