"""Files that people bring: tables, lines of JSON, and the archives that networks give their users."""
