"""Writes whole files, never over what is not ours."""
