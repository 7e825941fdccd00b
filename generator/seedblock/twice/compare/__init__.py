"""Two tapes, compared. Pure."""
