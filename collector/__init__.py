"""Asks sources, decides what is new, hands it to storage."""
