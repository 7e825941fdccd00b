"""Independent expanders: what PyCharm and VS Code insert, written from the rules of the formats and not from our code.

`typed` maps a field's name to what the user types at its stop. Other stops keep their defaults.
"""

import json
import re
from collections.abc import Mapping
from xml.etree import ElementTree

NOTHING_TYPED: Mapping[str, str] = {}


def expand_live_template(xml: str, name: str, typed: Mapping[str, str] = NOTHING_TYPED, line: str = "") -> str:
    """Insert the live template `name` behind `line`, by the rules of TemplateTextLexer.flex and TemplateState."""
    root = ElementTree.fromstring(xml)
    template = next(element for element in root.iter("template") if element.get("name") == name)
    values = {
        variable.attrib["name"]: typed.get(variable.attrib["name"].lower())
        or evaluate(variable.get("expression", ""))
        or evaluate(variable.get("defaultValue", ""))
        for variable in template.findall("variable")
    }
    text, position = "", 0
    value = template.attrib["value"]
    while position < len(value):
        if value.startswith("$$", position):
            text, position = text + "$", position + 2
        elif variable := re.compile(r"\$([A-Za-z0-9_]+)\$").match(value, position):
            text, position = text + values.get(variable[1], ""), variable.end()
        else:
            text, position = text + value[position], position + 1
    # TemplateState.smartIndent: the indentation of the line is put before every further line, even an empty one.
    indentation = line[: len(line) - len(line.lstrip())]
    return line + text.replace("\n", f"\n{indentation}")


def surround_live_template(
    xml: str, name: str, selected: str, typed: Mapping[str, str] = NOTHING_TYPED, line: str = ""
) -> str:
    """Put the live template `name` around `selected`, which is indented by `line`.

    TemplateState.smartIndent: further lines of the selection get the spaces that the template has before $SELECTION$;
    those of the template get the indentation of the line.
    """
    template = next(element for element in ElementTree.fromstring(xml).iter("template") if element.get("name") == name)
    head, found, tail = template.attrib["value"].partition("$SELECTION$")
    assert found
    spaces = head[len(head.rstrip(" ")) :]
    parts = []
    for part in (head, tail):
        template.set("value", part)
        parts.append(expand_live_template(ElementTree.tostring(template, "unicode"), name, typed))
    return line + parts[0].replace("\n", f"\n{line}") + selected.replace("\n", f"\n{spaces}") + parts[1]


def surround_snippet(
    text: str, title: str, selected: str, typed: Mapping[str, str] = NOTHING_TYPED, line: str = "", unit: str = "    "
) -> str:
    """Put the VS Code snippet `title` around `selected`, which is indented by `line`. Field names are ignored.

    SnippetSession.adjustWhitespace, then SelectionBasedVariableResolver: a further line of the selection is indented by
    as much as the variable is, compared with the line where the selection starts.
    """
    (*lines, last) = json.loads(text)[title]["body"]
    assert last.endswith("${TM_SELECTED_TEXT}$0")
    start = line + last.removesuffix("${TM_SELECTED_TEXT}$0").replace("\t", unit)
    assert not start.strip()
    more = start.removeprefix(line)
    answers = {str(number): value for number, value in enumerate(typed.values(), start=1)}
    head, rest = _parse("\n".join(lines), answers, {}, nested=False)
    assert not rest
    return line + head.replace("\n", f"\n{line}") + f"\n{start}" + selected.replace("\n", f"\n{more}")


def merge_velocity(text: str) -> str:
    """Merge a text as Velocity 1.7 does. Only unread text is supported; anything else is an error."""
    merged = ""
    while text:
        assert text.startswith("#[["), f"Velocity reads this: {text[:20]!r}"
        end = text.index("]]#", 3)
        merged, text = merged + text[3:end], text[end + 3 :]
    return merged


def stops(xml: str, name: str) -> list[str]:
    """The variables at which the caret stops, in the order of declaration, not of the text."""
    template = next(element for element in ElementTree.fromstring(xml).iter("template") if element.get("name") == name)
    return [
        variable.attrib["name"]
        for variable in template.findall("variable")
        if variable.get("alwaysStopAt") == "true"
        or not (variable.get("expression") or variable.get("defaultValue"))
        or variable.get("expression", "").startswith("enum(")
    ]


def contexts(xml: str, name: str) -> set[str]:
    """Where TemplateContext offers it. A context that is not listed inherits from its base."""
    template = next(element for element in ElementTree.fromstring(xml).iter("template") if element.get("name") == name)
    named = {option.get("name"): option.get("value") == "true" for option in template.findall("context/option")}
    base = named.get("Python", False)
    return {place for place in ("Python", "Python_Class", "Python_Top_Level") if named.get(place, base)}


def evaluate(code: str) -> str:
    """Evaluate a macro expression as MacroParser does: a string literal, or enum(), whose first argument it inserts."""
    code = code.removeprefix("enum(")
    if not code.startswith('"'):
        return ""  # a bare word is an empty variable, a bare number a syntax error
    text, position = "", 1
    while code[position] != '"':
        if code[position] == "\\":
            position += 1
            text += {"n": "\n", "t": "\t", "f": "\f"}.get(code[position], code[position])
        else:
            text += code[position]
        position += 1
    return text


def expand_snippet(text: str, name: str, typed: Mapping[str, str] = NOTHING_TYPED, fields: tuple[str, ...] = ()) -> str:
    """Insert the VS Code snippet with the prefix `name` at column 0 of a file indented by four spaces.

    `fields` names the stops 1, 2, ... for `typed`.
    """
    entry = next(entry for key, entry in json.loads(text).items() if entry.get("prefix", key) == name)
    body = entry["body"] if isinstance(entry["body"], str) else "\n".join(entry["body"])
    answers = {str(number): typed[field] for number, field in enumerate(fields, start=1) if field in typed}
    # VS Code reads a tab after an empty stop at the start of a line as indentation: no body here has that.
    assert not re.search(r"^[ \t]*(?:\$\d+|\$\{\d+:?\})+[ \t]*\t", body, re.MULTILINE)
    body = "\n".join(_normalize_indentation(line) for line in re.split("\r\n|\r|\n", body))
    inserted, rest = _parse(body, answers, {}, nested=False)
    assert not rest
    return inserted


def expand_yasnippet(text: str, typed: Mapping[str, str] = NOTHING_TYPED, fields: tuple[str, ...] = ()) -> str:
    """Insert a snippet file of yasnippet at column 0, by its snippet-development.org.

    `fields` names the fields 1, 2, ... for `typed`.
    """
    head, body = re.split(r"^# --\s*\n", text, maxsplit=1, flags=re.MULTILINE)
    assert "'fixed" in head, "else the mode's own indentation follows"
    answers = {str(number): typed[field] for number, field in enumerate(fields, start=1) if field in typed}
    return _insert(body, answers, escaped="\\`\"'$}{()", again=r"\$\{(\d+):\$\(identity yas-text\)\}")


def expand_ultisnips(
    text: str, name: str, typed: Mapping[str, str] = NOTHING_TYPED, fields: tuple[str, ...] = ()
) -> str:
    """Insert the snippet `name` of an UltiSnips file at column 0 of a file indented by four spaces, by UltiSnips.txt."""
    lines = text.splitlines()
    (start,) = (number for number, line in enumerate(lines) if re.fullmatch(rf'snippet {name} "[^"]*" bm', line))
    body = lines[start + 1 :]
    body = body[: body.index("endsnippet")]
    body = [re.sub(r"^\t+", lambda tabs: "    " * len(tabs[0]), line).rstrip() for line in body]
    answers = {str(number): typed[field] for number, field in enumerate(fields, start=1) if field in typed}
    return _insert("\n".join(body), answers, escaped="\\`${}", again=r"\$\{(\d+)/\^//\}")


def _insert(body: str, answers: Mapping[str, str], *, escaped: str, again: str) -> str:
    """Insert what both read the same way: a field is `${n:default}`, a backslash takes the meaning from what follows."""
    text, values = "", dict[str, str]()
    while body:
        if body[0] == "\\" and body[1:2] and body[1] in escaped:
            text, body = text + body[1], body[2:]
        elif repeated := re.match(again, body):
            text, body = text + values[repeated[1]], body[repeated.end() :]
        elif field := re.match(r"\$\{(\d+):((?:\\.|[^\\}])*)\}", body, re.DOTALL):
            default = _insert(field[2], {}, escaped=escaped, again=again)
            assert field[1] not in values, "a second default"
            text += values.setdefault(field[1], answers.get(field[1], default))
            body = body[field.end() :]
        elif body == "$0":
            body = ""
        else:
            assert body[0] not in "$`", f"a field, a program or nothing that is known: {body[:20]!r}"
            text, body = text + body[0], body[1:]
    return text


def commented(call: str) -> str:
    """A call as in a plain file: `# ` before each line of code; comments and empty lines unchanged."""
    return "\n".join(line if line[:1] in ("", "#") else f"# {line}" for line in call.split("\n"))


def _parse(body: str, answers: Mapping[str, str], defaults: dict[str, str | None], *, nested: bool) -> tuple[str, str]:
    """The stops and placeholders of snippetParser.ts. Anything else is an error."""
    text = ""
    while body and not (nested and body[0] == "}"):
        if body[0] == "\\" and body[1:2] in ("\\", "$", "}"):
            text, body = text + body[1], body[2:]
        elif stop := re.match(r"\$([0-9]+)|\$\{([0-9]+)\}", body):
            number = str(int(stop[1] or stop[2]))
            text, body = text + answers.get(number, defaults.setdefault(number, None) or ""), body[stop.end() :]
        elif stop := re.match(r"\$\{([0-9]+):", body):
            number = str(int(stop[1]))
            default, rest = _parse(body[stop.end() :], answers, defaults, nested=True)
            assert rest.startswith("}"), "a placeholder that is not closed"
            assert defaults.get(number, "") is not None, "a stop that stands before its default"
            text += answers.get(number, defaults.setdefault(number, default) or "")
            body = rest[1:]
        else:
            assert not re.match(r"\$\{|\$[A-Za-z_]", body), f"a variable, choice or transform: {body[:20]!r}"
            text, body = text + body[0], body[1:]
    return text, body


def _normalize_indentation(line: str) -> str:
    """`normalizeIndentation` for four spaces: a leading tab fills up to the next multiple of four."""
    content = line.lstrip(" \t")
    width = 0
    for blank in line[: len(line) - len(content)]:
        width = width + 4 - width % 4 if blank == "\t" else width + 1
    return " " * width + content
