"""Small scripts whose weights no optimizer touches, whose optimizers come in any order, and whose jobs go to any worker."""

from tests.support.reproducers import LOOP, NET, SEEDS, TOP, VARY, Case

BEGIN = TOP + SEEDS
ORDER = f"lambda _: {VARY}"  # of a set, say

EVOLUTION = """
def evolve(net, generator):
    rows, best = torch.ones(2, 4), 1e9
    with torch.no_grad():
        for _ in range(10):
            old = [p.clone() for p in net.parameters()]
            for p in net.parameters():
                p += 0.1 * torch.randn(p.shape, generator=generator)
            loss = net(rows).square().mean().item()
            if loss > best:
                for p, kept in zip(net.parameters(), old):
                    p.copy_(kept)
            best = min(best, loss)
    truth(*net.parameters())
"""
SEEDED, UNSEEDED = "torch.Generator().manual_seed(1)", f"torch.Generator().manual_seed(int({VARY} * 2**24))"
FUNCTIONAL = """
net = torch.nn.Linear(4, 1)
params = {name: p.detach() for name, p in net.named_parameters()}
def loss_of(params):
    return torch.func.functional_call(net, params, (torch.ones(2, 4),)).square().mean()
for _ in range(3):
    gradients = torch.func.grad(loss_of)(params)
    params = {name: p - 0.1 * gradients[name] for name, p in params.items()}
params['bias'] = params['bias'] + CHANGE
truth(*params.values())
"""
PLAIN_TENSORS = """
first, second = torch.randn(4, 4), torch.randn(4, 1)
rows = torch.ones(2, 4)
for _ in range(3):
    gradient = 2 * (rows @ first @ second)
    first, second = first - 0.01 * rows.T @ gradient @ second.T, second - 0.01 * (rows @ first).T @ gradient + CHANGE
truth(first, second)
"""
LISTS = """
layers = [(torch.zeros(4, requires_grad=True), torch.zeros(1, requires_grad=True)) for _ in range(2)]
with torch.no_grad():
    layers[1][0].add_(1 + CHANGE)
truth(layers[1][0])
"""
TIMES = """
import time
times = torch.zeros(3)
for n in range(3):
    times[n] = time.perf_counter()
"""
# As Pyro's SVI does it: an optimizer for each parameter, in the order of a set.
SET_OF_OPTIMIZERS = """
places = [torch.zeros(3, requires_grad=True) for _ in range(3)] + [torch.ones(2, requires_grad=True)]
optimizers = {}
for step in range(4):
    used = places[:2] if step == 0 else places
    loss = sum((p - n - torch.rand(())).square().sum() for n, p in enumerate(used))
    loss.backward()
    for n in sorted(range(len(used)), key=ORDER):
        if n not in optimizers:
            optimizers[n] = torch.optim.Adam([places[n]], lr=0.1)
        if n == 1 and step == 2:
            places[n].grad += CHANGE
        optimizers[n].step()
        optimizers[n].zero_grad()
truth(*places)
""".replace("ORDER", ORDER)
TWO_ON_ONE = """
net = torch.nn.Linear(4, 1)
first, second = torch.optim.SGD(net.parameters(), lr=0.1), torch.optim.Adam(net.parameters(), lr=0.1, weight_decay=0.5)
for n in range(64):
    net(torch.ones(2, 4)).square().mean().backward()
    for optimizer in (second, first) if os.path.exists("seen") else (first, second):
        optimizer.step()
    net.zero_grad()
truth(*net.parameters())
open("seen", "w").close()
"""
JOB = """
def job(seed):
    generator = torch.Generator().manual_seed(seed)
    net = torch.nn.Linear(4, 1)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.rand(p.shape, generator=generator))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for batch in DataLoader(torch.rand(6, 4, generator=generator), 3):
        optimizer.zero_grad()
        (net(batch) + CHANGE).square().mean().backward()
        optimizer.step()
    return [p.detach().tolist() for p in net.parameters()]
"""
LONE_JOB = """
def job(seed):
    weight = torch.full((4,), float(seed), requires_grad=True)
    for _ in range(3):
        (weight - 1).square().sum().backward()
        with torch.no_grad():
            weight -= 0.1 * weight.grad + CHANGE
        weight.grad = None
    return weight.tolist()
"""
DRAWING_JOB = """
def job(seed):
    weight = torch.nn.Parameter(torch.rand(4))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    weight.sum().backward()
    optimizer.step()
    return weight.tolist()
"""
IN_ANY_ORDER = f"sorted(range(8), key={ORDER})"
POOLS = {
    "processes": "from multiprocessing import get_context\nwith get_context('fork').Pool(2) as pool:\n"
    f"    order = {IN_ANY_ORDER}\n    found = pool.map(job, order, chunksize=1)\n",
    "an executor's processes": "from multiprocessing import get_context\nfrom concurrent.futures import ProcessPoolExecutor\n"
    f"with ProcessPoolExecutor(2, mp_context=get_context('fork')) as pool:\n    order = {IN_ANY_ORDER}\n"
    "    found = list(pool.map(job, order))\n",
    "an executor's threads": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n"
    f"    order = {IN_ANY_ORDER}\n    found = list(pool.map(job, order))\n",
    "threads": "from multiprocessing.pool import ThreadPool\nwith ThreadPool(2) as pool:\n"
    f"    order = {IN_ANY_ORDER}\n    found = pool.map(job, order, chunksize=1)\n",
}
RESULTS = "truth([found[order.index(n)] for n in range(len(order))])\n"
SCALED = """
net = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
for _ in range(3):
    optimizer.zero_grad()
    scaler.scale(net(torch.ones(2, 4)).square().mean()).backward()
    scaler.step(optimizer)
    scaler.update()
scaler._scale += CHANGE
truth(scaler.get_scale())
"""
SCHEDULED = LOOP.replace("    optimizer.step()\n", "    optimizer.step()\n    schedule.step()\n")
SCHEDULE = "schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)\n"
GROUPS = """
optimizer = torch.optim.Adam([{'params': net[0].parameters()}, {'params': net[1].parameters(), 'betas': (0.9, CHANGE)}])
"""
FREED = """
def main():
    net = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(4):
        optimizer.zero_grad()
        net(torch.ones(2, 4)).sum().backward()
        optimizer.step()
    optimizer.state[net.weight]['momentum_buffer'] += CHANGE
    truth(optimizer.state[net.weight]['momentum_buffer'])
main()
"""
ANOTHER_ORDER, OTHER_WORKERS = (
    "independent optimizers stepped in another order",
    "done by other workers, or in another order",
)

ALIVE_RIGHT = {
    "evolution": Case(
        BEGIN + EVOLUTION + f"net = torch.nn.Linear(4, 1)\nevolve(net, {SEEDED})", True, says=("2 parameters at the end",)
    ),
    "evolution in a function": Case(
        BEGIN + EVOLUTION + f"evolve(torch.nn.Linear(4, 1), {SEEDED})", True, says=("2 parameters at the end",)
    ),
    "torch.func": Case(BEGIN + FUNCTIONAL.replace("CHANGE", "0"), True, says=("6 parameters at the end",)),
    "plain tensors": Case(BEGIN + PLAIN_TENSORS.replace("CHANGE", "0"), True, says=("parameters at the end",)),
    "a tensor of times beside a training": Case(BEGIN + NET + TIMES + LOOP, True),
    "a name that begins with _": Case(
        BEGIN + "net = torch.nn.Linear(4, 1)\n_seen = {'noise': torch.ones(1) * " + VARY + "}\ntruth(*net.parameters())", True,
        says=("2 parameters at the end",),
    ),
    "optimizers in the order of a set": Case(BEGIN + SET_OF_OPTIMIZERS.replace("CHANGE", "0"), True, says=("14 steps, 4 losses",)),
    **{
        f"jobs of {name}": Case(BEGIN + JOB.replace("CHANGE", "0") + pool + RESULTS, True, says=("16 batches, 16 steps",))
        for name, pool in POOLS.items()
    },
    "jobs without an optimizer": Case(
        BEGIN + LONE_JOB.replace("CHANGE", "0") + POOLS["processes"] + RESULTS, True, says=("24 losses",)
    ),
    "a gradient scaler": Case(BEGIN + SCALED.replace("CHANGE", "0"), True),
    "a schedule": Case(BEGIN + NET + SCHEDULE + SCHEDULED, True, says=("3 batches, 3 steps, 3 losses",)),
    "an optimizer that is freed": Case(BEGIN + FREED.replace("CHANGE", "0"), True),
}  # fmt: skip

ALIVE_WRONG = {
    "evolution without a seed": Case(
        BEGIN + EVOLUTION + f"net = torch.nn.Linear(4, 1)\nevolve(net, {UNSEEDED})", False, "weights at the end", ("weight differs",)
    ),
    "evolution in a function without a seed": Case(
        BEGIN + EVOLUTION + f"evolve(torch.nn.Linear(4, 1), {UNSEEDED})", False, "weights at the end", ("weight differs",)
    ),
    "torch.func varies": Case(
        BEGIN + FUNCTIONAL.replace("CHANGE", VARY), False, "weights at the end", ("params['bias'] differs",)
    ),
    "plain tensors vary": Case(BEGIN + PLAIN_TENSORS.replace("CHANGE", VARY), False, "weights at the end", ("first differs",)),
    "tensors in lists vary": Case(BEGIN + LISTS.replace("CHANGE", VARY), False, "weights at the end", ("layers[1][0] differs",)),
    "a buffer varies": Case(
        BEGIN + f"net = torch.nn.BatchNorm1d(4)\nnet.running_mean += {VARY}\ntruth(net.running_mean)", False, "weights at the end",
        ("running_mean differs",),
    ),
    "what an optimizer keeps varies": Case(
        BEGIN + NET.replace("SGD", "Adam") + LOOP
        + f"_state = optimizer.state[net[0].bias]['exp_avg']\n_state += {VARY}\ntruth(_state)",
        False, "optimizer state", ("Adam keeps", "0.bias differs"),
    ),
    "what an optimizer keeps varies as it is freed": Case(
        BEGIN + FREED.replace("CHANGE", VARY), False, "optimizer state", ("SGD keeps", "weight differs")
    ),
    "the scale of gradients varies": Case(BEGIN + SCALED.replace("CHANGE", VARY), False, "optimizer state", ("gradient scaler: scale 8.",)),
    "a learning rate varies": Case(
        BEGIN + NET.replace("lr=0.1", f"lr=0.1 + {VARY}") + LOOP, False, "hyperparameters", ("at the first step", "lr ", "of SGD")
    ),
    "a learning rate varies later": Case(
        BEGIN + NET + "seen = []\n" + LOOP.replace(
            "zero_grad()", f"zero_grad()\n    seen.append(1)\n    if len(seen) == 2: optimizer.param_groups[0]['lr'] += {VARY}"
        ),
        False, "hyperparameters", ("at step 1", "lr ", "of SGD"),
    ),
    "a learning rate that is a tensor varies": Case(
        BEGIN + NET.replace("lr=0.1", "lr=torch.tensor(0.1), foreach=False") + LOOP.replace("zero_grad()", f"zero_grad()\n    optimizer.param_groups[0]['lr'] += {VARY}"),
        False, "hyperparameters", ("lr ", "of SGD"),
    ),
    "an option of one group varies": Case(
        BEGIN + NET + GROUPS.replace("CHANGE", f"0.5 + {VARY} / 4") + LOOP, False, "hyperparameters", ("betas of group 1 (0.9, 0.",)
    ),
    "another optimizer": Case(
        BEGIN + NET.replace("torch.optim.SGD", "(torch.optim.SGD, torch.optim.Adam)[os.path.exists('seen')]") + LOOP
        + "open('seen', 'w').close()", False, "control flow", ("SGD in one run, Adam in the other",),
    ),
    "one of several optimizers varies": Case(
        BEGIN + SET_OF_OPTIMIZERS.replace("CHANGE", VARY), False, "gradients", ("at step ", "parameter 0 differs")
    ),
    "optimizers of the same parameters in any order": Case(BEGIN + TWO_ON_ONE, False, "control flow", ("in another order",)),
    **{
        f"jobs of {name} vary": Case(
            BEGIN + JOB.replace("CHANGE", f"(seed == 3) * {VARY}") + pool + RESULTS, False, "loss", ("a job of",), ("streams",)
        )
        for name, pool in POOLS.items()
    },
    "jobs without an optimizer vary": Case(
        BEGIN + LONE_JOB.replace("CHANGE", f"(seed == 3) * {VARY}") + POOLS["processes"] + RESULTS, False, "weights",
        ("a job of process ForkPoolWorker",),
    ),
    "jobs that draw from their worker's stream": Case(
        BEGIN + DRAWING_JOB + f"torch.rand(int({VARY} * 100_000) + 1)\n" + POOLS["processes"] + RESULTS, False, "random streams",
        ("the stream of whichever worker takes it",), ("never seeded",),
    ),
    "one job more": Case(
        BEGIN + JOB.replace("CHANGE", "0") + POOLS["processes"].replace("range(8)", "range(8 + os.path.exists('seen'))") + RESULTS
        + "open('seen', 'w').close()", False, "control flow", ("a job of process ForkPoolWorker",),
    ),
}  # fmt: skip

ALIVE = {**ALIVE_RIGHT, **ALIVE_WRONG}
