"""Addresses of all kinds where they do not belong: mail addresses, addresses of pages, addresses of the desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import approved
from campaign.errors import InputError
from campaign.mailboxes import scrubbed
from campaign.newsletter import DeliveryState, ItemKind
from campaign.oidc import Granted, Identity
from campaign.records import Role
from campaign.settings import MailSettings
from conftest import NOW
from desk import Running, fields
from digest import desk
from digest.outbox import send_due
from digest_samples import DRAFTED
from digest_samples import settings as site_settings
from servers import MailSink
from storage import deliveries, schema
from storage.identities import log_in_as
from storage.issues import items
from storage.people import add_account, find_account, set_preferences
from storage.store import Actor, Store, sync_campaigns
from test_digest_outbox import NOW as SENT
from test_digest_outbox import ready
from test_web_desk_issues import press, site
from web.desk.reach import reach_of

__all__ = ("site",)

WRONG = ("anna", "å@växjö.se", "anna@växjö.se\r\nBcc: x@y.se", "a@b.se, c@d.se", "<a@b.se>", "anna@")


def test_a_test_letter_reaches_a_domain_with_swedish_letters(sqlite_store: Store, tmp_path: Path) -> None:
    """An address whose domain has å, ä or ö gets its test letter, in the form that mail can carry."""
    approved(sqlite_store, at=DRAFTED.replace(day=DRAFTED.day - 1))
    with MailSink() as sink:
        made = site_settings(tmp_path, mail=MailSettings(host="127.0.0.1", port=sink.port))
        issue = desk.draft_now(sqlite_store, made, "veckobrevet", by=Actor(kind="job"), now=DRAFTED)
        desk.send_test(sqlite_store, made, issue.id, "anna@växjö.se", now=DRAFTED)
        with pytest.raises(InputError) as refused:
            desk.send_test(sqlite_store, made, issue.id, "å@växjö.se", now=DRAFTED)
    assert refused.value.key == "email_local"
    (letter,) = sink.letters
    assert letter.recipients == ["anna@xn--vxj-qla6g.se"]
    assert letter.message["To"].addresses[0].addr_spec == "anna@xn--vxj-qla6g.se"


@pytest.mark.parametrize("wrong", WRONG)
def test_an_account_keeps_no_address_that_no_mail_can_go_to(store: Store, wrong: str) -> None:
    """Neither a new account nor a changed one takes it, and nothing else of the form is kept."""
    with pytest.raises(InputError) as refused:
        add_account(store, "ny", role=Role.READER, password=None, now=NOW, email=wrong)
    assert refused.value.field == "email"
    assert find_account(store, "ny") is None
    bo = add_account(store, "bo", role=Role.READER, password=None, now=NOW, email="bo@växjö.se")
    with pytest.raises(InputError):
        set_preferences(store, bo.id, display_name="B", email=wrong, language="en", shortcuts=False)
    assert find_account(store, "bo") == bo
    set_preferences(store, bo.id, display_name="Bo", email=" ", language="", shortcuts=True)
    kept = find_account(store, "bo")
    assert kept is not None
    assert kept.email == ""


def test_who_an_organisation_vouches_for_comes_in_without_a_usable_address(store: Store) -> None:
    """An odd address at the organisation shuts nobody out; it is not kept."""
    who = Identity(issuer="https://id.example.se", subject="1", username="å", name="Åsa", email="åsa@")
    _, made = log_in_as(store, who, Granted(everywhere=Role.READER), now=NOW)
    assert made.email == ""


def test_an_address_that_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(site: Running) -> None:
    """The own page and the list of accounts say what is wrong, in words, and keep what was typed."""
    client = site.client()
    form = fields(client.get("/desk/account").text, "/desk/account")
    answer = client.post("/desk/account", data=form | {"email": "å@växjö.se", "display_name": "Nytt namn"})
    assert answer.status_code == 422
    assert "bokstäver före @" in answer.text
    assert 'value="å@växjö.se"' in answer.text
    assert 'value="Nytt namn"' in answer.text
    assert site.person().display_name != "Nytt namn"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://user:pw@example.se/", "användarnamn eller lösenord"),
        ("https://user@example.se", "användarnamn eller lösenord"),
        ("https://example.se@evil.example/", "användarnamn eller lösenord"),
        ("https://example.se:99999/a", "ingen port som finns"),
        ("https://example.se:0/", "ingen port som finns"),
        ("https://example.se:x/", "ingen port som finns"),
    ],
)
def test_an_address_with_a_login_or_no_port_is_refused_with_why(site: Running, url: str, words: str) -> None:
    """Nobody's password goes out to every reader, and no link leads to a port that there is not."""
    answer = press(site, site.client(), "write", kind="link", section="", title="x", url=url)
    assert answer.status_code == 422
    assert words in answer.text
    assert not [item for item in items(site.store, 1) if item.kind is not ItemKind.STORY]


def test_an_address_with_a_port_stands(site: Running) -> None:
    """A port that there is, and an @ behind the host, are as good as none."""
    url = "https://example.se:8443/@anna?a=b@c"
    assert press(site, site.client(), "write", kind="link", section="", title="x", url=url).status_code == 303
    assert url in [item.url for item in items(site.store, 1)]


def test_the_door_asks_for_each_thing_that_an_address_names(site: Running) -> None:
    """Two numbers in one address: whoever lacks a role where either belongs is turned away."""
    store = site.store
    sync_campaigns(store, [replace(site.settings.campaigns["hallandvaxer"], id="annan")], NOW)
    with store.write() as connection:
        connection.execute(schema.issue_item.update().values(campaign="annan").where(schema.issue_item.c.id == 1))
    ours, others, none = {"issue_id": 1}, {"item_id": 1}, {"media_id": 99_999}
    for params in (ours | others, others | ours):
        reach = reach_of(store, params, {})
        assert {reach.address, *reach.fields} == {("hallandvaxer",), ("annan",)}
    assert reach_of(store, ours | none, {}).address == ("hallandvaxer",)
    assert reach_of(store, none | ours, {}).address == ("hallandvaxer",)
    assert reach_of(store, none, {}).address is None


def test_the_words_of_a_server_that_took_a_letter_are_kept_without_addresses(store: Store, tmp_path: Path) -> None:
    """What it says of whom it took the letter for would outlive their erasure."""
    with MailSink() as sink:
        sink.refuse("DATA", "250 2.0.0 <reader0@example.se> (reader0@example.se) ok, queued as 4F2A")
        made = site_settings(tmp_path, mail=MailSettings(host="127.0.0.1", port=sink.port))
        issue = ready(store, made, readers=1)
        send_due(store, made, clock=lambda: SENT)
    (kept,) = deliveries.list_deliveries(store, issue.id, DeliveryState.SENT)
    assert "reader0" not in kept.reply_text
    assert "queued as 4F2A" in kept.reply_text


@pytest.mark.parametrize(
    "said",
    [
        "<anna@x.se>: no",
        "to=anna@x.se, no",
        '"anna b"@x.se no',
        f"{'anna' * 40}@x.se no",
        "anna@växjö.se no",
        "anna@[127.0.0.1] no",
    ],
)
def test_no_address_stays_in_the_words_of_a_server(said: str) -> None:
    """Whatever shape it has, the address goes and the words stay."""
    assert "anna" not in scrubbed(said)
    assert scrubbed(said).endswith("no")


def test_scrubbing_takes_no_time_over_what_holds_no_address() -> None:
    """Words of any length without an end are cut before they are read."""
    assert len(scrubbed("a" * 5_000_000)) <= 2_000
    assert len(scrubbed('"' * 5_000_000)) <= 2_000
