"""The command line, run as a user runs it: exit codes, both outputs, bytes on disk."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock import __version__
from seedblock.cli import COMMANDS, main
from seedblock.problems import problems_of
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.commands import HEADINGS
from seedblock.rendering.model import BLOCK, FILE, USE, stem
from seedblock.rendering.targets import NAMES as TARGETS
from seedblock.terminal import STANDARD_OUTPUT
from tests.support.editor_samples import SNIPPETS
from tests.support.expanders import (
    expand_live_template,
    expand_snippet,
    expand_ultisnips,
    expand_yasnippet,
    merge_velocity,
)
from tests.support.processes import ROOT, environment, run

COUNT = sum(path.is_file() for path in (ROOT / "snippets").rglob("*"))
SEED_PY = (ROOT / "snippets/python/seed.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Each snippet has its abbreviation and one line below its form, and its fields, which a block shares with its use."""
    assert main(["list"]) == 0
    *groups, _ = capsys.readouterr().out.split("\n\n")
    assert [group.partition("\n")[0] for group in groups] == [f"{heading}:" for heading in HEADINGS.values()]
    for form, group in zip(HEADINGS, groups, strict=True):
        lines = iter(group.splitlines()[1:])
        for entry in CATALOG:
            if entry.form == form:
                assert next(lines).split(maxsplit=1) == [entry.abbreviation, entry.description]
                if entry.fields and form != BLOCK:
                    fields = (f"{field.name}={field.default}" for field in entry.fields)
                    assert next(lines).strip() == ", ".join(fields)
        assert list(lines) == []


def test_list_explains_each_field(capsys: pytest.CaptureFixture[str]) -> None:
    """Each field is explained once, at the end, with what it accepts."""
    main(["list"])
    lines = capsys.readouterr().out.splitlines()
    explained = lines[lines.index("fields, for --set FIELD=VALUE:") + 1 :]
    assert "seed_value     the seed of every random stream; an integer in [0, 2**32 - 1]" in explained
    assert any(line.startswith("module         where seeding.py is, ") for line in explained)
    assert [line.split()[0] for line in explained] == sorted({f.name for entry in CATALOG for f in entry.fields})


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    """The plain code is printed as it is in snippets/."""
    assert main(["show", "seed"]) == 0
    assert capsys.readouterr().out == SEED_PY


@pytest.mark.parametrize("name", ["seedloader", "seedloader_block", "seedmodule", "seedtrain", "seedscope"])
@pytest.mark.parametrize("target", TARGETS)
def test_show_every_form(name: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each form can be shown for each target, as a user would paste it: it expands to the code."""
    assert main(["show", name, "--target", target]) == 0
    shown, code = capsys.readouterr().out, SNIPPETS[name].code
    if target == "python":
        assert shown == SNIPPETS[name].plain
    elif target == "pycharm" and SNIPPETS[name].form == FILE:
        assert merge_velocity(shown) == code
    elif target == "pycharm":
        assert expand_live_template(shown, name) == code
    elif target == "emacs":
        assert expand_yasnippet(shown) == code
    elif target == "vim":
        assert expand_ultisnips(shown, name) == code
    else:
        assert expand_snippet(shown, name) == code


def test_render_some(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--only writes the named snippets, in each target's file; a block needs its use no more than a use its block."""
    for name in ("seedloader", "seedloader_block"):
        assert main(["render", "--only", name, "--out", name]) == 0
        assert capsys.readouterr().err == ""
        assert [path.name for path in (tmp_path / name / "python").iterdir()] == [f"{name}.py"]
        for path in ("vscode/seedblock.code-snippets", "zed/python.json"):
            (entry,) = json.loads((tmp_path / name / path).read_text(encoding="utf-8")).values()
            assert entry["prefix"] == name
        assert not (tmp_path / name / "pycharm/fileTemplates").exists()


def test_one_module_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--set module=utils.seeding reaches every use and the training script, and nothing else changes."""
    assert main(["render", "--out", "utils", "--set", "module=utils.seeding"]) == 0
    for name, snippet in SNIPPETS.items():
        text = (tmp_path / f"utils/python/{stem(snippet)}.py").read_text(encoding="utf-8")
        lines = slice(name == "seedtrain", None)  # its first line has a digest of the rest
        meant = snippet.plain.replace("from seeding import", "from utils.seeding import")
        assert text.splitlines()[lines] == meant.splitlines()[lines]
        assert (text != snippet.plain) == (snippet.form == USE or name == "seedtrain")
    capsys.readouterr()
    assert main(["show", "seedstate", "--set", "module=.seeding"]) == 0
    assert capsys.readouterr().out.startswith("from .seeding import rng_state")


@pytest.mark.parametrize(
    ("target", "default", "changed"),
    [
        ("python", "seed_value = 2020 ", "seed_value = 7 "),
        ("pycharm", "&quot;2020&quot;", "&quot;7&quot;"),
        ("vscode", "${1:2020}", "${1:7}"),
        ("zed", "${1:2020}", "${1:7}"),
        ("emacs", "${1:2020}", "${1:7}"),
        ("vim", "${1:2020}", "${1:7}"),
    ],
)
def test_show_with_another_default(target: str, default: str, changed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--set changes the default in every target, and nothing else."""
    assert main(["show", "seed", "--target", target]) == 0
    before = capsys.readouterr().out
    assert before.count(default) == 1
    assert main(["show", "seed", "--target", target, "--set", "seed_value=7"]) == 0
    assert capsys.readouterr().out == before.replace(default, changed)


def test_one_seed_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    """--set seed_value=7 reaches every snippet that has a seed, in its call too: no 2020 is left."""
    assert main(["render", "--out", "seven", "--set", "seed_value=7"]) == 0
    for path in filter(Path.is_file, Path("seven").rglob("*")):
        assert "2020" not in path.read_text(encoding="utf-8"), f"{path} has a seed that is no field"
    assert "# seed_everything(7, deterministic=True)" in Path("seven/python/seedall.py").read_text(encoding="utf-8")


CLIPBOARD = """#!/bin/sh
# Replaces xclip, pbcopy and pbpaste: saves its input, or with -o or as pbpaste prints what was saved.
case "$0 $*" in *pbpaste*|*" -o"*) cat "{kept}" ;; *) cat > "{kept}" ;; esac
"""


@pytest.mark.skipif(os.name != "posix", reason="the clipboard of Windows cannot be replaced by a script")
@pytest.mark.parametrize("target", ["python", "pycharm"])
def test_copy(target: str, tmp_path: Path) -> None:
    """--copy passes exactly what is printed without it to the system's clipboard helper."""
    for name in ("xclip", "pbcopy", "pbpaste"):
        (tmp_path / name).write_text(CLIPBOARD.replace("{kept}", str(tmp_path / "kept")), encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    arguments = ["-m", "seedblock", "show", "seed", "--target", target]
    variables = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "DISPLAY": ":7"}
    result = run(*arguments, "--copy", cwd=tmp_path, variables=variables)
    assert (result.returncode, result.stdout, result.stderr) == (0, "copied: seed\n", "")
    assert (tmp_path / "kept").read_bytes() == run(*arguments, cwd=tmp_path).stdout.encode()


@pytest.mark.skipif(os.name != "posix", reason="the clipboard of Windows cannot be replaced by a script")
@pytest.mark.parametrize(
    ("helper", "problem"), [("exit 1", "the clipboard did not accept the text"), (None, "no clipboard: ")]
)
def test_copy_without_a_clipboard(helper: str | None, problem: str, tmp_path: Path) -> None:
    """Without a helper, or with one that fails silently, the exit code is 2 and one line says so."""
    if helper:
        for name in ("xclip", "pbcopy", "pbpaste"):
            (tmp_path / name).write_text(f"#!/bin/sh\ncat > /dev/null\n{helper}\n", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
    shell = "/bin" if helper else ""
    variables = {"PATH": f"{tmp_path}{os.pathsep}{shell}", "DISPLAY": ":7"}
    if sys.platform == "darwin" and not helper:
        pytest.skip("macOS finds its own helpers")
    result = run("-m", "seedblock", "show", "seed", "--copy", cwd=tmp_path, variables=variables)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"seedblock: {problem}")


def test_render_has_a_life_cycle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing, rendered, current, edited by hand, compared, replaced; --check and --diff write nothing."""
    stages = [
        (["--check"], 1, "missing: snippets/python/seed.py\n", "seedblock: run `seedblock render` to update\n"),
        ([], 0, "new: snippets/python/seed.py\n", ""),
        ([], 0, f"current: {COUNT} files in snippets\n", ""),
        (["--check"], 0, f"current: {COUNT} files in snippets\n", ""),
    ]
    for arguments, code, out, err in stages:
        assert main(["render", *arguments]) == code
        captured = capsys.readouterr()
        assert out in captured.out
        assert captured.err == err
    assert (tmp_path / "snippets/python/seed.py").read_bytes() == SEED_PY.encode()

    edited = tmp_path / "snippets/python/seed.py"
    edited.write_bytes(b"mine\n")
    before = edited.stat().st_mtime_ns
    assert main(["render", "--check"]) == 1
    assert capsys.readouterr().out == "stale: snippets/python/seed.py\n"
    assert main(["render", "--diff"]) == 1
    assert "-mine\n+import os\n" in capsys.readouterr().out
    assert edited.stat().st_mtime_ns == before
    assert main(["render"]) == 1
    assert capsys.readouterr().err.startswith("seedblock: 'snippets/python/seed.py' is not as seedblock wrote it, ")
    assert edited.read_bytes() == b"mine\n"
    assert main(["render", "--force"]) == 0
    backup = "snippets/python/seed.py.bak"
    assert capsys.readouterr().out == f"replaced: snippets/python/seed.py (the original is kept as {backup})\n"
    assert (edited.read_bytes(), Path(backup).read_bytes()) == (SEED_PY.encode(), b"mine\n")


def test_check_with_settings_names_them_in_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """The suggested command is complete, and quoted for a shell."""
    assert main(["render", "--check", "--out", "my folder", "--set", "seed_value=7"]) == 1
    assert (
        capsys.readouterr().err == "seedblock: run `seedblock render --out 'my folder' --set seed_value=7` to update\n"
    )


def test_a_file_that_nothing_renders_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A leftover snippet fails the check until it is deleted, and render leaves it alone."""
    main(["render"])
    (tmp_path / "snippets/python/old.py").touch()
    capsys.readouterr()
    for arguments, code, remedy in (
        (["--check"], 1, "seedblock: remove the files that no template renders\n"),
        ([], 0, ""),
    ):
        assert main(["render", *arguments]) == code
        current = "" if arguments else f"current: {COUNT} files in snippets\n"
        assert capsys.readouterr() == (f"{current}not rendered by any template: snippets/python/old.py\n", remedy)


BAD_INPUT = [
    (["show", "sed"], "unknown snippet 'sed': did you mean 'seed'?"),
    (["show", "seed", "--target", "pycham"], "unknown target 'pycham': did you mean 'pycharm'?"),
    (["show", "seed", "--set", "sed_value=1"], "unknown field 'sed_value': did you mean 'seed_value'?"),
    (["show", "seed", "--set", "x=1"], "unknown field 'x': known: seed_value"),
    (["show", "seed", "--set", "seed_value"], "--set takes FIELD=VALUE, got 'seed_value'"),
    *(
        (
            ["show", "seed", "--set", f"seed_value={value}"],
            f"seed_value must be an integer in [0, 2**32 - 1], got {value!r}",
        )
        for value in ("abc", "-1", "4294967296", "1.5", "True", "", " ", "7\n", "1=2")
    ),
    *(
        (
            ["show", "seedloader", "--set", f"module={value}"],
            f"module must be the name of a module, such as seeding, utils.seeding or .seeding, got {value!r}",
        )
        for value in ("", "a-b", "class", "a.", "a b", "seeding as s", "é")
    ),
    (
        ["show", "seedloader_block", "--set", "module=a"],
        "unknown field 'module': known: batch_size, dataset, loader_name, num_workers, seed_value",
    ),
    (["show", "seedmodule", "--set", "module=a"], "unknown field 'module': known: none"),
    (
        ["show", "seedloader_blok"],
        "unknown snippet 'seedloader_blok': did you mean 'seedloader_block', 'seedloader', 'seediter_block'?",
    ),
    (["render", "--out", ""], "--out takes a folder, got ''"),
    (["show", "seed", "--set", "seed_value=1", "--set", "seed_value=2"], "--set gives seed_value twice: '1' and '2'"),
]


@pytest.mark.parametrize(("arguments", "problem"), BAD_INPUT)
def test_bad_input(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake is one line with the value in repr; exit code 2; nothing on stdout."""
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", f"seedblock: {problem}\n")


def test_several_wrong_values_are_reported_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything wrong with the arguments is reported at once, and nothing is written."""
    assert main(["render", "--set", "modle=net", "--set", "b", "--set", "seed_value=-1"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "seedblock: --set takes FIELD=VALUE, got 'b'",
        "seedblock: unknown field 'modle': did you mean 'module', 'model'?",
        "seedblock: seed_value must be an integer in [0, 2**32 - 1], got '-1'",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["show"], ["show", "seed", "--bad"], ["render", "--che"]])
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong call prints the usage and gives exit code 2."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage: seedblock")


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command gets the nearest one, and exit code 2."""
    assert main(["rendr"]) == 2
    assert capsys.readouterr() == ("", "seedblock: unknown command 'rendr': did you mean 'render'?\n")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_on_one_screen(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each command is at most 24 lines of 80 columns and ends with an example that can be typed."""
    assert main([*command.split(), "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith(f"example: seedblock {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_each_thing_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of each command begins with a sentence on the command, and has a text for each option."""
    main([command, "--help"])
    usage, about, *groups, _ = capsys.readouterr().out.split("\n\n")
    assert usage.startswith(f"usage: seedblock {command}")
    assert re.match(r"[A-Z].*\.", about, flags=re.DOTALL)
    for title, *lines in map(str.splitlines, groups):
        if title in ("positional arguments:", "options:"):
            for line in lines:
                assert re.match(r"  \S+( \S+)*  +\S| {8}", line), f"{line!r} has no text"


def test_broken_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken template is named with its line, exit code 2, and nothing is written."""
    from seedblock.rendering import sources

    shutil.copytree(ROOT / "templates", tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(sources, "find_templates", lambda: tmp_path)
    (tmp_path / "seed.py.jinja").write_text("\n{{ sed }}\n", encoding="utf-8")
    assert main(["render", "--out", "out"]) == 2
    assert capsys.readouterr() == ("", "seedblock: templates/seed.py.jinja, line 2: 'sed' is undefined\n")
    (tmp_path / "seed.py.jinja").write_text("a = '\x0c'\nb = {{ seed_value }}\n", encoding="utf-8")
    assert main(["render", "--out", "out"]) == 2
    assert (
        capsys.readouterr().err
        == "seedblock: seed: line 1, column 6 contains '\\x0c': XML cannot hold this character\n"
    )
    assert not (tmp_path / "out").exists()


def unwritable() -> list[tuple[str, str]]:
    places = [("file", "a file where the folder should be"), ("file/below", "a file where its parent should be")]
    return [*places, ("/proc/seedblock", "a folder that even root cannot write")] if sys.platform == "linux" else places


@pytest.mark.parametrize(("out", "_why"), unwritable())
def test_out_that_cannot_be_written(out: str, _why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, the path is named, and there is no traceback."""
    (tmp_path / "file").write_bytes(b"mine")
    assert main(["render", "--out", out]) == 2
    assert capsys.readouterr().err.startswith(f"seedblock: cannot read or write '{out}")
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_folder_where_a_file_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with the name of a file is left alone; exit code 1."""
    (tmp_path / "snippets/python/seed.py/mine").mkdir(parents=True)
    assert main(["render"]) == 1
    assert "seed.py" in capsys.readouterr().err
    assert (tmp_path / "snippets/python/seed.py/mine").is_dir()


POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has other pipes, devices and encodings")


def run_with(arguments: list[str], cwd: Path, **streams: int) -> tuple[int, bytes]:
    process = subprocess.run(
        [sys.executable, "-m", "seedblock", *arguments],
        **{"stderr": subprocess.PIPE, **streams},  # type: ignore[call-overload]
        env=environment(),
        cwd=cwd,
        check=False,
    )
    return process.returncode, process.stderr or b""


MEND = b"seedblock: run `seedblock render` to update\n"


@POSIX
@pytest.mark.parametrize(
    ("command", "code", "stderr"),
    [
        ("list", 0, b""),
        ("show seed", 0, b""),
        ("--help", 0, b""),
        ("render", 0, b""),
        ("render --check", 1, MEND),
        ("render --diff", 1, MEND),
        ("add", 0, b""),
        ("add --diff seedtrain", 1, MEND.replace(b"render", b"add seedtrain")),
        ("show sed", 2, b"seedblock: unknown snippet 'sed': did you mean 'seed'?\n"),
    ],
)
def test_a_closed_pipe_ends_quietly(command: str, code: int, stderr: bytes, tmp_path: Path) -> None:
    """A reader that is gone before the first byte is not an error: the exit code is the same as with a reader."""
    read, write = os.pipe()
    os.close(read)
    assert run_with(command.split(), tmp_path, stdout=write) == (code, stderr)
    assert run_with(command.split(), tmp_path, stdout=write, stderr=write) == (code, b"")
    os.close(write)


@POSIX
@pytest.mark.parametrize("command", ["list", "show seed", "--help", "render --check"])
def test_output_that_cannot_be_written(command: str, tmp_path: Path) -> None:
    """A full device or a closed standard output is reported, with exit code 2."""
    with Path("/dev/full").open("wb") as full:
        code, stderr = run_with(command.split(), tmp_path, stdout=full.fileno())
    assert code == 2
    assert stderr.endswith(b"seedblock: cannot read or write standard output: No space left on device\n")
    closed = f'exec "{sys.executable}" -m seedblock {command} >&-'
    result = subprocess.run(["sh", "-c", closed], env=environment(), cwd=tmp_path, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (2, b"seedblock: standard output is closed\n")


# With LC_ALL=C, Python does not start if a .pth file names a folder such as "ü": so run without .pth files.
WITHOUT_SITE = [sys.executable, "-S", "-m", "seedblock"]
IMPORTED_FROM = os.pathsep.join(filter(None, sys.path))


@POSIX
def test_paths_that_are_no_text(tmp_path: Path) -> None:
    """A folder whose name is not UTF-8 is written, and printed with its own bytes."""
    name = b"b\xffd"
    result = subprocess.run(
        [*WITHOUT_SITE, "render", "--out", name],
        env=environment(LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0", PYTHONPATH=IMPORTED_FROM),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"new: b\xffd/python/seed.py\n" in result.stdout
    assert (Path(os.fsdecode(bytes(tmp_path) + b"/" + name)) / "python/seed.py").is_file()


def test_output_is_the_same_bytes_in_any_locale(tmp_path: Path) -> None:
    """show prints UTF-8 with LF, whatever the encoding of the terminal."""
    results = {
        subprocess.run(
            [*WITHOUT_SITE, "show", "seed"],
            env=environment(PYTHONIOENCODING=encoding, LC_ALL="C", PYTHONPATH=IMPORTED_FROM),
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout
        for encoding in ("ascii", "utf-16", "utf-8")
    }
    assert results == {SEED_PY.encode()}


def test_module_is_the_command(tmp_path: Path) -> None:
    """`python -m seedblock` is the same command, under the same name."""
    result = run("-m", "seedblock", "--version", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, f"seedblock {__version__}\n")
    assert run("-m", "seedblock", "show", "sed", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("error", ["KeyError('x')", "RecursionError('deep')", "ValueError('\\x1b[31m')"])
def test_a_mistake_of_ours_is_no_answer(error: str, tmp_path: Path) -> None:
    """An internal error gives exit code 2, one line that says where, and no traceback: code 1 means "no"."""
    code = f"from seedblock import cli\ndef fail(argv):\n    raise {error}\ncli._run = fail\ncli.run()"
    result = run("-c", code, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("seedblock: internal error in seedblock, please report it: ")
    assert "line 3" in result.stderr
    assert "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1


@POSIX
@pytest.mark.parametrize(("command", "code"), [("list", 0), ("show sed", 2)])
def test_closed_standard_error_and_input(command: str, code: int, tmp_path: Path) -> None:
    """The output and the exit code are the same if standard error and input are closed."""
    closed = f'exec "{sys.executable}" -m seedblock {command} <&- 2>&-'
    result = subprocess.run(["sh", "-c", closed], env=environment(), cwd=tmp_path, capture_output=True, check=False)
    assert result.returncode == code
    assert (b"seedall" in result.stdout) == (code == 0)


CLOSED = ["", "0", "1", "2", "01", "02", "12", "012"]  # descriptors


@POSIX
@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("list", b"seedall"),
        ("twice -- hi.py", b"identical"),
        ("record --out a.tape -- hi.py", b"hi"),
    ],
)
def test_closed_descriptors(command: str, shown: bytes, closed: str, tmp_path: Path) -> None:
    """Whichever standard streams are closed, a closed standard output is refused with exit code 2, and nothing else changes."""
    (tmp_path / "hi.py").write_text("print('hi')", encoding="utf-8")
    call = f'exec "{sys.executable}" -m seedblock {command} ' + " ".join(f"{number}>&-" for number in closed)
    result = subprocess.run(
        ["sh", "-c", call], env=environment(), cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (result.returncode, shown in result.stdout) == ((2, False) if "1" in closed else (0, True)), result
    if "1" in closed:
        assert result.stderr == b"" if "2" in closed else b"seedblock: standard output is closed\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["hi.py"]


@POSIX
@pytest.mark.parametrize("start", ["-m seedblock", "-c 'from seedblock.start import run; run()'"])
@pytest.mark.parametrize(
    "command", ["", "none", "--version", "--help", *COMMANDS, *(f"{name} --none" for name in COMMANDS)]
)
def test_both_outputs_closed(command: str, start: str, tmp_path: Path) -> None:
    """Whatever the command is, the exit code is 2 if it can say nothing at all: 1 would mean that something differs."""
    call = f'exec "{sys.executable}" {start} {command} >&- 2>&-'
    assert subprocess.run(["sh", "-c", call], env=environment(), cwd=tmp_path, check=False).returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OSError(errno.EIO, "fault"), "a file that the system does not name"),
        (OSError(errno.EIO, "fault", STANDARD_OUTPUT), "standard output"),
        (OSError(errno.EIO, "fault", "a file"), "'a file'"),
    ],
)
def test_what_failed(error: OSError, name: str) -> None:
    """Standard output is named only where printing has failed; an error without a name says that there is none."""
    assert problems_of(error) == (f"cannot read or write {name}: fault",)


@POSIX
def test_removed_working_folder(tmp_path: Path) -> None:
    """If the working folder was removed, only commands that need it fail, and they say so."""
    gone = f'mkdir gone && cd gone && rmdir ../gone && exec "{sys.executable}" -P -m seedblock'
    for command, code in (("list", 0), ("add", 2), ("render", 2), ("twice -- train.py", 2)):
        result = subprocess.run(
            ["sh", "-c", f"{gone} {command}"], env=environment(), cwd=tmp_path, capture_output=True, check=False
        )
        assert result.returncode == code, result.stderr
        assert b"standard output" not in result.stderr
        assert result.stderr.count(b"\n") == (code != 0)
