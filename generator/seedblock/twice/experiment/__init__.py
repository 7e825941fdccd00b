"""The runs of one check: two, and more if they differ, to find out why."""
