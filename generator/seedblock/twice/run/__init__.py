"""One run of the user's command: what is run, in which folder, what it reads and prints, and how it ends."""
