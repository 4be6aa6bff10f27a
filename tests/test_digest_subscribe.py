"""Signing up, confirming, leaving, and lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campaign.errors import InputError
from campaign.language import Language
from campaign.newsletter import Subscriber, SubscriberState
from campaign.settings import MailSettings, Settings
from digest import subscribe
from digest.work import tick
from digest_samples import settings
from servers import MailSink
from storage import schema, subscribers
from storage.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SV = Language("sv", ZoneInfo("Europe/Stockholm"))


class Desk:
    """A newsletter with a mail server."""

    def __init__(self, store: Store, sink: MailSink, made: Settings) -> None:
        self.store = store
        self.sink = sink
        self.settings = made
        self.letter = made.newsletters["veckobrevet"]

    def sign_up(self, address: str, *, now: datetime = NOW) -> None:
        """Sign up, and send what is due."""
        subscribe.sign_up(self.store, self.settings, self.letter, address, language=SV, now=now)
        self.round(now)

    def round(self, now: datetime) -> None:
        """Do what is due."""
        tick(self.store, self.settings, clock=lambda: now)

    def find(self, address: str) -> Subscriber:
        """The subscriber of an address."""
        found = subscribers.find_by_address(self.store, "veckobrevet", address)
        assert found is not None
        return found

    def subscribe(self, address: str, *, now: datetime = NOW) -> Subscriber:
        """Sign up and confirm."""
        self.sign_up(address, now=now)
        confirmed = subscribe.confirm(self.store, self.settings, self.find(address).token, now=now)
        assert confirmed is not None
        return confirmed

    def rows(self) -> list[tuple[object, ...]]:
        """Everything that is known about subscribers."""
        with self.store.read() as connection:
            tables = (schema.subscriber, schema.consent, schema.suppression)
            return [tuple(row) for table in tables for row in connection.execute(select(table))]


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    """A newsletter with a mail server, on each database."""
    with MailSink() as sink:
        yield Desk(store, sink, settings(tmp_path, mail=MailSettings(host=sink.host, port=sink.port)))


def test_sign_up_is_confirmed_by_its_owner_with_proof(desk: Desk) -> None:
    """A mail with a link, a confirmation, and the exact words with their moments are kept."""
    desk.sign_up("Anna@Example.se")
    pending = desk.find("anna@example.se")
    assert pending.state is SubscriberState.PENDING
    (mail,) = desk.sink.letters
    assert mail.recipients == ["Anna@example.se"]
    body = mail.message.get_content()
    assert f"https://hallandvaxer.example.se/subscribe/confirm/{pending.token}" in body
    assert mail.message["List-Unsubscribe"] is None
    confirmed = subscribe.confirm(desk.store, desk.settings, pending.token, now=NOW + timedelta(hours=1))
    assert confirmed is not None
    assert confirmed.state is SubscriberState.ACTIVE
    proofs = subscribers.proofs(desk.store, confirmed.id)
    assert [(proof.kind, proof.at) for proof in proofs] == [("asked", NOW), ("confirmed", NOW + timedelta(hours=1))]
    shown = subscribe.wording(desk.settings, desk.letter, SV)
    assert {(proof.wording, proof.wording_version) for proof in proofs} == {(shown.text, shown.version)}


def test_confirming_twice_changes_nothing(desk: Desk) -> None:
    """A second press, or a second look by a scanner that posts, is harmless."""
    first = desk.subscribe("anna@example.se")
    before = desk.rows()
    assert subscribe.confirm(desk.store, desk.settings, first.token, now=NOW + timedelta(days=1)) == first
    assert desk.rows() == before


def test_unknown_token_is_nobodys(desk: Desk) -> None:
    """A guessed link neither confirms nor removes anybody."""
    desk.subscribe("anna@example.se")
    before = desk.rows()
    assert subscribe.confirm(desk.store, desk.settings, "guess", now=NOW) is None
    assert not subscribe.leave(desk.store, "guess", now=NOW)
    assert desk.rows() == before


def test_pending_address_gets_one_mail_a_day_and_three_in_all(desk: Desk) -> None:
    """However often somebody presses, also after the address was forgotten."""
    for hours in range(0, 24 * 40, 6):
        now = NOW + timedelta(hours=hours)
        subscribers.forget_unconfirmed(desk.store, now=now)
        desk.sign_up("anna@example.se", now=now)
        assert len(desk.sink.letters) <= 1 + hours // 24
    assert len(desk.sink.letters) == 3


def test_known_address_gets_no_mail_and_the_same_answer(desk: Desk) -> None:
    """Signing up a subscriber again tells nobody that it is one."""
    desk.subscribe("anna@example.se")
    desk.sink.letters.clear()
    desk.sign_up("ANNA@example.se", now=NOW + timedelta(days=2))
    assert desk.sink.letters == []
    assert desk.find("anna@example.se").state is SubscriberState.ACTIVE


def test_leaving_forgets_the_address_at_once(desk: Desk) -> None:
    """Only a keyed hash stays; leaving again is fine; the address is in no row."""
    anna = desk.subscribe("anna@example.se")
    assert subscribe.leave(desk.store, anna.token, now=NOW)
    assert subscribe.leave(desk.store, anna.token, now=NOW)
    assert "anna" not in repr(desk.rows())
    assert subscribers.find_by_address(desk.store, "veckobrevet", "anna@example.se") is None
    assert list(subscribe.export_csv(desk.store, desk.letter))[1:] == []


def test_hash_of_an_address_depends_on_the_secret(desk: Desk) -> None:
    """Nobody without the secret can look an address up in the list."""
    from storage.addresses import suppression_hash

    assert suppression_hash(b"a", "anna@example.se") != suppression_hash(b"b", "anna@example.se")


def test_import_does_not_bring_back_who_left_but_their_own_word_does(desk: Desk) -> None:
    """An old list cannot overrule a person; the person can overrule themselves."""
    anna = desk.subscribe("anna@example.se")
    subscribe.leave(desk.store, anna.token, now=NOW)
    (row,) = subscribe.import_csv(
        desk.store, desk.letter, "email\nanna@example.se\n", source="lista", language="sv", now=NOW
    )
    assert row.result == "suppressed"
    again = desk.subscribe("anna@example.se", now=NOW + timedelta(days=2))
    assert again.state is SubscriberState.ACTIVE
    assert again.token != anna.token
    with desk.store.read() as connection:
        assert connection.execute(select(schema.suppression)).all() == []


def test_old_leave_link_does_not_work_on_the_new_subscription(desk: Desk) -> None:
    """A link from an old letter belongs to the old subscription."""
    anna = desk.subscribe("anna@example.se")
    subscribe.leave(desk.store, anna.token, now=NOW)
    desk.subscribe("anna@example.se", now=NOW + timedelta(days=2))
    assert subscribe.leave(desk.store, anna.token, now=NOW + timedelta(days=3))
    assert desk.find("anna@example.se").state is SubscriberState.ACTIVE


def test_import_reports_every_line(desk: Desk) -> None:
    """Each line is added, known, invalid or held back, and the source is the proof."""
    lines = (
        "Namn;E-post",
        "Anna;anna@example.se",
        "A; ANNA@example.se",
        "Bo;inte en adress",
        ";",
        "Åke;åke@example.se",
    )
    text = "\ufeff" + "\n".join(lines)
    rows = list(subscribe.import_csv(desk.store, desk.letter, text, source="Mässan 2026", language="sv", now=NOW))
    assert [(row.line, row.result) for row in rows] == [(2, "added"), (3, "known"), (4, "invalid"), (6, "invalid")]
    (proof,) = subscribers.proofs(desk.store, desk.find("anna@example.se").id)
    assert (proof.kind, proof.wording) == ("imported", "Mässan 2026")
    assert desk.sink.letters == []


def test_list_of_one_column_needs_no_head(desk: Desk) -> None:
    """A plain list of addresses can be imported as it is; a table without addresses is refused by field."""
    rows = list(
        subscribe.import_csv(desk.store, desk.letter, "a@example.se\nb@example.se", source="x", language="sv", now=NOW)
    )
    assert [row.result for row in rows] == ["added", "added"]
    with pytest.raises(InputError) as refused:
        list(subscribe.import_csv(desk.store, desk.letter, "namn,ort\nx,y", source="x", language="sv", now=NOW))
    assert refused.value.field == "file"


def test_export_is_safe_to_open_in_a_spreadsheet(desk: Desk) -> None:
    """A cell that would be a formula is made text."""
    subscribe.add(desk.store, desk.letter, "=cmd@example.se", source="x", language="sv", now=NOW)
    lines = list(subscribe.export_csv(desk.store, desk.letter))
    assert lines[0].startswith("email,state")
    assert lines[1].startswith("'=cmd@example.se,active")


def test_removed_address_stays_away_also_if_it_was_never_known(desk: Desk) -> None:
    """An administrator's removal holds against every import to come."""
    assert not subscribe.remove(desk.store, desk.letter, "never@example.se", now=NOW)
    assert (
        subscribe.add(desk.store, desk.letter, "never@example.se", source="x", language="sv", now=NOW) == "suppressed"
    )


@pytest.mark.parametrize(
    "address",
    ["", "anna", "anna@", "@example.se", "anna@localhost", "a b@example.se", "a@b@c", "a@exa mple.se", "å@example.se",
     "a@example.se\r\nBcc: x@y.se", "<a@example.se>", "a" * 65 + "@example.se", "a@-x.se", "a@example.123"],
)  # fmt: skip
def test_what_is_no_address_is_refused(sqlite_store: Store, tmp_path: Path, address: str) -> None:
    """Only what a letter can be sent to is taken, and nothing is stored for the rest."""
    made = settings(tmp_path)
    with pytest.raises(InputError) as refused:
        subscribe.sign_up(sqlite_store, made, made.newsletters["veckobrevet"], address, language=SV, now=NOW)
    assert refused.value.field == "email"
    assert list(subscribers.iter_subscribers(sqlite_store, "veckobrevet")) == []


def test_unconfirmed_sign_up_is_forgotten_after_a_week(desk: Desk) -> None:
    """Nothing but a keyed hash is left of who never confirmed; who confirmed stays."""
    desk.subscribe("bo@example.se")
    desk.sign_up("anna@example.se")
    assert subscribers.forget_unconfirmed(desk.store, now=NOW + timedelta(days=6)) == 0
    assert subscribers.forget_unconfirmed(desk.store, now=NOW + timedelta(days=7)) == 1
    assert "anna" not in repr(desk.rows())
    assert desk.find("bo@example.se").state is SubscriberState.ACTIVE


def test_mail_that_could_not_leave_is_sent_at_the_next_round(desk: Desk) -> None:
    """A server that is down costs time, not the sign-up, and not one of the three mails."""
    right = desk.settings
    desk.settings = replace(right, mail=MailSettings(host="127.0.0.1", port=1))
    desk.sign_up("anna@example.se")
    assert desk.find("anna@example.se").asked == 0
    desk.settings = right
    desk.round(NOW + timedelta(minutes=1))
    assert len(desk.sink.letters) == 1
    assert desk.find("anna@example.se").asked == 1


def test_english_sign_up_is_answered_in_english(desk: Desk) -> None:
    """The confirmation speaks the language of the page it came from."""
    english = Language("en", ZoneInfo("Europe/Stockholm"))
    subscribe.sign_up(desk.store, desk.settings, desk.letter, "anna@example.se", language=english, now=NOW)
    desk.round(NOW)
    (mail,) = desk.sink.letters
    assert str(mail.message["Subject"]) == "Confirm that you want Halland växer"
    assert "/en/subscribe/confirm/" in mail.message.get_content()
