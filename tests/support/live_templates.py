"""The rules whose violation makes a live template fail silently in the IDE, from the sources of intellij-community.

TemplateSettings reads the file, TemplateTextLexer the value, MacroParser the expressions, TemplateContext the contexts,
TemplateState the stops; ImportSettingsAction and PluginDescriptorLoader take the archives.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

# The platform's own variables. A live template may contain END, and may declare none of them.
OWN_VARIABLES = {"END", "SELECTION", "SELECTION_START", "SELECTION_END"}
CONTEXTS = {"Python", "Python_Class", "Python_Top_Level"}
# fmt: off
TAKEN = {
    "main", "iter", "itere", "super", "prop", "props", "propsd", "compl", "compli", "compg", "compgi", "comps", "compsi",
    "compd", "compdi",
}
PREDEFINED_GROUPS = {"Python", "user", "Django", "HTML/XML", "JavaScript", "SQL", "Shell Script", "Zen HTML", "Zen CSS"}
MACROS = {
    "enum", "complete", "completeSmart", "date", "time", "user", "fileName", "fileNameWithoutExtension", "clipboard",
    "lineNumber", "capitalize", "decapitalize", "camelCase", "snakeCase", "concat", "pyClassName", "pyFunctionName",
}
# fmt: on

TOKEN = re.compile(r'\s*("(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|[(),])')


def file_problems(xml: str) -> list[str]:
    """Name each rule that the file breaks."""
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        return ["document type"]
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return ["not well-formed"]
    templates = root.findall("template")
    found = []
    if root.tag != "templateSet":
        found.append("root")
    if not root.get("group"):
        found.append("no group")
    if root.get("group") in PREDEFINED_GROUPS:
        found.append("predefined group")
    if re.search(r'\svalue="[^"]*[\n\t]', xml):
        found.append("raw line end")  # in an attribute it becomes a space
    if any(count > 1 for count in Counter(template.get("name") for template in templates).values()):
        found.append("name twice")  # the last wins
    if not templates:
        found.append("no template")
    return found + [rule for template in templates for rule in template_problems(template)]


def template_problems(template: ElementTree.Element) -> Iterator[str]:
    name, value = template.get("name", ""), template.get("value", "")
    if not name:
        yield "no name"
    elif not re.fullmatch("[a-z_][a-z0-9_]*", name):
        yield "no word"  # the IDE looks up only what follows the last - or .
    if name in TAKEN:
        yield "taken abbreviation"
    if not value:
        yield "no value"
    if "\t" in value:
        yield "tab"  # TemplateState.smartIndent keeps it among the spaces
    if template.get("toReformat", "false") != "false":
        yield "reformat"  # it runs at every stop, and cannot repair the indentation
    if template.get("shortcut", "TAB") not in ("TAB", "ENTER", "SPACE", "NONE"):
        yield "shortcut"
    if "resource-bundle" in template.attrib:
        yield "bundle"  # only a plugin's class loader has one; elsewhere there is no description
    yield from context_problems(template)
    yield from variable_problems(template, value)


def context_problems(template: ElementTree.Element) -> Iterator[str]:
    options = template.findall("context/option")
    if not any(option.get("value") == "true" for option in options):
        yield "no context"
    if any(option.get("name") not in CONTEXTS for option in options):
        yield "unknown context"


def variable_problems(template: ElementTree.Element, value: str) -> Iterator[str]:
    variables = template.findall("variable")
    declared = [variable.get("name", "") for variable in variables]
    tokens = re.findall(r"\$\$|\$([A-Za-z0-9_]+)\$", value)
    used = set(tokens) - {""}
    if used - OWN_VARIABLES - set(declared):
        yield "undeclared variable"  # it expands to nothing
    if set(declared) - used - OWN_VARIABLES:
        yield "unused variable"  # an internal error
    if len(set(declared)) < len(declared):
        yield "variable twice"
    if OWN_VARIABLES & set(declared):
        yield "reserved variable"
    if tokens.count("END") > 1:
        yield "END twice"  # only the first counts
    if "$" in re.sub(r"\$\$|\$[A-Za-z0-9_]+\$", "", value):
        yield "single $"  # text here, half a variable once another follows
    for variable in variables:
        if variable.get("alwaysStopAt") != "true":
            yield "no stop"
        expression, default = variable.get("expression", ""), variable.get("defaultValue", "")
        for code in filter(None, (expression, default)):
            yield from expression_problems(code)
        if expression.startswith("enum(") and default and not expression.startswith(f"enum({default}"):
            yield "default of an enum"  # never used: the first argument is
        if not expression and not default:
            yield "no default"


def expression_problems(code: str) -> Iterator[str]:
    """MacroParser: a string literal or a call. What follows is ignored."""
    match = TOKEN.match(code)
    if match is None or match[1] in "(),":
        yield "bare number"  # or anything else that is not an expression: nothing is inserted
    elif match[1][0] != '"' and not code.startswith("(", match.end()):
        yield "bare word"  # read as a variable, which is empty
    elif match[1][0] != '"' and match[1] not in MACROS:
        yield "unknown macro"  # read as a variable
    elif code[_end(code) :].strip():
        yield "text behind"


def _end(code: str) -> int:
    """Return the index where the first expression ends."""
    depth, position = 0, 0
    while match := TOKEN.match(code, position):
        position = match.end()
        depth += {"(": 1, ")": -1}.get(match[1], 0)
        if depth == 0 and not code.startswith("(", position):
            break
    return position


def settings_problems(archive: bytes) -> list[str]:
    """Import Settings: the mark at the root, the folder templates, and nothing that would overwrite other settings."""
    files = _files(archive)
    templates = {path: content for path, content in files.items() if path.startswith("templates/")}
    found = []
    if "IntelliJ IDEA Global Settings" not in files:
        found.append("no mark")
    file_templates = {
        path for path in files if path.startswith("fileTemplates/")
    }  # one file each, merged with the user's
    if files.keys() - templates.keys() - file_templates - {"IntelliJ IDEA Global Settings"}:
        found.append("other settings")  # options/ replaces the user's, installed.txt removes plugins
    if not templates:
        found.append("no templates")
    for path, content in templates.items():
        if ElementTree.fromstring(content).get("group") != path.removeprefix("templates/").removesuffix(".xml"):
            found.append("file name")  # the IDE writes GROUP.xml: two files of one group, one is not loaded
        found += file_problems(content.decode())
    return found


def plugin_problems(archive: bytes) -> list[str]:
    """Install Plugin from Disk: a descriptor, a dependency that PyCharm has, and the live templates that it names."""
    files = _files(archive)
    if "META-INF/plugin.xml" not in files:
        return ["no descriptor"]
    plugin = ElementTree.fromstring(files["META-INF/plugin.xml"])
    found = [f"no {tag}" for tag in ("id", "name", "version", "vendor") if not plugin.findtext(tag)]
    if not any(depends.text in ("com.intellij.modules.python",) for depends in plugin.findall("depends")):
        found.append("no dependency")
    build = plugin.find("idea-version")
    if build is None or not re.fullmatch(r"\d+(\.\d+)*", build.get("since-build", "")):
        found.append("since-build")
    if build is not None and "until-build" in build.attrib:
        found.append("until-build")
    named = [node.get("file", "") for node in plugin.iter("defaultLiveTemplates")]
    if not named:
        found.append("no templates")
    for name in named:
        path = name if name.endswith(".xml") else f"{name}.xml"
        found += file_problems(files[path].decode()) if path in files else ["file not there"]
    return found


def _files(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {path: opened.read(path) for path in opened.namelist()}
