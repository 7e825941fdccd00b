"""What a run wrote below its folder: found, kept, and compared with what another run wrote."""
