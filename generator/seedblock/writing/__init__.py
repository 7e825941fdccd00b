"""Whole files on the disk, never over what is not ours."""
