"""A script below a `seeded_loader`: read configurations from standard input, print the digests of the data of each."""

import json
import multiprocessing
import random
import sys

from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    RandomSampler,
    Subset,
    WeightedRandomSampler,
)

torch.set_num_threads(1)  # spawned workers import this: MKL's first call in threads may vary, pytorch issue 188792
WAVE = torch.linspace(0, 1, 3 * 224 * 224).sin()


class Augmented(Dataset):
    """Draws from every library's global stream, and sums what depends on the number of threads."""

    def __len__(self):
        return 24

    def __getitem__(self, index):
        image = WAVE * (index + 1)
        image = (image - image.mean()) * np.random.uniform(0.5, 1.5) + random.gauss(0, 1)
        return torch.cat([torch.tensor([float(index)]), image[:64] + torch.randn(64)])


def mix(samples):
    """A batch that draws, as mixup does."""
    batch = torch.stack(samples)
    return batch * random.random() + batch.flip(0) * np.random.random() + torch.rand(())


SAMPLERS = {
    "shuffled": lambda: RandomSampler(Augmented()),
    "replacement": lambda: RandomSampler(Augmented(), replacement=True, num_samples=30),
    "weighted": lambda: WeightedRandomSampler([float(i) for i in range(24)], 24),
    "distributed": lambda: DistributedSampler(Augmented(), num_replicas=2, rank=1),
}
DATASETS = {
    "plain": Augmented,
    "subset": lambda: Subset(Augmented(), range(24)),
    "concatenated": lambda: ConcatDataset([Subset(Augmented(), range(10)), Subset(Augmented(), range(10, 24))]),
}


def seed_worker(_):
    """The worker function in PyTorch's notes on reproducibility."""
    worker_seed = torch.initial_seed() % 2**32
    np.random.seed(worker_seed)
    random.seed(worker_seed)


def epochs(
    loading="seeded",
    dataset="plain",
    sampler="shuffled",
    batch_size=4,
    leave=None,
    resume=(0, 0),
    mixed=False,
    **options,
):
    """Load three epochs; return the digests of each epoch's samples.

    leave: the epoch that is left after its first batch. resume: the first epoch, and how many of its samples to skip.
    Each later pass is the next epoch by itself.
    """
    options = {"batch_size": batch_size, **options}
    # Seeded data must not depend on the number of threads. Unseeded data loads faster with one.
    torch.set_num_threads(2 if loading == "seeded" else 1)
    if loading == "seeded":
        ordered = {"sampler": SAMPLERS[sampler]()} if sampler else {}
        collate_fn = mix if mixed else None
        loader = seeded_loader(DATASETS[dataset](), 1, "train", collate_fn=collate_fn, **ordered, **options)
    else:
        torch.manual_seed(1), np.random.seed(1), random.seed(1)
        options = {"generator": torch.Generator(), **options}
        if loading == "notes":
            options = {**options, "generator": torch.Generator().manual_seed(1), "worker_init_fn": seed_worker}
        loader = DataLoader(DATASETS[dataset](), shuffle=True, **options)
    epoch, start = resume
    found = []
    if loading == "seeded":
        loader.sampler.set_epoch(epoch, start)
    for number in range(epoch, 3):
        found.append([])
        for batch in loader:
            samples = batch if batch_size else [batch]
            found[-1] += [hashlib.sha256(sample.numpy().tobytes()).hexdigest()[:16] for sample in samples]
            if leave == number:
                break
    return found


if __name__ == "__main__":
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload(["torch.utils.data", "numpy"])
    for number, config in enumerate(json.load(sys.stdin)):
        # Each configuration starts from other global streams.
        torch.manual_seed(number), np.random.seed(number), random.seed(number)
        print(json.dumps(epochs(**config)), flush=True)
