"""Wing 2: snippets into editors."""
