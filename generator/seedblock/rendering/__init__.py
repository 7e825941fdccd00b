"""Templates to snippets: list, show, render."""
