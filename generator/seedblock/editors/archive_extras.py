"""What archives hold besides the snippets: the licence and the icons."""

from importlib import metadata
from pathlib import Path

from seedblock.errors import SeedblockError

ICONS = ("icon.png", "pluginIcon.svg")


def read_extras() -> dict[str, bytes]:
    """Map LICENSE and the name of each icon to its content. Raises SeedblockError, OSError."""
    try:
        licence = metadata.distribution("seedblock").read_text("licenses/LICENSE")
    except metadata.PackageNotFoundError:
        licence = None
    if licence is None:
        raise SeedblockError("this seedblock was installed without its licence: install it again")
    folder = Path(__file__).with_name("archives")
    return {"LICENSE": licence.encode()} | {name: (folder / name).read_bytes() for name in ICONS}
