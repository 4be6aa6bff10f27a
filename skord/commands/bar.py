"""How far a long command has come, on stderr, where somebody is looking."""

from __future__ import annotations

import sys

from skord.wiring import House

_WIDTH = 30


class Bar:
    """Drawn in place; nothing where the output goes into a file or is JSON."""

    def __init__(self, house: House, name: str) -> None:
        self.name = name
        self._shown = sys.stderr.isatty() and not house.as_json
        self._last = ""

    def step(self, done: int, total: int) -> None:
        """Say how far it has come; a total of 0 is not known."""
        if not self._shown:
            return
        filled = _WIDTH * min(done, total) // max(total, 1)
        line = f"\r[{'█' * filled}{'░' * (_WIDTH - filled)}] {done}/{max(total, done)} {self.name}"
        if line != self._last:
            self._last = line
            print(f"{line[:100]:<100}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._last:
            print(file=sys.stderr)
