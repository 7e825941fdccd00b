"""Everything that is rendered: verified, and equal to what is committed."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedblock.errors import FormatError, TemplateError, VerificationError
from seedblock.rendering import sources, targets
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import BLOCK, FILE, FORMS, PASTE, Entry, RenderedFile, Snippet, stem
from seedblock.rendering.product import render_catalog
from seedblock.rendering.render import render_all, render_one, verify
from seedblock.rendering.stale import diff, find_changes
from seedblock.rendering.stamp import ORIGIN, first_line
from tests.support.editor_samples import SNIPPETS, VALUES, filled
from tests.support.expanders import (
    commented,
    expand_live_template,
    expand_snippet,
    expand_ultisnips,
    expand_yasnippet,
    merge_velocity,
    stops,
)
from tests.support.processes import ROOT
from tests.support.samples import ENTRY, SCOPE, SEED, SNIPPET, TEMPLATE, TEXT

SEEDS = ["0", "2020", "4294967295"]
TEMPLATES = {"demo.py.jinja": TEMPLATE}
PLAIN = Entry("demo", "Demo", "d", PASTE)


def test_committed_snippets_are_current() -> None:
    """snippets/ holds what the templates render, byte for byte, and nothing else."""
    rendered = render_catalog(CATALOG)
    changes = find_changes({ROOT / "snippets" / file.path: file.text.encode() for file in rendered})
    assert not changes, "run `seedblock render`:\n" + "".join(line for change in changes for line in diff(change))
    on_disk = {
        path.relative_to(ROOT / "snippets").as_posix() for path in (ROOT / "snippets").rglob("*") if path.is_file()
    }
    assert on_disk == {file.path for file in rendered}


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_in_every_format(name: str) -> None:
    """With nothing typed, and with a value typed at each stop, every committed format expands to the snippet's code.

    The stops are numbered in the order of the fields, the module last.
    """
    values, fields = VALUES[name], tuple(VALUES[name])
    if SNIPPETS[name].form == FILE:
        path = ROOT / "snippets/pycharm/fileTemplates" / f"{SNIPPETS[name].title}.py.ft"
        assert merge_velocity(path.read_text(encoding="utf-8")) == SNIPPETS[name].code
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    assert expand_live_template(xml, name) == SNIPPETS[name].code
    assert expand_live_template(xml, name, values) == filled(name)
    assert stops(xml, name) == [field.upper() for field in fields]
    for path in ("vscode/seedblock.code-snippets", "zed/python.json"):
        text = (ROOT / "snippets" / path).read_text(encoding="utf-8")
        assert expand_snippet(text, name) == SNIPPETS[name].code
        assert expand_snippet(text, name, values, fields) == filled(name)
    text = (ROOT / "snippets/emacs/python-mode" / name).read_text(encoding="utf-8")
    assert expand_yasnippet(text) == SNIPPETS[name].code
    assert expand_yasnippet(text, values, fields) == filled(name)
    text = (ROOT / "snippets/vim/python_seedblock.snippets").read_text(encoding="utf-8")
    assert expand_ultisnips(text, name) == SNIPPETS[name].code
    assert expand_ultisnips(text, name, values, fields) == filled(name)


def test_templates_are_no_python_files() -> None:
    """One .py file in templates/ would break every editable install."""
    names = [path.name for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert names
    assert [name for name in names if not name.endswith(".jinja")] == []


def test_every_target_is_rendered_in_order() -> None:
    """A snippet gives files for each target, in a folder with the target's name, and the files are sorted by path."""
    paths = [file.path for file in render_all([ENTRY], TEMPLATES)]
    assert {path.split("/")[0] for path in paths} == set(targets.NAMES)
    assert paths == sorted(paths)
    assert paths == sorted(paths)


@pytest.mark.parametrize("names", [("seedloader_block",), ("seedloader",), ("seedmodule", "seedtrain"), ("seed",)])
def test_some_of_the_catalogue(names: tuple[str, ...]) -> None:
    """Any snippets can be rendered without the others, a block too, whose template extends that of a use."""
    entries = [entry for entry in CATALOG if entry.abbreviation in names]
    files = {file.path: file.text for file in render_catalog(entries)}
    assert {path for path in files if path.startswith("python/")} == {f"python/{stem(entry)}.py" for entry in entries}
    for name in names:
        assert files[f"python/{stem(SNIPPETS[name])}.py"] == SNIPPETS[name].plain
        assert expand_snippet(files["zed/python.json"], name) == SNIPPETS[name].code


@pytest.mark.parametrize("entries", [CATALOG, CATALOG[:1]], ids=["all", "some"])
def test_a_template_that_nothing_uses_is_refused(
    entries: tuple[Entry, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template without an entry, and a fragment that no template includes, are named together."""
    shutil.copytree(ROOT / "templates", tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(sources, "find_templates", lambda: tmp_path)
    render_catalog(entries)
    for name in ("lost.py.jinja", "parts/lost.py.jinja"):
        (tmp_path / name).write_text("a = 1\n", encoding="utf-8")
    with pytest.raises(TemplateError) as caught:
        render_catalog(entries)
    assert caught.value.problems == (
        "templates/lost.py.jinja: no entry in the catalogue has this abbreviation",
        "templates/parts/lost.py.jinja: no template includes it",
    )


@pytest.mark.parametrize("target", targets.NAMES)
def test_code_that_is_no_python_is_refused(target: str) -> None:
    """A block that Python cannot compile is not rendered, for any target."""
    with pytest.raises(TemplateError) as caught:
        render_one(PLAIN, {"demo.py.jinja": "x = 1\nif\n"}, target)
    assert caught.value.problems == (
        "templates/demo.py.jinja: not Python: invalid syntax (line 2 of the rendered code)",
    )


def test_a_call_that_only_python_with_the_body_can_read_is_refused() -> None:
    """The body must be valid Python with the call and without it: in a plain file the call is a comment."""
    for template in (
        "if x:\n{% block call %}\n    y\n{% endblock %}\n",
        "x\n{% block call %}\n    y\n{% endblock %}\n",
    ):
        with pytest.raises(TemplateError, match=r"demo\.py\.jinja: not Python"):
            render_one(PLAIN, {"demo.py.jinja": template}, "python")


@pytest.mark.parametrize("target", targets.NAMES)
def test_what_a_plain_file_cannot_hold_is_in_no_target(target: str) -> None:
    """Code with a bidirectional control is refused for every target, by show and by render."""
    templates = {"demo.py.jinja": "x = 1  # \u202e\n"}
    with pytest.raises(FormatError, match="shows code in a different order"):
        render_one(PLAIN, templates, target)
    with pytest.raises(FormatError, match="shows code in a different order"):
        render_all([PLAIN], templates)


@pytest.mark.parametrize("target", targets.NAMES)
def test_output_that_does_not_expand_to_its_code_is_refused(target: str) -> None:
    """Each target's output is expanded and compared: a changed character, a missing or an extra snippet is refused."""
    shown = targets.load(target).show(SNIPPET)
    verify(target, [shown], [SNIPPET], complete=True)
    changed = RenderedFile(shown.path, shown.text.replace("level =", "level=", 1))
    other = SNIPPET._replace(abbreviation="other")
    for files, snippets in (([changed], [SNIPPET]), ([], [SNIPPET]), ([shown], []), ([shown], [SNIPPET, other])):
        with pytest.raises(VerificationError, match="does not expand to its code"):
            verify(target, files, snippets, complete=True)


@pytest.mark.parametrize("target", targets.NAMES)
@pytest.mark.parametrize("snippet", [SNIPPET, SCOPE, SNIPPET._replace(form=FILE), SNIPPET._replace(form=BLOCK)])
def test_what_is_shown_is_read_back(target: str, snippet: Snippet) -> None:
    """A shown snippet has at least one of its forms, and each that it has is compared."""
    shown = targets.load(target).show(snippet)
    verify(target, [shown], [snippet])
    for files in ([], [RenderedFile(shown.path, re.sub("(seed = |with f)", r"\1x", shown.text))]):
        with pytest.raises(VerificationError, match="does not expand to its code"):
            verify(target, files, [snippet])


@pytest.mark.parametrize("target", targets.NAMES)
def test_all_that_is_rendered_is_read_back(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target whose output expands to other code is refused by both render and show."""
    monkeypatch.setattr(targets.load(target), "expand", lambda file: {"demo": "other code"})
    with pytest.raises(VerificationError, match=f"the {target} form does not expand to its code"):
        render_all([ENTRY], TEMPLATES)
    with pytest.raises(VerificationError, match=f"the {target} form does not expand to its code"):
        render_one(ENTRY, TEMPLATES, target)


@given(TEXT, st.sampled_from(SEEDS), st.sampled_from(FORMS))
@example("\ud800", "0", FILE)
def test_any_text_in_a_template_is_in_every_target_or_refused(text: str, seed: str, form: str) -> None:
    """Whatever a template contains, all targets insert the same code, or it is refused before anything is written.

    Verifying never finds an error of our own. Text with Jinja's tags is left to Jinja.
    """
    entry = ENTRY._replace(form=form, fields=(SEED._replace(default=seed),))
    template = f'text = r"""{text}"""\nseed = {{{{ seed_value }}}}\n'
    if form != FILE:
        template += f'{{% block call %}}\nuse(r"""{text}""", {{{{ seed_value }}}})\n{{% endblock %}}\n'
    try:
        files = {file.path: file.text for file in render_all([entry], {"demo.py.jinja": template})}
    except (TemplateError, FormatError):
        return
    plain, code = files["python/demo.py"], expand_live_template(files["pycharm/seedblock.xml"], "demo")
    if not re.search("{[{%#]", text):
        lines = re.sub("\r\n|\r", "\n", text)  # Jinja's line end
        body, call = f'text = r"""{lines}"""\nseed = {seed}\n', f'use(r"""{lines}""", {seed})\n' * (form != FILE)
        body = {FILE: first_line("demo", body), BLOCK: ORIGIN}.get(form, "") + body
        assert code == body + call
        assert plain == body + commented(call)
    assert expand_snippet(files["vscode/seedblock.code-snippets"], "demo") == code
    assert expand_snippet(files["zed/python.json"], "demo") == code
    assert expand_yasnippet(files["emacs/python-mode/demo"]) == code
    assert expand_ultisnips(files["vim/python_seedblock.snippets"], "demo") == code
