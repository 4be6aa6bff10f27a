"""Selects, composes, renders and sends issues."""
