"""Wing 1: templates to snippets."""
