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

from tests.support.processes import ROOT

# Module, what is replaced (once) and by what.
MUTANTS = [
    (
        "rendering/model",
        "(part for part in self.parts if",
        "(part for part in self.parts[1:] if",
    ),
    (
        "rendering/model",
        "part.default if isinstance(part, Field) else part for",
        "part.name if isinstance(part, Field) else part for",
    ),
    ("rendering/model", "if index % 2 and part in by_name", "if part in by_name"),
    ("rendering/model", "elif FIELD_START in part or FIELD_END in part", "elif FIELD_START in part"),
    ("rendering/model", "elif FIELD_START in part or FIELD_END in part", "elif FIELD_END in part"),
    ("rendering/model", "elif part:", "else:"),
    ("rendering/model", "unused = by_name.keys() -", "unused = set() and by_name.keys() -"),
    ("rendering/model", " and part is not SELECTION)", ")"),
    ("rendering/model", "(*snippet.call[:-2], SELECTION)", "(*snippet.call[:-1], SELECTION)"),
    ("rendering/model", "(*snippet.call[:-2], SELECTION)", "(*snippet.call, SELECTION)"),
    ("rendering/model", "        if snippet.surround\n", ""),
    ("rendering/model", "return self.body + self.call", "return self.body"),
    ("rendering/model", r'''"^(?=[^#\n])"''', '"^"'),
    ("rendering/model", r'''"^(?=[^#\n])"''', r'"^(?=[^\n])"'),
    ("rendering/model", '"# ", at_defaults(self.call), flags=re.MULTILINE', '"# ", at_defaults(self.call)'),
    ("rendering/model", "for text in texts)", "for text in [*texts][:1])"),
    ("rendering/body", "for block in blocks if block != CALL]", "for block in blocks if not block]"),
    ("rendering/body", "not call or body + call != text or", "body + call != text or"),
    ("rendering/body", "not call or body + call != text or", "not call or"),
    ("rendering/body", 'or not body.endswith("\\n")', ""),
    ("rendering/body", "        _check_surround(snippet)\n", ""),
    ("rendering/body", ' and end == "\\n"', ""),
    ("rendering/body", " and field.name == snippet.surround", ""),
    ("rendering/body", ", entry.surround, entry.whole_file)", ", entry.surround)"),
    ("rendering/render", "for code in (snippet.plain, snippet.code)", "for code in (snippet.plain,)"),
    ("rendering/render", "for code in (snippet.plain, snippet.code)", "for code in (snippet.code,)"),
    ("rendering/targets/python", "snippet.plain) for snippet", "snippet.code) for snippet"),
    ("rendering/targets/tabstops", 'found.get("prefix", title)', "title"),
    ("rendering/targets/vscode", '{"isFileTemplate": True} if', "{} if"),
    ("rendering/targets/vscode", '        del entries[snippet.title]["prefix"]\n', ""),
    ("rendering/targets/vscode", "body if has_prefix else body.replace", "body.replace"),
    ("rendering/targets/vscode", "parts.append(_SELECTION)", 'parts.append("")'),
    ("rendering/targets/vscode", "    for snippet in around(snippets):", "    for snippet in ():"),
    ("rendering/targets/pycharm", "if not snippet.whole_file] + around(snippets)", "] + around(snippets)"),
    ("rendering/targets/pycharm", "if not snippet.whole_file] + around(snippets)", "if not snippet.whole_file]"),
    ("rendering/targets/pycharm", 'if kind == "ft" else', "if kind else"),
    ("rendering/targets/pycharm", "[A-Za-z][A-Za-z0-9 _-]*", ".*"),
    ("rendering/targets/velocity", r"(?<=\])(?=\]#)|", ""),
    ("rendering/targets/velocity", r"|(?<=#)(?=\[\[\$)", ""),
    ("rendering/targets/velocity", r'r"\A\$"', r'r"\A\$\$"'),
    ("rendering/targets/velocity", "html.escape(snippet.description)", "snippet.description"),
    ("rendering/targets/velocity", 'if "#[[$" in text:', "if not text:"),
    ("rendering/targets/velocity", "        if unread is None:", "        if unread is None and not code:"),
    ("rendering/settings", "for name in values if name not in names]", "for name in values if name in ()]"),
    (
        "rendering/settings",
        "and not field.kind.accepts(values[field.name])",
        "and field.kind.accepts(values[field.name])",
    ),
    ("rendering/kinds", "-?[1-9][0-9]{0,19}|0", "-?[0-9]{0,19}|0"),
    ("rendering/kinds", "self.minimum <= int(value) <=", "self.minimum < int(value) <="),
    ("rendering/kinds", "<= int(value) <= self.maximum", "<= int(value) < self.maximum"),
    ("rendering/kinds", "len(bracketed.elts) == 1", "len(bracketed.elts) >= 1"),
    ("rendering/kinds", "value != value.strip() or", ""),
    ("rendering/kinds", "return value in self.options", "return bool(self.options)"),
    ("rendering/kinds", "bits > 16", "bits > 32"),
    ("rendering/body", "undefined=jinja2.StrictUndefined,", ""),
    ("rendering/body", "keep_trailing_newline=True,", ""),
    ("rendering/body", "trim_blocks=True,", ""),
    ("rendering/body", "lstrip_blocks=True,", ""),
    ("rendering/body", 'if not name.startswith("_") and name not in listed', "if name not in listed"),
    ("rendering/body", "        _check_comments(snippet)\n", ""),
    ("rendering/body", "if option not in comment", "if option in ()"),
    ("rendering/render", "    if strays:\n", "    if False:\n"),
    ("rendering/render", "return tuple(sorted(files))", "return tuple(files)"),
    ("rendering/render", "        verify(name, rendered, snippets)\n", ""),
    ("rendering/render", "    verify(target_name, (shown,), snippets)\n", ""),
    ("rendering/render", "meant.keys() | expanded.keys()", "meant.keys()"),
    ("rendering/render", "meant.keys() | expanded.keys()", "expanded.keys()"),
    ("rendering/render", '    targets.load("python").render(snippets)', '    targets.load("python")'),
    ("rendering/targets/__init__", "snippet.code[: match.end() - 1]", "snippet.code[: match.end()]"),
    ("rendering/targets/__init__", "before.count(chr(10)) + 1", "before.count(chr(10))"),
    ("rendering/targets/__init__", "if isinstance(field.kind, Choice):", "if False:"),
    ("rendering/targets/python", r'refuse(snippets, "\r"', r'refuse(snippets, "\f"'),
    ("rendering/targets/python", r"\u2066-\u2069", r"\u2067-\u2069"),
    ("rendering/targets/pycharm", '.replace("$", "$$")', ""),
    ("rendering/targets/pycharm", "$END$", ""),
    ("rendering/targets/pycharm", 'toReformat="false"', 'toReformat="true"'),
    ("rendering/targets/pycharm", 'alwaysStopAt="true"', 'alwaysStopAt="false"'),
    (
        "rendering/targets/pycharm",
        "dict.fromkeys((field.default, *field.kind.options))",
        "dict.fromkeys(field.kind.options)",
    ),
    ("rendering/targets/pycharm", r"""'"': '\\"', """, ""),
    ("rendering/targets/pycharm", r'"\\": "\\\\", ', ""),
    ("rendering/targets/pycharm", r'"\n": "\\n", ', ""),
    (
        "rendering/targets/pycharm",
        "for field in snippet.fields:\n        etree",
        "for field in snippet.fields[1:]:\n        etree",
    ),
    (
        "rendering/targets/pycharm",
        "for field in snippet.fields:\n        etree",
        "for field in snippet.fields[::-1]:\n        etree",
    ),
    ("rendering/targets/pycharm", 'name="Python", value="true"', 'name="Python", value="false"'),
    ("rendering/targets/pycharm", '"SELECTION_START", ', ""),
    ("rendering/targets/pycharm", '"main", ', ""),
    ("rendering/targets/tabstops", r'r"[\\$}]"', r'r"[\\$]"'),
    ("rendering/targets/tabstops", r'r"[\\$}]"', r'r"[$}]"'),
    ("rendering/targets/tabstops", r'r"[\\$}]"', r'r"[\\}]"'),
    ("rendering/targets/vscode", "start=1", "start=0"),
    ("rendering/targets/vscode", 'f"${{{numbers[part]}}}"', 'f"${numbers[part]}"'),
    ("rendering/targets/vscode", "escape(part.default)", "part.default"),
    ("rendering/targets/vscode", 'return indented + "$0"', "return indented"),
    ("rendering/targets/vscode", "// 4)", "// 2)"),
    ("rendering/targets/vscode", '"^(?: {4})+"', '"(?: {4})+"'),
    ("rendering/targets/vscode", ', scope="python"', ""),
    ("rendering/targets/vscode", r'r"^ *\t"', r'r"^ \t"'),
    ("rendering/targets/zed", "escape(part.default)", "part.default"),
    ("rendering/targets/zed", "start=1", "start=2"),
    ("rendering/targets/zed", 'return "".join(parts) + "$0"', 'return "".join(parts)'),
    ("editors/extension", 'if key != "scope"', "if key"),
    ("editors/extension", '"./{SNIPPETS}"', '"{SNIPPETS}"'),
    ("editors/bundle", '"since-build": SINCE_BUILD', '"since-build": SINCE_BUILD, "until-build": "253.*"'),
    ("editors/bundle", 'SETTINGS_MARK: b"",', ""),
    ("editors/bundle", "com.intellij.modules.python", "com.intellij.modules.lang"),
    ("editors/bundle", "if broken := opened.testzip()", "if broken := None"),
    ("plan", "sorted(wanted.items())", "wanted.items()"),
    ("plan", "seen.what == FILE and", ""),
    ("plan", "elif backups is None", "elif backups is not None"),
    ("plan", "or found not in KEEPABLE", ""),
    ("plan", "RESTORED if path in kept else", ""),
    ("rendering/stale", "if old.get(path) != new[path])", ")"),
    ("rendering/stale", "sorted(found - set(paths))", "sorted(found)"),
    ("rendering/stale", "(?<=\\n)", "(?<=[\\n\\f])"),
    ("files", "if number > 1 else", "if number > 0 else"),
    ("files", "folder not in roots and", ""),
    ("outputs", "if step.verb == CHANGED:", "if False:"),
    ("editors/choices", "now.only or before.only", "now.only"),
    ("editors/installing", "- wanted.keys()", "- noted.keys()"),
    ("editors/known", "PyCharm|PyCharmCE", "PyCharm"),
    ("editors/known", r"\d{{4}}\.\d+", r"\d{{4}}"),
]
STEADY = ["-k", "not killed and not moment and not full"]  # slow, or racing with a clock
NEEDS_MORE = {"test_benchmarks.py", "test_package.py", "test_rendered_code.py", "test_readme.py"}  # a build, torch


def tests_of(module: str) -> list[str]:
    folder = ROOT / "tests"
    places = ("", "rendering/", "rendering/targets/", "editors/")
    fast = [path for place in places for path in folder.glob(f"{place}test_*.py") if path.name not in NEEDS_MORE]
    own = f"test_{Path(module).name}.py"
    return [path.relative_to(ROOT).as_posix() for path in sorted(fast, key=lambda path: (path.name != own, path.name))]


def noticed(mutant: tuple[str, str, str]) -> str:
    """Name the test that fails first with this change in place; nothing if none does."""
    module, old, new = mutant
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(parent) / "seedblock"
        ignored = shutil.ignore_patterns(
            ".git", ".editors", ".venv", ".versions", "__pycache__", ".*_cache", ".hypothesis"
        )
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
    if failed := noticed(("rendering/model", "", "")):
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
