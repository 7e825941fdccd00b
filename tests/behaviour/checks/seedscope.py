for seed in (True, -1):
    assert raises((TypeError, ValueError), "seed must be", seed_scope(seed).__enter__)
refuses_what_is_no_seed(lambda seed: seed_scope(seed).__enter__())
waiting = [str(module._lazy_seed_tracker.get_calls()) for module in (torch.cuda, torch.xpu)]

draw()
before = states()
with seed_scope(5):
    inner = draw()
assert states() == before, "every stream is given back, with the normal that it keeps"
draw()
with seed_scope(np.int64(5)):
    assert draw() == inner
with seed_scope(6):
    assert all_differ(draw(), inner)
    no_two_streams_mirror_each_other()

before = states()
try:
    with seed_scope(5):
        draw()
        raise KeyError
except KeyError:
    pass
assert states() == before, "after an exception too"

with seed_scope(5):
    first = draw()
    with seed_scope(6):
        draw()
    second = draw()
with seed_scope(5):
    assert [draw(), draw()] == [first, second], "an inner scope does not shift the outer one"


@seed_scope(5)
def decorated():
    return draw()


before = states()
assert decorated() == decorated() == inner
assert states() == before


def leaking():
    with seed_scope(5):
        yield draw()


generator = leaking()
assert next(generator) == inner
assert states() != before, "until the generator goes on, others draw from the scope's streams"
assert next(generator, None) is None
assert states() == before


@seed_scope(5)
def late():
    yield draw()


@seed_scope(5)
async def later():
    return draw()


assert next(late()) != inner, "the body of a generator runs after the scope"
coroutine = later()
try:
    coroutine.send(None)
except StopIteration as stopped:
    assert stopped.value != inner, "and so does that of a coroutine"
now = [str(module._lazy_seed_tracker.get_calls()) for module in (torch.cuda, torch.xpu)]
assert now == waiting, "devices that are not in use are seeded neither now nor later"

calls = stand_ins()
with seed_scope(5):
    assert calls == [("cuda", "manual_seed", 5), ("xpu", "manual_seed", 5), ("mps", "manual_seed", 5)]
    calls.clear()
assert [(name, verb, plain(value)) for name, verb, value in calls] == [
    ("cuda", "set_rng_state", [[4], [5]]),
    ("xpu", "set_rng_state", [[3], [4]]),
    ("mps", "set_rng_state", [3]),
]
