"""The libraries that people load data with, one row each: what a user writes, with seeding.py and without it.

`code` defines `seeded(workers)`, which returns a loader, and `plain(workers)`, which returns one too: the control. Each sample holds its index, so that lost ones are seen: `numbers`
tells those of a batch, and `values` returns the batch as floats, in rows.
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


def both(dataset, collate_fn=None, **seeded_options):
    global seeded, plain
    options = {"batch_size": 4, "collate_fn": collate_fn}

    def seeded(workers):
        return seeded_loader(dataset, seed=1, name="train", num_workers=workers, **options, **seeded_options)

    def plain(workers):
        generator = torch.Generator().manual_seed(1)
        return torch.utils.data.DataLoader(dataset, num_workers=workers, shuffle=True, generator=generator, **options)
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
data.transform = lambda pixels: transform(image=pixels)["image"]
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
]
