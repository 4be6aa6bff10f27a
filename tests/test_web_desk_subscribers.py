"""Subscribers and how a sending went, at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert, select, update

from campaign.errors import CollectError
from campaign.newsletter import EventKind, SubscriberState
from campaign.settings import BounceSettings, MailSettings
from campaign.sheets import Sheet, rows_of, write_excel
from conftest import NOW
from desk import Running, fields, running
from digest.returning import MAILBOX
from digest.subscribe import count
from storage import schema
from storage.mailboxes import fail
from storage.returns import Return, take
from storage.store import Store
from storage.subscribers import leave
from test_storage_returns import ANN, back, reader, sent, state

LIST = "/desk/subscribers/import"
MAIL = MailSettings(bounces=BounceSettings(address="studs@example.se"))


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk whose newsletter has a mailbox of bounces."""
    with running(sqlite_store, mail=MAIL) as found:
        yield found


def look(site: Running, client: httpx.Client, rows: str = "", **given: str) -> httpx.Response:
    """Bring rows as if pasted, without adding them."""
    form = fields(client.get(LIST).text, LIST)
    return client.post(LIST, data=form | {"rows": rows, "source": "Mässan 12 maj", "press": "look"} | given)


def add(client: httpx.Client, page: str) -> httpx.Response:
    """Press Importera on the page that says what will happen."""
    return client.post(LIST, data=fields(page, LIST) | {"press": "add"})


def active(site: Running) -> int:
    """How many get the letter."""
    return count(site.store, site.settings.newsletters["veckobrevet"])[SubscriberState.ACTIVE]


def test_a_list_is_looked_at_before_anything_is_added(site: Running) -> None:
    """Each row is told; nobody is added before Importera is pressed, and then exactly those are."""
    client = site.client()
    reader(site.store, "known@example.se")
    page = look(site, client, "known@example.se\nbo@example.se\nBo@Example.se\ninte en adress\n").text
    assert active(site) == 1
    assert "Importera 1 adress<" in page
    assert "Finns redan, eller står tidigare i listan" in page
    assert "Är ingen e-postadress" in page
    done = add(client, page).text
    assert active(site) == 2
    assert "Listan är inläst" in done
    with site.store.read() as connection:
        assert "Mässan 12 maj" in connection.execute(select(schema.consent.c.wording)).scalars().all()


def test_a_list_is_added_once(site: Running) -> None:
    """The same press again finds nothing to add."""
    client = site.client()
    page = look(site, client, "bo@example.se").text
    add(client, page)
    assert add(client, page).status_code == 404
    assert active(site) == 1


def test_who_left_stays_out_and_why_is_not_said(site: Running) -> None:
    """An address that left or complained is named, not added, and both read the same."""
    gone, angry = reader(site.store, "gone@example.se"), reader(site.store, ANN)
    with site.store.read() as connection:
        column = schema.subscriber.c
        token = connection.execute(select(column.token).where(column.id == gone)).scalar_one()
    leave(site.store, token, now=NOW)
    take(site.store, back(sent(site.store, angry), EventKind.COMPLAINED), now=NOW)
    page = look(site, site.client(), f"gone@example.se\n{ANN}\n").text
    assert page.count("Får inte läggas till av oss.") == 2
    assert "Importera" not in page.partition("<main")[2].partition("list-look")[2].partition("</section>")[0].replace(
        "på Importera", ""
    )
    assert "lämnat" not in page.partition("<main")[2]
    assert "skräppost" not in page.partition("<main")[2]


def test_an_excel_file_is_read(site: Running) -> None:
    """The column is found by its name, wherever it stands, and the row numbers are those that Excel shows."""
    client = site.client()
    cells = [["Namn", "E-post"], ["Ann", "ann@example.se"], [None, None], ["Bo", "fel"]]
    file = ("lista.xlsx", write_excel([Sheet(name="Deltagare", rows=rows_of(cells))]), "application/octet-stream")
    form = fields(client.get(LIST).text, LIST)
    page = client.post(LIST, data=form | {"source": "FOKUS", "press": "look"}, files={"file": file}).text
    assert "Importera 1 adress<" in page
    assert '<td class="amount number">4</td>' in page


def test_every_row_comes_as_a_file_without_formulas(site: Running) -> None:
    """The report names each row before and after; a cell that would run in a spreadsheet is text."""
    client = site.client()
    page = look(site, client, "e-post\nbo@example.se\n=cmd()@x\n").text
    named = fields(page, LIST)["held"]
    file = client.get(f"{LIST}/report", params={"held": named})
    assert file.headers["content-type"].startswith("text/csv")
    assert "bo@example.se;Läggs till" in file.text
    assert ";'=cmd()@x;" in file.text
    assert client.get(f"{LIST}/report", params={"held": "someone-elses"}).status_code == 404


@pytest.mark.parametrize(
    ("rows", "given", "words"),
    [
        ("", {}, "Ingen fil är vald."),
        ("a@b.se", {"source": " "}, "Det står inte hur"),
        ("Namn;Ort\nAnn;Borås\n", {}, "kolumn"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(site: Running, rows: str, given: dict[str, str], words: str) -> None:
    """A list without rows, source or addresses is refused with a sentence, and what was typed stays."""
    answer = look(site, site.client(), rows, **given)
    assert answer.status_code == 422
    assert words in answer.text
    assert rows.strip() in answer.text


def test_a_subscriber_has_a_page(site: Running) -> None:
    """It tells what was agreed to, sent, and came back, with the cause in words."""
    ann = reader(site.store)
    take(site.store, back(sent(site.store, ann, number=7)), now=NOW)
    page = site.client().get(f"/desk/subscribers/{ann}").text
    for words in (
        ANN,
        "Ja tack",
        "Nr 7",
        "skickades",
        "Kom tillbaka för gott",
        "Adressen finns inte",
        "Skicka brev igen",
    ):
        assert words in page


def test_a_bounce_is_taken_back_by_an_editor(site: Running) -> None:
    """One press lets letters go again, and the history says who pressed."""
    ann, client = reader(site.store), site.client()
    take(site.store, back(sent(site.store, ann)), now=NOW)
    address = f"/desk/subscribers/{ann}"
    form = fields(client.get(address).text, address)
    answer = client.post(address, data=form | {"press": "restore"})
    assert answer.status_code == 303
    assert state(site.store, ann) is SubscriberState.ACTIVE
    assert "Adressen får brev igen" in client.get(answer.headers["location"]).text
    assert "låter en prenumerant få brev igen" in client.get("/desk/log").text
    assert client.post(address, data=form | {"press": "restore"}).status_code == 409


def test_who_complained_has_no_way_back_at_the_desk(site: Running) -> None:
    """The page says so and offers nothing."""
    ann = reader(site.store)
    take(site.store, back(sent(site.store, ann), EventKind.COMPLAINED), now=NOW)
    page = site.client().get(f"/desk/subscribers/{ann}").text
    assert "Bara personen själv kan ändra det" in page
    assert "Skicka brev igen" not in page
    assert ANN not in page


def test_a_subscriber_of_another_campaign_is_nobody(site: Running) -> None:
    """A number that is nobody's answers 404."""
    assert site.client().get("/desk/subscribers/4711").status_code == 404


def outcome(site: Running) -> str:
    """An issue with letters in every state, and its page."""
    with site.store.write() as connection:
        connection.execute(update(schema.issue).values(audience=6, state="sending"))
        for number, found in enumerate(("failed", "failed", "skipped", "suppressed", "deferred"), start=1):
            subscriber = connection.execute(
                insert(schema.subscriber).values(
                    campaign="hallandvaxer", newsletter="veckobrevet", email=f"r{number}@full.example", state="active",
                    email_key=f"r{number}@full.example", language="sv", token=f"t{number}", created_at=NOW,
                )
            ).inserted_primary_key[0]  # fmt: skip
            connection.execute(
                insert(schema.delivery).values(
                    campaign="hallandvaxer", issue_id=1, subscriber_id=subscriber, address=f"r{number}@full.example",
                    state=found, not_before_at=NOW, started_at=NOW, message_id=f"<{number}>", domain="full.example",
                    reply_code=552, reply_text="552 5.2.2 Mailbox full",
                )
            )  # fmt: skip
        until = NOW + timedelta(minutes=40)
        connection.execute(insert(schema.domain_pause).values(domain="full.example", until=until, text="421 slow down"))
    return site.client().get("/desk/issues/1").text


def test_the_balance_explains_its_terms_and_holds(site: Running) -> None:
    """Every letter is in one term, the sum is that of the audience, and causes are told in words."""
    ann = reader(site.store)
    take(site.store, back(sent(site.store, ann)), now=NOW)
    page = outcome(site)
    for words in ("Av dem kom 1 tillbaka.", "Stämmer: 6 prenumeranter", "Brevlådan är full", "full.example<"):
        assert words in page
    for words in ("421 slow down", "1 brev väntar", "1 brev kom tillbaka", "Adressen finns inte"):
        assert words in page


def test_a_balance_that_does_not_hold_is_told(site: Running) -> None:
    """A letter that is missing from the sum is said to be missing."""
    sent(site.store, reader(site.store))
    outcome(site)
    with site.store.write() as connection:
        connection.execute(update(schema.issue).values(audience=8))
    assert "Summan stämmer inte: 2 saknas." in site.client().get("/desk/issues/1").text


@pytest.mark.parametrize(("letters", "words"), [(1500, "Under Gmails gräns"), (900, "Breven är så få")])
def test_complaints_are_set_against_what_gmail_asks(site: Running, letters: int, words: str) -> None:
    """The share of the last month is judged where the letters are enough to judge by."""
    angry = sent(site.store, reader(site.store))
    with site.store.write() as connection:
        connection.execute(update(schema.issue).values(audience=letters))
        row = dict(connection.execute(select(schema.delivery)).mappings().one())
        person = dict(connection.execute(select(schema.subscriber)).mappings().one())
        people = [
            person | {"id": number, "email": f"r{number}@x.se", "email_key": f"r{number}@x.se", "token": f"t{number}"}
            for number in range(1000, 999 + letters)
        ]
        connection.execute(insert(schema.subscriber), people)
        more = [row | {"id": each["id"], "subscriber_id": each["id"]} for each in people]
        connection.execute(insert(schema.delivery), more)
    take(site.store, back(angry, EventKind.COMPLAINED), now=NOW)
    assert words in site.client().get("/desk/issues/1").text


def test_a_mailbox_that_cannot_be_read_is_told_at_the_desk(site: Running) -> None:
    """Why nothing comes back stands where one would look for it."""
    fail(site.store, MAILBOX, CollectError("mailbox_bad_login", host="imap.example.se"))
    with running(site.store, mail=MailSettings(bounces=replace(MAIL.bounces, host="imap.example.se"))) as other:
        assert "Skörd ser just nu inte vad som kommer tillbaka." in other.client().get("/desk/subscribers").text


def test_without_a_mailbox_that_is_said(sqlite_store: Store) -> None:
    """Nobody takes silence for good news."""
    with running(sqlite_store) as other:
        assert "Skörd ser inte vad som kommer tillbaka" in other.client().get("/desk/subscribers").text


def test_leaving_by_mail_is_seen_on_the_page(site: Running) -> None:
    """The subscriber's page says how they left; their address is gone."""
    ann = reader(site.store)
    with site.store.read() as connection:
        token = connection.execute(select(schema.subscriber.c.token)).scalar_one()
    take(site.store, Return(kind=EventKind.LEFT, mail="one", token=token), now=NOW)
    page = site.client().get(f"/desk/subscribers/{ann}").text
    assert "Lämnade per e-post" in page
    assert ANN not in page
