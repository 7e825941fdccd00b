"""The clock that counts its calls: what is a clock's is the same in each run, what is not stays as it is, and waiting works."""

import os
from pathlib import Path

import pytest

from tests.support.counted import RECORDER, Job, Ran, run_jobs
from tests.support.processes import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the scripts run in forks of one process")

TOP = """
import asyncio, concurrent.futures, contextlib, copy, datetime, functools, itertools, logging, math, multiprocessing, os, pickle
import queue, random, resource, selectors, shutil, subprocess, sys, tempfile, threading, time, timeit, uuid
from datetime import timedelta, timezone
R = lambda n=4: int.from_bytes(os.urandom(n), "big")  # another number in each run
U = lambda: R() / 2**32
begin = time.time()
"""
LOG = "logging.basicConfig(level='INFO', format={!r}, stream=sys.stdout, force=True)\nlogging.info('loss 0.5')"

# What a script prints of a clock, of the machine's load, or as a temporary name.
A_CLOCK_S = {
    "elapsed": "print(f'took {time.time() - begin:.4f} s')",
    "milliseconds without a unit": "print('| epoch 3 |', round((time.time() - begin) * 1e3, 3), '| loss 0.5 |')",
    "ms/batch": "print(f'| ms/batch {(time.time() - begin) * 1000 / 7:5.2f} | loss 5.70')",
    "a rate": "print(f'{64 / (time.time() - begin):.1f} samples/s')",
    "fps in a table": "print(f'| time/              |        |\\n|    fps              | {int(5e4 / (time.time() - begin))}  |')",
    "an ETA": "print('eta', timedelta(seconds=(time.time() - begin) * 99))",
    "minutes and seconds": "e = (time.time() - begin) * 1e4\nprint(f'{e // 60:.0f}m {e % 60:.0f}s')",
    "a share of the time": "a = time.perf_counter(); b = time.perf_counter(); print(f'data {(b - a) / (time.time() - begin):.6%}')",
    "MFU": "print(f'mfu {3e-3 / (time.time() - begin) * 100:.2f}%')",
    "perf_counter": "print('now', time.perf_counter())",
    "perf_counter_ns": "print(time.perf_counter_ns() % 10**9)",
    "monotonic": "print(time.monotonic(), time.monotonic_ns())",
    "process_time": "print('cpu', time.process_time(), time.process_time_ns())",
    "thread_time": "print('thread', time.thread_time())",
    "a clock by its number": "print(time.clock_gettime(time.CLOCK_REALTIME), time.clock_gettime_ns(time.CLOCK_MONOTONIC))",
    "a Unix time": "print('run', int(time.time()))",
    "nanoseconds": "print(time.time_ns())",
    "a function bound at import": "from time import time as now, perf_counter as tic\nprint(now(), tic())",
    "a class attribute": "class Timer:\n    clock = time.perf_counter\nprint(Timer().clock())",
    "a default": "def f(now=time.time): return now()\nprint(f())",
    "timeit": "print(timeit.timeit('1 + 1', number=10, timer=timeit.default_timer))",
    "a benchmark": "n, t = timeit.Timer('1 + 1', timer=time.perf_counter).autorange()\nprint(f'{n} loops, {t / n * 1e3:.6f} ms each')",
    "now": "print(datetime.datetime.now())",
    "now in a zone": "print(datetime.datetime.now(timezone.utc).isoformat(), datetime.datetime.now(tz=timezone(timedelta(hours=2))))",
    "utcnow": "import warnings\nwarnings.simplefilter('ignore')\nprint(datetime.datetime.utcnow())",
    "today": "print(datetime.date.today(), datetime.datetime.today())",
    "a subclass's now": "class Mine(datetime.datetime): pass\nprint(Mine.now(), Mine.today(), type(Mine.now()).__name__)",
    "a difference of dates": "a = datetime.datetime.now()\nprint('Training time:', datetime.datetime.now() - a, (datetime.datetime.now() - a).total_seconds())",
    "TensorBoard's folder": "print('runs/' + datetime.datetime.now().strftime('%b%d_%H-%M-%S') + '_host')",
    "a day and a time in a name": "print(f'run_{datetime.datetime.now():%Y%m%d-%H%M%S}.pt')",
    "ISO": "print(datetime.datetime.now().isoformat(timespec='milliseconds'), datetime.date.today().isoformat())",
    "strftime": "print(time.strftime('%Y-%m-%d %H:%M:%S'), time.strftime('%x'))",
    "ctime and asctime": "print(time.ctime(), time.asctime())",
    "localtime and gmtime": "print(tuple(time.localtime())[:6], tuple(time.gmtime(None))[:6])",
    "%(asctime)s": LOG.format("%(asctime)s %(levelname)s %(message)s"),
    "%(relativeCreated)d": LOG.format("%(relativeCreated) 9d %(msecs)03d\t%(message)s"),
    "%(created)f": LOG.format("%(created)f %(message)s"),
    "a bar": "from tqdm import tqdm\nfor _ in tqdm(range(30)): pass",
    "nested bars": "from tqdm import tqdm\nfor _ in tqdm(range(3), desc='epoch'):\n    for _ in tqdm(range(5), desc='batch', leave=False): pass",
    "a bar that always draws": "from tqdm import tqdm\nfor i in (bar := tqdm(range(9), mininterval=0)): bar.set_postfix(loss=i / 9)",
    "a bar around 1 it/s": "from tqdm import tqdm\nfor _ in tqdm(range(3)): time.sleep(0.001)",
    "a bar by hand": "print('[' + '#' * 3 + f'] 3/10 [{time.time() - begin:.1f}<{(time.time() - begin) * 7 / 3:.1f}, {3 / (time.time() - begin):.2f}it/s]')",
    "skorch's dur": "print('  epoch    train_loss     dur')\nfor e in (1, 2):\n    a = time.time()\n    print(f'{e:7}        0.6931  {time.time() - a:.4f}')",
    "a dict of a trainer": "s = time.time() - begin\nprint({'train_runtime': round(s, 4), 'train_samples_per_second': round(10 / s, 3), 'train_loss': 0.3})",
    "rusage": "u = resource.getrusage(resource.RUSAGE_SELF)\nprint('MB', u.ru_maxrss / 1024, 'cpu', u.ru_utime)",
    "os.times": "print(os.times())",
    "the load": "print(os.getloadavg())",
    "psutil": "import psutil\np = psutil.Process()\nprint(p.memory_info().rss >> 20, p.cpu_percent(), psutil.virtual_memory().available, psutil.cpu_percent())",
    "a process's age": "import psutil\nprint(time.time() - psutil.Process().create_time(), psutil.Process().create_time())",
    "a temporary folder": "print(tempfile.mkdtemp(), tempfile.mktemp(suffix='.pt'))",
    "a temporary file": "with tempfile.NamedTemporaryFile() as file: print('saved to', file.name)",
    "a temporary name in a fork": "sys.stdout.flush()\nchild = os.fork()\nif child == 0:\n    print(tempfile.mktemp()); sys.stdout.flush(); os._exit(0)\n"
    "os.waitpid(child, 0); print(tempfile.mktemp())",
    "uuid1": "print(uuid.uuid1())",
    "a loop with a time limit": "n = 0\nwhile time.time() - begin < 0.5: n += 1\nprint(n, 'steps in half a second')",
    "after a sleep of some length": "time.sleep(os.urandom(1)[0] / 1e4)\nprint(time.time() - begin)",
    "after a sleep": "a = time.time()\ntime.sleep(0.02)\nprint(time.time() - a, time.perf_counter())",
    "in a thread": "t = threading.Thread(target=lambda: print(time.time(), time.time() - begin)); t.start(); t.join()",
    "in a pool of one thread": "with concurrent.futures.ThreadPoolExecutor(1) as pool: print(list(pool.map(lambda _: time.time(), range(3))))",
    "in a fork": "sys.stdout.flush()\nchild = os.fork()\nprint(time.time()); sys.stdout.flush()\nos._exit(0) if child == 0 else os.waitpid(child, 0)",
    "in workers": "from torch.utils.data import DataLoader\nclass Data(list):\n    def __getitem__(self, i): return time.time()\n"
    "print([float(x) for x in DataLoader(Data(range(6)), None, num_workers=2)])",
    "in asyncio": "async def main():\n    a = time.time()\n    await asyncio.sleep(0.001)\n    print(time.time() - a)\nasyncio.run(main())",
    "a decorator": "def timed(f):\n    @functools.wraps(f)\n    def g():\n        a = time.perf_counter(); f(); print(f'{f.__name__}: {time.perf_counter() - a:.6f}')\n    return g\n@timed\ndef step(): pass\nstep()",
    "the last digits of a date": "print(f'{datetime.datetime.now().microsecond:06d}')",
}  # fmt: skip
# Results that look as if a clock had made them.
REAL = {
    "sentiment": "print(f'sentiment {U():.6f}')",
    "a regression in seconds": "print(f'predicted lap time: {80 + U() * 9:.5f} s')",
    "a reaction time": "print('best reaction time: %.6f s' % U())",
    "a speed": "print(f'speed {U() * 100:.5f} km/h')",
    "a predicted date": "print(datetime.date(1, 1, 1) + timedelta(days=R() % 3_000_000))",
    "a predicted moment": "print(datetime.datetime.fromtimestamp(R() % 2**31, timezone.utc))",
    "a date from text": "print(datetime.datetime.strptime(f'2026-01-01 {R() % 10**6:06d}', '%Y-%m-%d %f'))",
    "a moment given to strftime": "print(time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(R() % 2**31)), time.ctime(R() % 2**31))",
    "ten digits": "print('id', 10**9 + R() % 10**9)",
    "a hexadecimal id": "print(f'0x{R(8):016x}', os.urandom(4).hex())",
    "a path": "print(f'/data/images/{R(6)}.png')",
    "in 12.3 s": "print(f'stops in {U() * 30:.5f} s')",
    "a rate": "print(f'heart rate {U() * 100:.5f} /min, {U() * 9:.5f} Hz')",
    "uuid4": "print(uuid.uuid4())",
    "a memory": "print(f'memory: {U():.6f} (recall of the memory network)')",
    "a duration": "print(f'note duration: {timedelta(seconds=R())}')",
    "a clock's time": "print(f'arrival at {R() % 24:02d}:{R() % 60:02d}:{R() % 60:02d}.{R() % 10**6:06d}')",
    "an accuracy beside a time": "print(f'acc {U():.6f} ({time.time() - begin:.1f} s)')",
    "a loss in a bar": "from tqdm import tqdm\nfor _ in (bar := tqdm(range(3))): bar.set_postfix(loss=U())",
    "a loss in a log": LOG.format("%(asctime)s %(message)s").replace("'loss 0.5'", "f'loss {U()}'"),
    "percent": "print(f'{U():.5%} done')",
    "an unseeded draw": "print('eta', random.Random().random())",
    "a version": "print(f'v{R()}.{R()}')",
    "another name for a file": "print('run_' + ''.join(random.SystemRandom().choices('abcdefgh', k=12)))",
    "a result after a time limit": "while time.time() - begin < 0.2: x = U()\nprint(x)",
    "a size": "print(f'{R() % 10**6} MB')",
    "a rate in it/s": "print(f'{U() * 9:.5f}it/s')",
}  # fmt: skip
CASES = {
    **{("clock", name): code for name, code in A_CLOCK_S.items()},
    **{("real", name): code for name, code in REAL.items()},
}


@pytest.fixture(scope="module")
def printed() -> dict[tuple[str, str], list[Ran]]:
    """Each case run twice under the clock, and once under another one."""
    jobs = [Job(TOP + code, other=other) for code in CASES.values() for other in (False, False, True)]
    found = run_jobs(jobs)
    return {name: found[3 * number : 3 * number + 3] for number, name in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_what_is_printed(case: tuple[str, str], printed: dict[tuple[str, str], list[Ran]]) -> None:
    """Under the clock two runs print the same bytes exactly where a clock's is all that differs; another clock prints others."""
    one, two, other = printed[case]
    assert (one.code, two.code, other.code) == (0, 0, 0), one.printed
    assert (one.printed == two.printed) == (case[0] == "clock"), (one.printed, two.printed)
    assert one.printed.strip()
    assert one.printed != other.printed
    assert not [line for line in one.lines if "missed" in line]


WAITS = {
    "a queue": "with contextlib.suppress(queue.Empty): queue.Queue().get(timeout=0.01)",
    "a simple queue": "with contextlib.suppress(queue.Empty): queue.SimpleQueue().get(timeout=0.01)",
    "an event": "threading.Event().wait(0.01)",
    "a condition": "c = threading.Condition()\nwith c: c.wait_for(lambda: False, 0.01)",
    "a barrier": "with contextlib.suppress(threading.BrokenBarrierError): threading.Barrier(2).wait(0.01)",
    "a thread": "e = threading.Event(); t = threading.Thread(target=e.wait); t.start(); t.join(0.01); e.set(); t.join(60)",
    "a process": "subprocess.run([sys.executable, '-I', '-S', '-c', ''], timeout=60)",
    "a process that does not end": "p = subprocess.Popen([sys.executable, '-I', '-S', '-c', 'input()'], stdin=subprocess.PIPE)\n"
    "with contextlib.suppress(subprocess.TimeoutExpired): p.wait(timeout=0.01)\np.communicate(b'x\\n', timeout=60)",
    "a connection": "from multiprocessing.connection import wait\nr, w = multiprocessing.Pipe(False)\nwait([r], 0.01); r.poll(0.01)",
    "a queue of processes": "with contextlib.suppress(queue.Empty): multiprocessing.Queue().get(timeout=0.01)",
    "a future": "f = concurrent.futures.Future()\nwith contextlib.suppress(concurrent.futures.TimeoutError): f.result(timeout=0.01)\n"
    "concurrent.futures.wait([f], 0.01)",
    "futures as they come": "f = concurrent.futures.Future()\nwith contextlib.suppress(concurrent.futures.TimeoutError):\n"
    "    list(concurrent.futures.as_completed([f], 0.01))",
    "a selector": "selectors.DefaultSelector().select(0.01)",
    "asyncio.sleep": "asyncio.run(asyncio.sleep(0.01))",
    "asyncio.wait_for": "async def main():\n    with contextlib.suppress(asyncio.TimeoutError): await asyncio.wait_for(asyncio.Event().wait(), 0.01)\nasyncio.run(main())",
    "a DataLoader": "from torch.utils.data import DataLoader\nassert len(list(DataLoader([1, 2, 3], num_workers=2, timeout=60))) == 3",
    "a Pool": "with multiprocessing.get_context('fork').Pool(1) as pool: assert pool.apply_async(abs, (-1,)).get(60) == 1",
}  # fmt: skip
HOLDS = {
    "a date stays what it was": "now = datetime.datetime.now()\nassert type(now) is datetime.datetime and isinstance(now, datetime.date)\n"
    "assert pickle.loads(pickle.dumps(now)) == copy.deepcopy(now) == now and hash(now) == hash(copy.copy(now))\n"
    "assert pickle.loads(pickle.dumps(datetime.datetime)) is datetime.datetime\n"
    "assert pickle.loads(pickle.dumps(datetime.datetime.now))() > now\n"
    "assert now + timedelta(1) - now == timedelta(1) and now.replace(year=2000).year == 2000",
    "dates are made as before": "d = datetime.datetime\nassert d.fromtimestamp(0, timezone.utc) == d(1970, 1, 1, tzinfo=timezone.utc)\n"
    "assert d.strptime('2026-01-02', '%Y-%m-%d') == d(2026, 1, 2) == d.fromisoformat('2026-01-02') == d.combine(datetime.date(2026, 1, 2), datetime.time())",
    "a subclass of datetime": "class Mine(datetime.datetime):\n    pass\nassert type(Mine.now()) is type(Mine.now(timezone.utc)) is Mine\n"
    "assert issubclass(Mine, datetime.datetime) and isinstance(Mine(2020, 1, 1), datetime.date)\n"
    "class Fixed(datetime.datetime):\n    @classmethod\n    def now(cls, tz=None): return cls(2020, 1, 1)\nassert Fixed.now().year == 2020",
    "wrong arguments are errors": "for wrong in (lambda: datetime.datetime.now('x'), lambda: time.time(1), lambda: time.sleep(-1), lambda: time.strftime(),\n"
    "              lambda: time.localtime('x'), lambda: time.sleep('x')):\n    try:\n        wrong()\n    except (TypeError, ValueError):\n        continue\n    raise AssertionError",
    "functions of time are pickled by name": "assert pickle.loads(pickle.dumps(time.perf_counter))() > 0 and time.time.__name__ == 'time'",
    "a thread goes on from the one that starts it": "found = []\nt = threading.Thread(target=lambda: found.append(time.time())); t.start(); t.join()\n"
    "assert begin < found[0] < begin + 1",
    "a fork goes on from its parent": "from torch.utils.data import DataLoader\nclass Data(list):\n    def __getitem__(self, i): return time.time()\n"
    "assert min(DataLoader(Data(range(4)), None, num_workers=2)) > begin",
    "a sleep lasts a second": "a = time.perf_counter_ns(); time.sleep(0.03); time.sleep(0); assert time.perf_counter_ns() - a == 1_010_000_000",
    "other moments are untouched": "assert time.gmtime(0).tm_year == 1970 and time.strftime('%Y', time.gmtime(0)) == '1970' and time.ctime(0)",
    "no stream is drawn from": "random.seed(1); before = random.getstate(); tempfile.mktemp(); uuid.uuid1(); os.times(); assert random.getstate() == before",
    "temporary names differ": "assert len({tempfile.mktemp() for _ in range(100)}) == 100",
    "a total stays": "import psutil\nassert psutil.virtual_memory().total > 1 << 20 and shutil.disk_usage('.').total > 0",
    "what waits is known by its file": "code = compile('import time\\nfound = time.perf_counter_ns()', 'FILE', 'exec'); names = {}\n"
    "a = time.perf_counter_ns(); exec(code, names); assert names['found'] == a + 10_000_000\n"
    "exec(code.replace(co_filename=queue.__file__), names); assert time.perf_counter_ns() == a + 20_000_000",
}  # fmt: skip
COUNTS = "\nlogging.disable()\na = time.perf_counter_ns()\n{}\nassert time.perf_counter_ns() - a == 10_000_000, 'it was counted'\n"


@pytest.fixture(scope="module")
def held() -> dict[str, Ran]:
    codes = {**{name: COUNTS.format(code) for name, code in WAITS.items()}, **HOLDS}
    return dict(zip(codes, run_jobs([Job(TOP + code) for code in codes.values()]), strict=True))


@pytest.mark.parametrize("name", WAITS)
def test_waiting(name: str, held: dict[str, Ran]) -> None:
    """What waits, with a limit, ends, and looks at the real clock: not one call is counted."""
    assert (held[name].code, held[name].printed) == (0, "")


@pytest.mark.parametrize("name", HOLDS)
def test_what_holds(name: str, held: dict[str, Ran]) -> None:
    """Dates, errors, threads, forks and streams are as they are without the clock, or go on from one count."""
    assert (held[name].code, held[name].printed) == (0, "")


EARLY = "import datetime, logging, os, resource, tempfile, threading, time, uuid\n" + "\n".join(
    A_CLOCK_S[name]
    for name in ("now", "today", "strftime", "uuid1", "rusage", "a temporary folder", "%(relativeCreated)d", "a class attribute")
).replace("force=True", "").replace("sys.stdout", "None")  # fmt: skip


def test_from_the_beginning_of_a_process(tmp_path: Path) -> None:
    """Where the clock begins before the script imports anything, and under other hashes, two runs print the same bytes."""
    (tmp_path / "train.py").write_text(EARLY, encoding="utf-8")
    found = []
    for seed in ("1", "2"):
        for name in ("tape", "temporary"):
            (tmp_path / seed / name).mkdir(parents=True)
        (tmp_path / "now").symlink_to(seed)
        variables = {"SEEDBLOCK_CLOCK": "1", "PYTHONPATH": str(RECORDER), "PYTHONHASHSEED": seed}
        folders = {"SEEDBLOCK_TAPE": str(tmp_path / "now/tape"), "TMPDIR": str(tmp_path / "now/temporary")}
        result = run("train.py", cwd=tmp_path, variables={**variables, **folders})
        assert result.returncode == 0, result.stderr
        found.append(result.stdout + result.stderr)
        (tmp_path / "now").unlink()
    assert found[0] == found[1]
    assert "loss 0.5" in found[0]
    assert "2023-11-14" in found[0]
