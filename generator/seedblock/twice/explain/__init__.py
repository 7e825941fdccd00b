"""From a difference to its cause and a remedy. Pure."""
