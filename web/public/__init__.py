"""The public archive."""
