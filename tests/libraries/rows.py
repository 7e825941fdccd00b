"""The libraries that people load data with, one row each: what a user writes, with seeding.py and without it.

`code` defines `seeded(workers)`, which returns a loader, and `plain(workers)`, which returns one too: the control. Each sample
holds its index, so that lost ones are seen: `numbers` tells those of a batch, and `values` returns the batch as floats, in rows.
"""

from typing import NamedTuple

# 24 images of 3 x 16 x 16, of which the first pixel is the number of the image.
IMAGES = """
def image(index):
    pixels = np.random.default_rng(index).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    pixels[0, 0, 0] = index
    return pixels


def values(batch):
    pixels = batch["image"] if isinstance(batch, dict) else batch[0] if isinstance(batch, (list, tuple)) else batch
    return torch.as_tensor(pixels).float().flatten(1)


def numbers(batch):
    return (batch["number"] if isinstance(batch, dict) else batch[1]).tolist()


class Images(torch.utils.data.Dataset):
    transform = None

    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        return self.transform(image(index)), index


def both(dataset, collate_fn=None, reseed=None, context=None, **seeded_options):
    global seeded, plain

    def options(workers):
        spawned = {"multiprocessing_context": context} if workers else {}
        return {"batch_size": 4, "collate_fn": collate_fn, "num_workers": workers, **spawned}

    def seeded(workers, reseed=reseed):
        return seeded_loader(dataset, seed=1, name="train", reseed=reseed, **options(workers), **seeded_options)

    def plain(workers):
        generator = torch.Generator().manual_seed(1)
        return torch.utils.data.DataLoader(dataset, shuffle=True, generator=generator, **options(workers))
"""


class Row(NamedTuple):
    """libraries: what to import, or the row is skipped. common: what stands above the code."""

    name: str
    libraries: tuple[str, ...]
    code: str
    common: str = IMAGES


HUGGING_FACE = """
import datasets

data = datasets.Dataset.from_dict({"number": list(range(SIZE)), "image": [image(i) for i in range(SIZE)]})

def augment(rows):
    rows["image"] = [np.asarray(pixels) + np.random.random((16, 16, 3)) for pixels in rows["image"]]
    return rows

data = data.with_transform(augment)
"""

ROWS = [
    Row(
        "torch",
        (),
        "data = Images()\ndata.transform = lambda pixels: pixels + np.random.random() + random.random()\nboth(data)",
    ),
    Row(
        "torchvision",
        ("torchvision",),
        """
from torchvision.transforms import v2

data = Images()
data.transform = v2.Compose([v2.ToImage(), v2.RandomResizedCrop(8), v2.RandomHorizontalFlip(), v2.ColorJitter(0.5)])
both(data)
""",
    ),
    Row(
        "torchvision, CutMix in the collate_fn",
        ("torchvision",),
        """
from torchvision.transforms import v2

data = Images()
data.transform = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32)])
cut_mix = v2.CutMix(num_classes=SIZE)

def collate(samples):
    images, numbers = torch.utils.data.default_collate(samples)
    return *cut_mix(images, numbers), numbers

def numbers(batch):
    return batch[2].tolist()

both(data, collate_fn=collate)
""",
    ),
    Row(
        "albumentations",
        ("albumentations",),
        """
import albumentations

transform = albumentations.Compose([
    albumentations.RandomCrop(8, 8), albumentations.HorizontalFlip(), albumentations.RandomBrightnessContrast(p=1)
])

data = Images()
data.transform = lambda pixels, transform=transform: transform(image=pixels)["image"]
both(data)
""",
    ),
    Row(
        "MONAI",
        ("monai",),
        """
import monai
from monai.transforms import Compose, LambdaD, RandFlipD, RandGaussianNoiseD

data = monai.data.Dataset(
    [{"image": index, "number": index} for index in range(SIZE)],
    Compose([LambdaD("image", lambda i: image(i).astype(np.float32)), RandFlipD("image", 0.5), RandGaussianNoiseD("image", 1)]),
)
both(data)
""",
    ),
    Row("Hugging Face datasets", ("datasets",), HUGGING_FACE + "both(data)"),
    Row("Hugging Face datasets, batched", ("datasets",), HUGGING_FACE + "both(data, batched=True)"),
    Row(
        "PyG",
        ("torch_geometric",),
        """
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import RandomJitter

class Graphs(torch.utils.data.Dataset):
    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        edges = torch.tensor([[0, 1, 2], [1, 2, 0]])
        return RandomJitter(0.1)(Data(x=torch.eye(3), pos=torch.eye(3), edge_index=edges, number=index))

def values(batch):
    return batch.pos.reshape(batch.num_graphs, -1)

def numbers(batch):
    return batch.number.tolist()

def seeded(workers):
    options = {"batch_size": 4, "num_workers": workers, "collate_fn": Batch.from_data_list}
    return seeded_loader(Graphs(), seed=1, name="train", **options)

def plain(workers):
    from torch_geometric.loader import DataLoader
    return DataLoader(Graphs(), batch_size=4, num_workers=workers, generator=torch.Generator().manual_seed(1), shuffle=True)
""",
        common="",
    ),
    Row(
        "timm, Mixup in the collate_fn",
        ("timm", "torchvision"),
        """
from timm.data import create_transform
from timm.data.mixup import FastCollateMixup
from PIL import Image

data = Images()
augment = create_transform(8, is_training=True, auto_augment="rand-m9-mstd0.5", re_prob=0.5, mean=(0,) * 3, std=(1,) * 3)
data.transform = lambda pixels: np.asarray(augment(Image.fromarray(pixels)) * 255, dtype=np.uint8)
mix = FastCollateMixup(mixup_alpha=0.8, num_classes=SIZE)

def collate(samples):
    images, targets = mix(samples)
    return images, torch.tensor([number for _, number in samples]), targets

both(data, collate_fn=collate)
""",
    ),
    Row(
        "fastai",
        ("fastai",),
        """
from fastai.vision.augment import RandomResizedCrop
from fastai.vision.core import PILImage
import fastai.data.load

data = Images()
crop = RandomResizedCrop(8)
data.transform = lambda pixels: np.asarray(crop(PILImage.create(pixels), split_idx=0))
both(data)
""",
    ),
    Row(
        "torchdata, StatefulDataLoader",
        ("torchdata",),
        """
from torchdata.stateful_dataloader import StatefulDataLoader

data = Images()
data.transform = lambda pixels: pixels + np.random.random() + random.random()
both(data, loader_class=StatefulDataLoader)
""",
    ),
    Row(
        "kornia",
        ("kornia",),
        """
import kornia.augmentation

transform = kornia.augmentation.AugmentationSequential(
    kornia.augmentation.RandomHorizontalFlip(), kornia.augmentation.RandomGaussianNoise(p=1.0)
)
data = Images()
data.transform = lambda pixels: transform(torch.tensor(pixels).permute(2, 0, 1)[None].float())[0]
both(data)
""",
    ),
    Row(
        "OpenCV",
        ("cv2",),
        """
import cv2

def add_noise(pixels):
    shift, noise = np.empty(3, np.float32), np.empty(pixels.shape, np.float32)
    return pixels + cv2.randn(noise, 0, 20) + cv2.randu(shift, 0, 1)

data = Images()
data.transform = add_noise
both(data, reseed=cv2.setRNGSeed)
""",
    ),
    Row(
        "numba",
        ("numba",),
        """
import numba

@numba.njit
def jitter(pixels):
    return pixels + np.random.random()  # of numba's own stream

@numba.njit("void(int64)")
def seed_numba(seed):
    np.random.seed(seed)

jitter(image(0))  # compile before workers do
data = Images()
data.transform = jitter
both(data, reseed=seed_numba)
""",
    ),
    Row(
        "polars",
        ("polars",),
        """
import multiprocessing, polars

class Rows(torch.utils.data.Dataset):
    frame = polars.DataFrame({"number": range(10 * SIZE), "x": np.arange(10.0 * SIZE)})

    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        rows = self.frame.filter(polars.col("number") % SIZE == index)
        rows = rows.sample(4, shuffle=True, seed=int(np.random.randint(2**31)))
        noisy = rows.with_columns(polars.col("x") + polars.Series("noise", np.random.random(4)))
        return noisy["x"].to_numpy(), index

multiprocessing.set_forkserver_preload(["torch.utils.data", "numpy"])
both(Rows(), context="forkserver")  # polars' threads do not outlive a fork
""",
    ),
    Row(
        "segmentation, image and mask",
        ("albumentations",),
        """
import albumentations

class Pairs(torch.utils.data.Dataset):
    transform = albumentations.Compose([albumentations.HorizontalFlip(), albumentations.RandomCrop(8, 8)])

    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        pixels = image(index)
        # Not int64: some flips make int32 of it, and in workers torch's default_collate makes int32 of all of a batch.
        pair = self.transform(image=pixels, mask=(pixels[..., 1] > 99).astype(np.uint8))
        return pair["image"], index, pair["mask"]

def numbers(batch):
    assert torch.equal(batch[0][..., 1] > 99, batch[2] == 1), "the mask is not cut as the image is"
    return batch[1].tolist()

both(Pairs())
""",
    ),
    Row(
        "detection, lists of dicts scaled in the loop",
        (),
        """
class Boxes(torch.utils.data.Dataset):
    targets = [{"boxes": torch.arange(4.0).repeat(2, 1) + i, "number": i} for i in range(SIZE)]

    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        return torch.tensor(image(index)), self.targets[index]  # the dataset's own dict

def values(batch):
    images, targets = batch
    for target in targets:
        target["boxes"] *= 2
    return torch.stack([target["boxes"] for target in targets]).flatten(1)

def numbers(batch):
    return [target["number"] for target in batch[1]]

both(Boxes(), collate_fn=lambda samples: tuple(zip(*samples)))
""",
    ),
]

# Whether data are the same for 0 and for 2 workers, and in two runs without workers, if reseed= is left out. imgaug is not
# here: its last version does not import with NumPy 2.
WITHOUT_RESEED = {
    "albumentations": (True, True),
    "MONAI": (True, True),
    "kornia": (True, True),
    "OpenCV": (False, True),
    "numba": (False, False),
}
