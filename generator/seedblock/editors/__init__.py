"""Snippets into editors: install, uninstall, bundle."""
