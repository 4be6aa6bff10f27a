"""Command line, configuration, schedule and wiring."""
