"""Writes whole files, and never overwrites what is not ours."""
