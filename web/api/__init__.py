"""The public API: what the archive shows, as JSON."""
