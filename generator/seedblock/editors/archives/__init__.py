"""What editors and notebooks can import, one module for each kind of archive. Pure."""
