"""The templates of this installation: where they are, and their text. Nothing else reads them."""

from pathlib import Path

from seedblock.errors import SeedblockError

PACKAGE = Path(__file__).resolve().parents[1]


def find_templates() -> Path:
    """Return the template folder of this installation or checkout. Raises SeedblockError naming both places."""
    places = (PACKAGE / "templates", PACKAGE.parents[1] / "templates")
    for place in places:
        if place.is_dir():
            return place
    raise SeedblockError(f"no templates in {str(places[0])!r} or {str(places[1])!r}: install seedblock again")


def read_templates(folder: Path) -> dict[str, str]:
    """Map each template's path in `folder` to its text. Raises SeedblockError for one that is not UTF-8."""
    templates, problems = {}, []
    for path in sorted(folder.rglob("*.jinja")):
        name = path.relative_to(folder).as_posix()
        try:
            templates[name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(f"templates/{name}: not UTF-8 at byte {error.start}: {error.object[error.start]:#x}")
    if problems:
        raise SeedblockError(*problems)
    return templates
