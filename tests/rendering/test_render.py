"""Everything that is rendered: verified, and equal to what is committed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.errors import FormatError, TemplateError, VerificationError
from seedblock.rendering import targets
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Entry, RenderedFile
from seedblock.rendering.render import render_all, render_one, verify
from seedblock.rendering.sources import find_templates, read_templates
from seedblock.rendering.stale import diff, find_changes
from tests.support.editor_samples import SNIPPETS, VALUES, filled
from tests.support.expanders import commented, expand_live_template, expand_snippet, merge_velocity
from tests.support.processes import ROOT
from tests.support.samples import ENTRY, SEED, SNIPPET, TEMPLATE, TEXT

SEEDS = ["0", "2020", "4294967295"]
TEMPLATES = {"demo.py.jinja": TEMPLATE}


def test_committed_snippets_are_current() -> None:
    """snippets/ holds what the templates render, byte for byte, and nothing else."""
    rendered = render_all(CATALOG, read_templates(find_templates()))
    changes = find_changes({ROOT / "snippets" / file.path: file.text.encode() for file in rendered})
    assert not changes, "run `seedblock render`:\n" + "".join(line for change in changes for line in diff(change))
    on_disk = {
        path.relative_to(ROOT / "snippets").as_posix() for path in (ROOT / "snippets").rglob("*") if path.is_file()
    }
    assert on_disk == {file.path for file in rendered}


@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet_in_every_format(name: str) -> None:
    """With nothing typed, and with a value typed at each stop, every committed format expands to the snippet's code."""
    values, fields = VALUES[name], tuple(VALUES[name])
    if SNIPPETS[name].whole_file:
        path = ROOT / "snippets/pycharm/fileTemplates" / f"{SNIPPETS[name].title}.py.ft"
        assert merge_velocity(path.read_text(encoding="utf-8")) == SNIPPETS[name].code
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    if not SNIPPETS[name].whole_file:
        assert expand_live_template(xml, name) == SNIPPETS[name].code
        assert expand_live_template(xml, name, values) == filled(name)
    for path in ("vscode/seedblock.code-snippets", "zed/python.json"):
        text = (ROOT / "snippets" / path).read_text(encoding="utf-8")
        assert expand_snippet(text, name) == SNIPPETS[name].code
        assert expand_snippet(text, name, values, fields) == filled(name)


def test_templates_are_no_python_files() -> None:
    """One .py file in templates/ would break every editable install."""
    names = [path.name for path in (ROOT / "templates").rglob("*")]
    assert [name for name in names if not name.endswith(".jinja")] == []


def test_every_target_is_rendered_in_order() -> None:
    """A snippet gives one file per target, in a folder with the target's name, and the files are sorted by path."""
    paths = [file.path for file in render_all([ENTRY], TEMPLATES)]
    assert [path.split("/")[0] for path in paths] == sorted(targets.NAMES)
    assert paths == sorted(paths)


def test_a_template_without_an_entry_is_refused() -> None:
    """A template without an entry is an error: it would be lost silently."""
    with pytest.raises(TemplateError) as caught:
        render_all([ENTRY], {**TEMPLATES, "lost.py.jinja": "", "_part.py.jinja": ""})
    assert caught.value.problems == ("templates/lost.py.jinja: no entry in the catalogue has this abbreviation",)


@pytest.mark.parametrize("target", targets.NAMES)
def test_code_that_is_no_python_is_refused(target: str) -> None:
    """A block that Python cannot compile is not rendered, for any target."""
    with pytest.raises(TemplateError) as caught:
        render_one(Entry("demo", "Demo", "d"), {"demo.py.jinja": "x = 1\nif\n"}, target)
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
            render_one(Entry("demo", "Demo", "d"), {"demo.py.jinja": template}, "python")


@pytest.mark.parametrize("target", targets.NAMES)
def test_what_a_plain_file_cannot_hold_is_in_no_target(target: str) -> None:
    """Code with a bidirectional control is refused for every target, by show and by render."""
    templates = {"demo.py.jinja": "x = 1  # \u202e\n"}
    with pytest.raises(FormatError, match="shows code in a different order"):
        render_one(Entry("demo", "Demo", "d"), templates, target)
    with pytest.raises(FormatError, match="shows code in a different order"):
        render_all([Entry("demo", "Demo", "d")], templates)


@pytest.mark.parametrize("target", targets.NAMES)
def test_output_that_does_not_expand_to_its_code_is_refused(target: str) -> None:
    """Each target's output is expanded and compared: a changed character, a missing or an extra snippet is refused."""
    shown = targets.load(target).show(SNIPPET)
    verify(target, [shown], [SNIPPET])
    changed = RenderedFile(shown.path, shown.text.replace("level =", "level=", 1))
    other = SNIPPET._replace(abbreviation="other")
    for files, snippets in (([changed], [SNIPPET]), ([], [SNIPPET]), ([shown], []), ([shown], [SNIPPET, other])):
        with pytest.raises(VerificationError, match="does not expand to its code"):
            verify(target, files, snippets)


@pytest.mark.parametrize("target", targets.NAMES)
def test_all_that_is_rendered_is_read_back(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target whose output expands to other code is refused by both render and show."""
    monkeypatch.setattr(targets.load(target), "expand", lambda file: {"demo": "other code"})
    with pytest.raises(VerificationError, match=f"the {target} form does not expand to its code"):
        render_all([ENTRY], TEMPLATES)
    with pytest.raises(VerificationError, match=f"the {target} form does not expand to its code"):
        render_one(ENTRY, TEMPLATES, target)


@given(TEXT, st.sampled_from(SEEDS))
def test_any_text_in_a_template_is_in_every_target_or_refused(text: str, seed: str) -> None:
    """Whatever a template contains, all targets insert the same code, or it is refused before anything is written.

    Verifying never finds an error of our own. Text with Jinja's tags is left to Jinja.
    """
    entry = ENTRY._replace(fields=(SEED._replace(default=seed),))
    template = (
        f'text = r"""{text}"""\nseed = {{{{ seed_value }}}}\n'
        f'{{% block call %}}\nuse(r"""{text}""", {{{{ seed_value }}}})\n{{% endblock %}}\n'
    )
    try:
        files = {file.path: file.text for file in render_all([entry], {"demo.py.jinja": template})}
    except (TemplateError, FormatError):
        return
    plain, code = files["python/demo.py"], expand_live_template(files["pycharm/seedblock.xml"], "demo")
    if not re.search("{[{%#]", text):
        lines = re.sub("\r\n|\r", "\n", text)  # Jinja's line end
        body, call = f'text = r"""{lines}"""\nseed = {seed}\n', f'use(r"""{lines}""", {seed})\n'
        assert code == body + call
        assert plain == body + commented(call)
    assert expand_snippet(files["vscode/seedblock.code-snippets"], "demo") == code
    assert expand_snippet(files["zed/python.json"], "demo") == code
