"""seedblock: PyTorch seeding snippets for PyCharm, VS Code and plain Python, rendered from one template each."""

__version__ = "0.2.0"
