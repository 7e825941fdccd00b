"""Break the generator in small ways, and show that the tests notice each: `python -m tests.mutation`, by hand.

Each change is made in a copy of this checkout, where the tests that need no torch and no editor run, the changed module's
own first, with few random cases. A change that no test notices is a hole in the tests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.processes import ROOT

# Module, what is replaced (once) and by what.
MUTANTS = [
    ("model", "dict.fromkeys(part for part in self.body if", "dict.fromkeys(part for part in self.body[1:] if"),
    (
        "model",
        "part.default if isinstance(part, Field) else part for",
        "part.name if isinstance(part, Field) else part for",
    ),
    ("model", "if index % 2 and part in by_name", "if part in by_name"),
    ("model", "elif FIELD_START in part or FIELD_END in part", "elif FIELD_START in part"),
    ("model", "elif FIELD_START in part or FIELD_END in part", "elif FIELD_END in part"),
    ("model", "elif part:", "else:"),
    ("model", "unused = by_name.keys() -", "unused = set() and by_name.keys() -"),
    ("model", "for name in values if name not in names]", "for name in values if name in ()]"),
    ("model", "and not field.kind.accepts(values[field.name])", "and field.kind.accepts(values[field.name])"),
    ("kinds", "-?[1-9][0-9]{0,19}|0", "-?[0-9]{0,19}|0"),
    ("kinds", "self.minimum <= int(value) <=", "self.minimum < int(value) <="),
    ("kinds", "<= int(value) <= self.maximum", "<= int(value) < self.maximum"),
    ("kinds", "len(bracketed.elts) == 1", "len(bracketed.elts) >= 1"),
    ("kinds", "value != value.strip() or", ""),
    ("kinds", "return value in self.options", "return bool(self.options)"),
    ("kinds", "bits > 16", "bits > 32"),
    ("body", "undefined=jinja2.StrictUndefined,", ""),
    ("body", "keep_trailing_newline=True,", ""),
    ("body", "trim_blocks=True,", ""),
    ("body", "lstrip_blocks=True,", ""),
    ("body", 'if not name.startswith("_") and name not in listed', "if name not in listed"),
    ("body", "        _check_comments(snippet)\n", ""),
    ("body", "if option not in comment", "if option in ()"),
    ("render", "    if strays:\n", "    if False:\n"),
    ("render", "return tuple(sorted(files))", "return tuple(files)"),
    ("render", "        verify(name, rendered, snippets)\n", ""),
    ("render", "    verify(target_name, (shown,), snippets)\n", ""),
    ("render", "meant.keys() | expanded.keys()", "meant.keys()"),
    ("render", "meant.keys() | expanded.keys()", "expanded.keys()"),
    ("render", '    targets.load("python").render(snippets)', '    targets.load("python")'),
    ("targets/__init__", "snippet.code[: match.end() - 1]", "snippet.code[: match.end()]"),
    ("targets/__init__", "before.count(chr(10)) + 1", "before.count(chr(10))"),
    ("targets/__init__", "if isinstance(field.kind, Choice):", "if False:"),
    ("targets/python", r'refuse(snippets, "\r"', r'refuse(snippets, "\f"'),
    ("targets/python", r"\u2066-\u2069", r"\u2067-\u2069"),
    ("targets/pycharm", '.replace("$", "$$")', ""),
    ("targets/pycharm", "$END$", ""),
    ("targets/pycharm", 'toReformat="false"', 'toReformat="true"'),
    ("targets/pycharm", 'alwaysStopAt="true"', 'alwaysStopAt="false"'),
    ("targets/pycharm", "dict.fromkeys((field.default, *field.kind.options))", "dict.fromkeys(field.kind.options)"),
    ("targets/pycharm", r"""'"': '\\"', """, ""),
    ("targets/pycharm", r'"\\": "\\\\", ', ""),
    ("targets/pycharm", r'"\n": "\\n", ', ""),
    (
        "targets/pycharm",
        "for field in snippet.fields:\n        etree",
        "for field in snippet.fields[1:]:\n        etree",
    ),
    (
        "targets/pycharm",
        "for field in snippet.fields:\n        etree",
        "for field in snippet.fields[::-1]:\n        etree",
    ),
    ("targets/pycharm", 'name="Python", value="true"', 'name="Python", value="false"'),
    ("targets/pycharm", '"SELECTION_START", ', ""),
    ("targets/pycharm", '"main", ', ""),
    ("targets/vscode", r'r"[\\$}]"', r'r"[\\$]"'),
    ("targets/vscode", r'r"[\\$}]"', r'r"[$}]"'),
    ("targets/vscode", r'r"[\\$}]"', r'r"[\\}]"'),
    ("targets/vscode", "start=1", "start=0"),
    ("targets/vscode", 'f"${{{numbers[part]}}}"', 'f"${numbers[part]}"'),
    ("targets/vscode", "_escape(part.default)", "part.default"),
    ("targets/vscode", 'return indented + "$0"', "return indented"),
    ("targets/vscode", "// 4)", "// 2)"),
    ("targets/vscode", '"^(?: {4})+"', '"(?: {4})+"'),
    ("targets/vscode", '"scope": "python",', ""),
    ("targets/vscode", r'r"^ *\t"', r'r"^ \t"'),
    ("targets/zed", "_escape(part.default)", "part.default"),
    ("targets/zed", "start=1", "start=2"),
    ("targets/zed", 'return "".join(parts) + "$0"', 'return "".join(parts)'),
    ("extension", 'if key != "scope"', "if key"),
    ("extension", '"./{SNIPPETS}"', '"{SNIPPETS}"'),
    ("bundle", '"since-build": SINCE_BUILD', '"since-build": SINCE_BUILD, "until-build": "253.*"'),
    ("bundle", 'SETTINGS_MARK: b"",', ""),
    ("bundle", "com.intellij.modules.python", "com.intellij.modules.lang"),
    ("bundle", "if broken := opened.testzip()", "if broken := None"),
    ("install", "sorted(wanted.items())", "wanted.items()"),
    ("install", "seen.what == FILE and", ""),
    ("install", "elif backups is None", "elif backups is not None"),
    ("files", "if old.get(path) != new[path]]\n    return (*", "]\n    return (*"),
    ("files", "sorted(beside - new.keys())", "sorted(beside)"),
    ("files", "(?<=\\n)", "(?<=[\\n\\f])"),
    ("places", "if number > 1 else", "if number > 0 else"),
    ("places", "while folder not in roots and", "while"),
    ("editors", "|DataSpell", ""),
    ("editors", r"\d{{4}}\.\d+", r"\d{{4}}"),
]
STEADY = ["-k", "not killed and not moment and not full"]  # slow, or racing with a clock
NEEDS_MORE = {"test_benchmarks.py", "test_package.py", "test_rendered_code.py", "test_readme.py"}  # a build, torch


def tests_of(module: str) -> list[str]:
    folder = ROOT / "tests"
    fast = [
        path for path in (*folder.glob("test_*.py"), *folder.glob("targets/test_*.py")) if path.name not in NEEDS_MORE
    ]
    own = f"test_{Path(module).name}.py"
    return [path.relative_to(ROOT).as_posix() for path in sorted(fast, key=lambda path: (path.name != own, path.name))]


def noticed(mutant: tuple[str, str, str]) -> str:
    """Name the test that fails first with this change in place; nothing if none does."""
    module, old, new = mutant
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(parent) / "seedblock"
        ignored = shutil.ignore_patterns(".git", ".editors", ".venv", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=ignored)
        path = copy / "generator/seedblock" / f"{module}.py"
        source = path.read_text(encoding="utf-8")
        assert old in source, f"{module} has no {old!r} to break"
        path.write_text(source.replace(old, new, 1), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-rf", "--no-header", "-p", "no:cacheprovider", *STEADY]
        variables = {
            "PYTHONPATH": str(copy / "generator"),
            "HYPOTHESIS_PROFILE": "brief",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            [*command, *tests_of(module)],
            cwd=copy,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return lines[0] if lines else "the tests do not start" if done.returncode else ""


def main() -> int:
    if failed := noticed(("model", "", "")):
        sys.exit(f"without any change: {failed}")
    score = 0
    with ThreadPoolExecutor(2) as pool:
        for (module, old, new), test in zip(MUTANTS, pool.map(noticed, MUTANTS), strict=True):
            print(f"{module}: {old!r} -> {new!r}\n    {test or 'NOTICED BY NO TEST'}", flush=True)
            score += bool(test)
    print(f"{score} of {len(MUTANTS)} noticed")
    return 0 if score == len(MUTANTS) else 1


if __name__ == "__main__":
    sys.exit(main())
