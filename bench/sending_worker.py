"""A process that sends what is due each time a line comes, for ``bench.sending``; it answers with a line.

Arguments: the database, the folder of pictures, the mail server's port, how many connections.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import material
from campaign.settings import MailSettings
from digest.outbox import send_due
from storage.store import open_store


def main() -> None:
    """Send, answer, wait, until nobody says anything more."""
    url, media, port, connections = sys.argv[1:5]
    made = material.settings(Path(media).parent, mail=MailSettings())
    made = replace(made, mail=MailSettings(host="127.0.0.1", port=int(port), connections=int(connections)))
    now = material.NOW + timedelta(minutes=5)
    with contextlib.closing(open_store(url, media=Path(media), secret=made.site.secret)) as store:
        print("ready", flush=True)
        for _ in sys.stdin:
            report = send_due(store, made, clock=lambda: now)
            print(sum(report.counts.values()), flush=True)


if __name__ == "__main__":
    main()
