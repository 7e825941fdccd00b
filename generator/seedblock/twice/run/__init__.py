"""A run of the user's command: its arguments, folder, input and output, its processes, and its end."""
