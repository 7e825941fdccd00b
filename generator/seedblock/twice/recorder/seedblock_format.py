"""What the recorder and the reader of its tapes agree on. It stands alone: the user's process imports it, and so does seedblock."""

FORMAT = 5  # of a tape; any other is refused
