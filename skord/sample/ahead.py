"""Draws the pictures of a stretch of a case's year into a folder: ``python -m skord.sample.ahead CASE FOLDER FROM TO``.

Drawing keeps a processor busy; in a process of its own it does not keep the program waiting.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from skord.sample import case
from skord.sample.servers import Pictures


def main(case_id: str, folder: str, since: str, until: str) -> None:
    """Draw what is not there yet, oldest first."""
    pictures = Pictures(Path(folder))
    for post in case.find(case_id).between(datetime.fromisoformat(since), datetime.fromisoformat(until)):
        pictures.draw(post)


if __name__ == "__main__":
    main(*sys.argv[1:])
