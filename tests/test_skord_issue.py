"""``skord issue draft`` and ``show``: what is in an issue, what is not, and why, without a browser."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from builders import account, approved
from campaign.records import Role
from skord.cli import main
from skord.wiring import utc_now
from storage import schema, senders
from storage.mail_checks import put_check
from storage.store import Store

CONFIG = """
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "a@example.se"
[storage]
url = "{url}"
media = "media"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
[newsletter.veckobrevet]
campaign = "hallandvaxer"
draft = "thursday 14:00"
send = "friday 08:00"
min_items = 1
max_items = 2
from = "Halland växer <brev@exempel.se>"
"""


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str, sqlite_store: Store) -> Path:
    """A configuration whose database has three approved stories of one sender, for a letter of two."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=sqlite_url), encoding="utf-8")
    for number in range(3):
        approved(
            sqlite_store, at=utc_now() - timedelta(hours=1), text=f"Bro {number} står klar. #hallandväxer", html=""
        )
    return file


def test_draft_says_why_each_story_is_in_or_not(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two lines for what is in and one for what is not, each with its reason in words."""
    assert main(["--config", str(config), "issue", "draft"]) == 0
    inside, outside = capsys.readouterr().out.split("Kom inte med:")
    assert inside.count("Bro ") == 2
    assert "En röst som inte hörs i brevet ännu." in inside
    assert outside.count("Bro ") == 1
    assert "samma avsändare har redan 2. Föreslås igen nästa gång." in outside


def test_show_as_json_gives_the_reasons_beside_the_letter(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads the same words by story."""
    main(["--config", str(config), "--json", "issue", "draft"])
    drafted = json.loads(capsys.readouterr().out)
    assert main(["--config", str(config), "--json", "issue", "show"]) == 0
    why = json.loads(capsys.readouterr().out)["why"]
    assert why == drafted["why"]
    assert [each["story"] for each in why["in"]] == drafted["stories"]
    assert [each["why"] for each in why["out"]] == [
        "Fick inte plats bland 2: samma avsändare har redan 2. Föreslås igen nästa gång."
    ]


def test_copy_is_confirmed_in_an_administrators_name(
    config: Path, sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody else's name does, a name is needed, and the trail says whose word it was."""
    send = ["--config", str(config), "issue", "send", "--this-is-the-one"]
    chief = account(sqlite_store, name="chief", role=Role.ADMINISTRATOR)
    account(sqlite_store, name="writer", role=Role.EDITOR)
    assert senders.may_send(sqlite_store, now=utc_now())
    with sqlite_store.write() as connection:
        connection.execute(schema.sender.update().values(fingerprint="another"))
    for wrong in ([], ["nobody"], ["writer"]):
        with contextlib.suppress(SystemExit):
            assert main([*send, *wrong]) != 0
        assert senders.is_copy(sqlite_store)
    assert "administratör" in capsys.readouterr().err
    assert main([*send, "chief"]) == 0
    assert not senders.is_copy(sqlite_store)
    with sqlite_store.read() as connection:
        action = schema.decision.c.action == "sender_confirm"
        (told,) = connection.execute(select(schema.decision).where(action)).all()
    assert (told.actor, told.account_id) == ("person", chief)


def test_a_first_letter_that_is_kept_back_says_why(
    config: Path, sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sent by command while the sender's domain is red, nothing leaves, and the words say what to do."""
    names = ("controller", "organisation_number", "purpose", "legal_basis", "contact", "officer", "retention")
    told = "\n".join(f'{name} = "x"' for name in names)
    config.write_text(f"{config.read_text(encoding='utf-8')}\n[privacy]\n{told}\n", encoding="utf-8")
    account(sqlite_store, name="anna")
    fact = {"domain": "exempel.se", "record": "v=spf1 -all"}
    red = {"what": "spf", "standing": "red", "key": "spf_missing", "facts": fact}
    main(["--config", str(config), "issue", "draft"])
    assert main(["--config", str(config), "issue", "approve", "--as", "anna"]) == 0
    put_check(sqlite_store, "exempel.se", [red], now=utc_now())
    capsys.readouterr()
    assert main(["--config", str(config), "issue", "send"]) == 1
    assert "skord doctor mail" in capsys.readouterr().out
