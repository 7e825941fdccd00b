"""What installing and uninstalling decide, from what stands at a place."""

from pathlib import Path

import pytest

from seedblock.editors.plan import FILE, NOTHING, Seen, Step, digest, plan_install, plan_uninstall

PATH, BACKUP = Path("place"), Path("place.bak")
NEW, OLD, THEIRS = b"new", b"old", b"theirs"
OURS = frozenset({digest(OLD)})
KEPT = Step("replaced", PATH, NEW, BACKUP)

# What stands there; then what install does without and with --force, and what uninstall does.
CASES = [
    (Seen(NOTHING), Step("new", PATH, NEW), Step("new", PATH, NEW), Step("absent", PATH)),
    (Seen(FILE, NEW), Step("current", PATH), Step("current", PATH), Step("removed", PATH)),
    (Seen(FILE, OLD), Step("changed", PATH, NEW), Step("changed", PATH, NEW), Step("removed", PATH)),
    (Seen(FILE, THEIRS), Step("refused", PATH), KEPT, Step("refused", PATH)),
    (Seen(FILE, b""), Step("refused", PATH), KEPT, Step("refused", PATH)),
    (Seen("a link"), Step("refused", PATH), KEPT, Step("refused", PATH)),
    (Seen("a folder"), Step("refused", PATH), KEPT, Step("refused", PATH)),
    (Seen("no ordinary file"), Step("refused", PATH), KEPT, Step("refused", PATH)),
]


@pytest.mark.parametrize(("seen", "install", "force", "uninstall"), CASES)
def test_plan(seen: Seen, install: Step, force: Step, uninstall: Step) -> None:
    """Ours is what we would write, or noted as written; anything else stays, or with --force is kept as a backup."""
    wanted = {PATH: NEW}
    assert plan_install(wanted, {PATH: seen}, OURS) == (install,)
    assert plan_install(wanted, {PATH: seen}, OURS, {PATH: BACKUP}) == (force,)
    assert plan_uninstall(wanted, {PATH: seen}, OURS) == (uninstall,)


def test_a_link_is_not_ours_whatever_it_leads_to() -> None:
    """Without a note of its own content a link, whose content is never read, cannot pass for a file of ours."""
    ours = frozenset({digest(b"")})
    assert plan_uninstall({PATH: b""}, {PATH: Seen("a link")}, ours) == (Step("refused", PATH),)


def test_every_file_has_its_own_step_in_order() -> None:
    """One file that is not ours does not hold up the others."""
    wanted = {Path("b"): NEW, Path("a"): NEW}
    seen = {Path("a"): Seen(FILE, THEIRS), Path("b"): Seen(NOTHING)}
    assert [step.verb for step in plan_install(wanted, seen, OURS)] == ["refused", "new"]
