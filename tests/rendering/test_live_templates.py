"""Our live templates break no rule of the IDE, which would fail silently. Each rule finds a file that breaks it."""

import inspect
import io
import re
import zipfile
from collections.abc import Callable

import pytest

from seedblock.editors.archive_extras import read_extras
from seedblock.editors.archives.bundle import bundle_all
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.render import render_all
from seedblock.rendering.sources import find_templates, read_templates
from seedblock.rendering.targets import pycharm
from tests.support import live_templates
from tests.support.live_templates import file_problems, plugin_problems, settings_problems
from tests.support.samples import SNIPPET

RENDERED = render_all(CATALOG, read_templates(find_templates()))
XML = next(file.text for file in RENDERED if file.path == "pycharm/seedblock.xml")
ARCHIVES = bundle_all(RENDERED, CATALOG, read_extras(), "1.2.3")
SETTINGS, PLUGIN = ARCHIVES["seedblock-pycharm-settings.zip"], ARCHIVES["seedblock-pycharm-plugin.jar"]
SAMPLE = pycharm.render([SNIPPET])[0].text

# A pattern in the sample, its replacement, and the rule that this breaks.
BROKEN = [
    ("<templateSet", "<!DOCTYPE x><templateSet", "document type"),
    ("</templateSet>", "", "not well-formed"),
    ("templateSet", "templates", "root"),
    ('group="seedblock"', "", "no group"),
    ('group="seedblock"', 'group="Python"', "predefined group"),
    ("&#10;", "\n", "raw line end"),
    ("</templateSet>", '<template name="demo"/></templateSet>', "name twice"),
    (r"<template .*</template>", "", "no template"),
    ('name="demo"', "", "no name"),
    ('name="demo"', 'name="de-mo"', "no word"),
    ('name="demo"', 'name="main"', "taken abbreviation"),
    (r' value="seed[^"]*"', "", "no value"),
    ('value="seed', 'value="&#9;seed', "tab"),
    ('toReformat="false"', 'toReformat="true"', "reformat"),
    ('toReformat="false"', 'shortcut="CUSTOM"', "shortcut"),
    ('toReformat="false"', 'resource-bundle="x" key="y"', "bundle"),
    ('name="Python" value="true"', 'name="Python" value="false"', "no context"),
    (r"<context>.*</context>", "", "no context"),
    (
        'name="Python" value="true"/>',
        'name="Python" value="true"/><option name="PYTHON" value="true"/>',
        "unknown context",
    ),
    (r"\$END\$", "$OTHER$", "undeclared variable"),
    (r"\$LEVEL\$", "", "unused variable"),
    ('<variable name="LEVEL"', '<variable name="NAMES"', "variable twice"),
    ('<variable name="LEVEL"', '<variable name="END"', "reserved variable"),
    (r"\$END\$", "$END$$END$", "END twice"),
    (r"\$END\$", "$END$ 5$", "single $"),
    ('alwaysStopAt="true"', 'alwaysStopAt="false"', "no stop"),
    (r'defaultValue="&quot;2020&quot;"', 'defaultValue="2020"', "bare number"),
    (r'defaultValue="&quot;2020&quot;"', 'defaultValue="seed"', "bare word"),
    (r'defaultValue="&quot;2020&quot;"', 'defaultValue="choose(&quot;1&quot;)"', "unknown macro"),
    (r'defaultValue="&quot;2020&quot;"', 'defaultValue="&quot;20&quot; 20"', "text behind"),
    (r'defaultValue="&quot;2020&quot;"', 'defaultValue=""', "no default"),
    (r'defaultValue="&quot;seeds&quot;"', 'defaultValue="&quot;bitwise&quot;"', "default of an enum"),
]
ARCHIVE_RULES = [
    (settings_problems, SETTINGS, "IntelliJ IDEA Global Settings", None, "no mark"),
    (settings_problems, SETTINGS, "options/editor.xml", b"", "other settings"),
    (settings_problems, SETTINGS, "installed.txt", b"", "other settings"),
    (settings_problems, SETTINGS, "templates/seedblock.xml", None, "no templates"),
    (settings_problems, SETTINGS, "templates/other.xml", XML.encode(), "file name"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", None, "no descriptor"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"<id>.*</id>", b""), "no id"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"<name>.*</name>", b""), "no name"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"<version>.*</version>", b""), "no version"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"<vendor.*</vendor>", b""), "no vendor"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"com.intellij.modules.python", b"python"), "no dependency"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b'"241"', b'"241.*"'), "since-build"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b'"241"', b'"241" until-build="253.*"'), "until-build"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b"<defaultLiveTemplates[^>]*>", b""), "no templates"),
    (plugin_problems, PLUGIN, "META-INF/plugin.xml", (b'file="', b'file="/'), "file not there"),
    (plugin_problems, PLUGIN, "liveTemplates/seedblock.xml", None, "file not there"),
]


def test_nothing_of_ours_breaks_a_rule() -> None:
    """The rendered file, the sample with every kind of field and the two archives break no rule."""
    assert file_problems(XML) == file_problems(SAMPLE) == []
    assert settings_problems(SETTINGS) == plugin_problems(PLUGIN) == []


@pytest.mark.parametrize(("piece", "other", "rule"), BROKEN, ids=[f"{row[2]}-{n}" for n, row in enumerate(BROKEN)])
def test_a_broken_file_is_found(piece: str, other: str, rule: str) -> None:
    """A file with one change that breaks a rule is found by that rule."""
    broken = re.sub(piece, lambda _: other, SAMPLE, flags=re.DOTALL)
    assert broken != SAMPLE
    assert rule in file_problems(broken)


@pytest.mark.parametrize(("check", "archive", "path", "change", "rule"), ARCHIVE_RULES)
def test_a_broken_archive_is_found(
    check: Callable[[bytes], list[str]],
    archive: bytes,
    path: str,
    change: bytes | tuple[bytes, bytes] | None,
    rule: str,
) -> None:
    """An archive with a missing, additional or changed file is found by the rule that this breaks."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    if change is None:
        del files[path]
    elif isinstance(change, bytes):
        files[path] = change
    else:
        files[path] = re.sub(*change, files[path], count=1)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as written:
        for name, content in files.items():
            written.writestr(name, content)
    assert rule in check(changed.getvalue())


def test_every_rule_has_a_file_that_breaks_it() -> None:
    """Every rule has found something in the tests above."""
    source = inspect.getsource(live_templates)
    rules = set(re.findall(r'(?:yield |append\(|return \[|else \[)"([^"]+)"', source))
    assert len(rules) >= 40
    assert rules <= {rule for *_, rule in (*BROKEN, *ARCHIVE_RULES)}
