"""What is planned for each file, from what is on the disk."""

from pathlib import Path

import pytest

from seedblock.writing.plan import (
    FILE,
    FOLDER,
    LINK,
    NOTHING,
    REFUSED,
    Action,
    OnDisk,
    digest,
    is_ours,
    plan_removing,
    plan_writing,
)

PATH, BACKUP = Path("place"), Path("place.bak")
NEW, OLD, THEIRS = b"new", b"old", b"theirs"
OURS = frozenset({digest(OLD)})


def kept(what: str) -> Action:
    return Action("replaced", PATH, NEW, BACKUP, what)


def action(verb: str, found: str, content: bytes | None = None) -> Action:
    return Action(verb, PATH, content, found=found)


# What is there; then the action of install without and with --force, and the action of uninstall.
CASES = [
    (OnDisk(NOTHING), action("new", NOTHING, NEW), action("new", NOTHING, NEW), action("absent", NOTHING)),
    (OnDisk(FILE, NEW), action("current", FILE), action("current", FILE), action("removed", FILE)),
    (OnDisk(FILE, OLD), action("changed", FILE, NEW), action("changed", FILE, NEW), action("removed", FILE)),
    *((OnDisk(FILE, content), action(REFUSED, FILE), kept(FILE), action(REFUSED, FILE)) for content in (THEIRS, b"")),
    *((OnDisk(what), action(REFUSED, what), kept(what), action(REFUSED, what)) for what in (LINK, FOLDER)),
    *((OnDisk(what), *[action(REFUSED, what)] * 3) for what in ("a pipe", "a socket", "a device", "not a file")),
]


@pytest.mark.parametrize(("on_disk", "write", "force", "remove"), CASES)
def test_plan(on_disk: OnDisk, write: Action, force: Action, remove: Action) -> None:
    """A file is ours if we would write it or did. Anything else is refused, or kept as a backup with --force.

    A pipe, socket or device is refused even then.
    """
    wanted = {PATH: NEW}
    assert plan_writing(wanted, {PATH: on_disk}, OURS) == (write,)
    assert plan_writing(wanted, {PATH: on_disk}, OURS, {PATH: BACKUP}) == (force,)
    assert plan_removing(wanted, {PATH: on_disk}, OURS) == (remove,)


@pytest.mark.parametrize(
    ("on_disk", "verb"),
    [
        (OnDisk(NOTHING), "restored"),
        (OnDisk(FILE, OLD), "restored"),
        (OnDisk(FILE, THEIRS), "refused"),
        (OnDisk(LINK), "refused"),
    ],
)
def test_what_was_put_aside_comes_back(on_disk: OnDisk, verb: str) -> None:
    """A backup replaces our file, or none; if the user has put something else there, that stays."""
    (planned,) = plan_removing({PATH: NEW}, {PATH: on_disk}, OURS, {PATH: BACKUP})
    assert (planned.verb, planned.backup) == (verb, BACKUP if verb == "restored" else None)


def test_ours() -> None:
    """Only an ordinary file can be ours, and its content decides."""
    assert is_ours(OnDisk(FILE, OLD), OURS)
    assert is_ours(OnDisk(FILE, NEW), OURS, NEW)
    assert not is_ours(OnDisk(FILE, THEIRS), OURS, NEW)
    assert not is_ours(OnDisk(LINK), {digest(b"")}, b"")


def test_a_link_is_not_ours_whatever_it_leads_to() -> None:
    """A link is never read, so it cannot pass for an empty file of ours."""
    ours = frozenset({digest(b"")})
    assert plan_removing({PATH: b""}, {PATH: OnDisk(LINK)}, ours) == (action(REFUSED, LINK),)


def test_every_file_has_its_own_step_in_order() -> None:
    """A file that is not ours does not stop the others."""
    wanted = {Path("b"): NEW, Path("a"): NEW}
    on_disk = {Path("a"): OnDisk(FILE, THEIRS), Path("b"): OnDisk(NOTHING)}
    assert [action.verb for action in plan_writing(wanted, on_disk, OURS)] == ["refused", "new"]
