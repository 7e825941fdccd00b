"""From templates to snippets: list, show, render."""
