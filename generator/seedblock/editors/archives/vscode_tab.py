"""Two lines for VS Code: with them, Tab inserts a snippet where the script has a name like its abbreviation.

VS Code lists such a name before the snippet, and Tab takes the first row, which changes nothing. With these lines Tab inserts
the snippet there, and only there. The simpler `"editor.snippetSuggestions": "top"` would put snippets before `str` and `self`.
"""

# VS Code looks for an abbreviation before the cursor only with the first, and only with the second for a row that changes
# nothing. With the second, Enter starts a line there.
SETTING = '"[python]": {"editor.tabCompletion": "onlySnippets", "editor.acceptSuggestionOnEnter": "smart"}'

_WHEN = (
    "hasSnippetCompletions",
    "!suggestionMakesTextEdit",
    "suggestWidgetMultipleSuggestions",  # not behind `random_seed`, which ends in an abbreviation too, and is listed alone
    "!inSnippetMode",
    "editorLangId == python",
)
KEY = f'{{"key": "tab", "command": "insertSnippet", "when": "{" && ".join(_WHEN)}"}}'
