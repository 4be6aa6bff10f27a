"""The desk: where communicators work."""
