"""What --vary gives the two runs, and what it refuses."""

import pytest

from seedblock.errors import UsageError
from seedblock.twice.run.call import DRIVER, Call
from seedblock.twice.run.varying import replaced, vary


def test_vary_of_a_notebook() -> None:
    """A notebook has no arguments to vary, and variables it has."""
    call = Call(("python", "-I", str(DRIVER), "a.ipynb", "python"), {}, None)
    with pytest.raises(UsageError) as caught:
        vary((call, call), ["x=1,2", "y=1,2", "Z=1,2"])
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        f"a notebook takes no arguments, got --vary {option!r}" for option in ("x=1,2", "y=1,2")
    ]
    assert [made.variables for made in vary((call, call), ["Z=1,2"])] == [{"Z": "1"}, {"Z": "2"}]


# The words of a command, what is varied, and what the two runs get instead of the words.
VARIED = {
    "an option with a value": (["--amp", "2", "x"], "amp", (["--amp", "0", "x"], ["--amp", "1", "x"])),
    "a negative value": (["--lr", "-.5", "x"], "lr", (["--lr", "0", "x"], ["--lr", "1", "x"])),
    "a joined value": (["--amp=2", "--x"], "amp", (["--amp=0", "--x"], ["--amp=1", "--x"])),
    "no such option": (["--amplitude", "2"], "amp", (["--amplitude", "2", "--amp", "0"], ["--amplitude", "2", "--amp", "1"])),
}  # fmt: skip
NOT_VARIED = {
    "a bare flag before another option": (["--amp", "--epochs", "3"], "--vary AMP=0,1"),
    "a bare flag before a short option": (["--amp", "-j", "3"], "--vary AMP=0,1"),
    "a bare flag at the end": (["--epochs", "3", "--amp"], "--vary AMP=0,1"),
    "an option given twice": (["--amp", "1", "--amp", "2"], "the command has 2"),
    "an option given in both forms": (["--amp", "1", "--amp=2"], "the command has 2"),
}


@pytest.mark.parametrize("name", VARIED)
def test_vary_sets_one_value(name: str) -> None:
    """--vary replaces the value of an option, or adds the option; no other word changes."""
    words, varied, meant = VARIED[name]
    call = Call(("python", "train.py", *words), {}, 1)
    made = vary((call, call), [f"{varied}=0,1"])
    assert [list(one.command[2:]) for one in made] == list(meant)


@pytest.mark.parametrize("name", NOT_VARIED)
def test_vary_replaces_no_other_word(name: str) -> None:
    """An option without a value, or one that is there twice, is refused with what to do instead."""
    words, said = NOT_VARIED[name]
    call = Call(("python", "train.py", *words), {}, 1)
    with pytest.raises(UsageError) as caught:
        vary((call, call), ["amp=0,1"])
    (problem,) = caught.value.problems
    assert problem.startswith("--vary 'amp=0,1' ")
    assert said in problem


def test_a_name_is_varied_once() -> None:
    """The same name twice is refused: the first would have no effect."""
    call = Call(("python", "train.py"), {}, 1)
    with pytest.raises(UsageError) as caught:
        vary((call, call), ["lr=1,2", "X=1,2", "lr=3,4"])
    assert caught.value.problems == tuple(
        f"--vary takes each NAME once, got {option!r}" for option in ("lr=1,2", "lr=3,4")
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--amp", "data.csv"], ["--vary: 'data.csv' is '0' in run 1 and '1' in run 2"]),
        (["--amp=0"], ["--vary: '--amp=0' is '--amp=0' in run 1 and '--amp=1' in run 2"]),
        (["data.csv"], []),
    ],
)
def test_what_is_replaced_is_said(words: list[str], said: list[str]) -> None:
    """A word that is replaced is named, as it may be none of the option's; one that is added is not."""
    call = Call(("python", "train.py", *words), {}, 1)
    assert replaced(call, vary((call, call), ["amp=0,1"])) == said
