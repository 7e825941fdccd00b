"""What a run has recorded: the format of its lines, and how they are read."""
