"""The public side: the archive that anybody may read."""
