"""Makes a shell complete what is typed: completion."""
