"""Sends what is due in a process of its own, for tests that kill it: database, mail port, folder and rule for letters
in doubt as arguments.
"""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from campaign.settings import MailSettings
from digest.outbox import send_due
from digest_samples import settings
from storage.store import open_store


def main() -> None:
    """Send until nothing is due; SIGTERM asks to stop."""
    url, port, folder, uncertain = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    store = open_store(url, media=folder / "media", secret=b"test secret, never used elsewhere")
    made = settings(folder, uncertain=uncertain)
    made = replace(made, mail=MailSettings(host="127.0.0.1", port=port, connections=2))
    report = send_due(store, made, clock=lambda: datetime.now(UTC), stopping=asked.is_set)
    store.close()
    sys.exit(3 if report.busy else 0)


if __name__ == "__main__":
    main()
