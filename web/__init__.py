"""Desk, public archive and API."""
