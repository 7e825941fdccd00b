"""Puts snippets into editors: install, uninstall, bundle."""
