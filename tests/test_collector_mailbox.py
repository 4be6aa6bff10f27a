"""Letters: who is believed, what of them is kept, and how a mailbox is read on from where it was."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign.errors import CollectError
from campaign.settings import FetchSettings, SourceSettings
from collecting import counting, posts, run, settings, source
from collector import mail_header, mails
from collector.mail_body import Traces, from_html, public_link
from collector.mail_header import Trust
from collector.networks import mailbox
from collector.networks.page import Forgetful, Page, Visit
from conftest import NOW
from faults import FAULTS, Fault
from imap_server import ImapServer, Stored
from net.http import Fetcher
from servers import Server
from storage.store import Store

DATA = Path(__file__).parent / "data" / "networks" / "mailbox"
OURS = "mx.region.example"
PROVEN = f"Authentication-Results: {OURS}; dmarc=pass header.from=partner.example"
TRACES = Traces(["skord@region.example"])


def letter(number: int = 1, *, proof: str = PROVEN, sender: str = "info@partner.example", **lines: str) -> bytes:
    """A letter with the hashtag."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return (
        f"{proof}\r\nReceived: from a by b\r\nFrom: Partnern <{sender}>\r\nSubject: Nummer {number}\r\n"
        f"Date: Thu, 19 Nov 2026 10:{number % 60:02}:00 +0100\r\nMessage-ID: <{number}@partner.example>\r\n{more}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nBrev {number} om #hallandväxer.\r\n"
    ).encode()


def inbox(*bodies: bytes, first: int = 1) -> dict[str, list[Stored]]:
    """A mailbox with these letters in INBOX."""
    return {"INBOX": [Stored(uid=number, body=body) for number, body in enumerate(bodies, start=first)]}


def mailbox_source(server: ImapServer, **changes: Any) -> SourceSettings:
    """A source that reads this server."""
    made: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "token": server.password,
        "security": "none",
        "senders": ("@partner.example",),
        "verified_by": OURS,
    }
    return source("brev", "mailbox", **(made | changes))


def visited(server: ImapServer, cursor: dict[str, Any] | None = None, **changes: Any) -> Iterator[Page]:
    """The pages of one asking."""
    with Fetcher(FetchSettings(allow=(server.address,)), version="0", clock=lambda: NOW) as fetcher:
        visit = Visit(
            source=mailbox_source(server, **changes),
            ask=fetcher,
            cursor=cursor or {},
            spellings=("hallandväxer",),
            now=NOW,
            session=Forgetful(),
        )
        yield from mailbox.pages(visit)


def found(pages: list[Page]) -> list[str]:
    """The names of the letters on these pages."""
    return [candidate.identity for page in pages for candidate in page.candidates]


# --- letters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(DATA.glob("*.eml")), ids=lambda path: path.stem)
def test_letters_become_records(path: Path) -> None:
    """Each letter becomes the record beside it."""
    made = asdict(mails.read(path.read_bytes()).candidate)
    said = {name: value for name, value in made.items() if value}
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(said, default=lambda value: value.isoformat())) == expected


def test_nothing_points_at_the_reader() -> None:
    """Of a newsletter nothing stays that names our mailbox, counts us, or unsubscribes us."""
    read = mails.read((DATA / "nyhetsbrev.eml").read_bytes())
    kept = json.dumps([asdict(read.candidate)], default=str).replace(read.candidate.identity, "")
    for trace in ("8f3b2c1d9e", "skord@", "utm_", "Avregistrera", "track.", "click.", "cid:", "Förhandstext", "go."):
        assert trace not in kept
    assert read.inside == 1


def test_no_real_letter_breaks_anything(corpus: Path) -> None:
    """Every one of some five hundred real letters, bounces and templates is read, soon and cleanly."""
    files = [path for path in (corpus / "mail").rglob("*") if path.is_file() and path.suffix != ".tsv"]
    assert len(files) > 500
    for path in files:
        began = time.monotonic()
        made = mails.read(path.read_bytes()).candidate
        assert time.monotonic() - began < 60, path
        assert made.identity, path
        assert not [sign for sign in ("\0", "<script") if sign in made.title + made.html], path


def test_every_cut_of_a_letter_is_read() -> None:
    """A letter that ends anywhere is still a letter."""
    whole = (DATA / "nyhetsbrev.eml").read_bytes()
    for end in range(0, len(whole), 37):
        assert mails.read(whole[:end]).candidate.network == "mail"


HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 10_000,
    "only a header": b"From: a@b.example\r\nSubject: x",
    "a header without end": b"Subject: " + b"a" * 3_000_000,
    "nested boxes": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)
    ),
    "many parts": b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\na\r\n" * 20_000,
    "deep tags": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"x",
    "many links": b"Content-Type: text/html\r\n\r\n" + b"<a href='https://a.example/?u=https://a.example'>a" * 20_000,
    "a wrong charset": b"Content-Type: text/plain; charset=rot13\r\n\r\nhej",
    "a costly charset": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 500_000,
    "a two-part charset": b"Content-Type: text/plain; charset*0*=sv'sv'utf; charset*1=-8\r\n\r\nhej",
    "broken words": b"Subject: =?utf-8?b?" + b"=?utf-8?b?" * 30_000 + b"\r\n\r\nx",
    "many addresses": b"From: " + b"a@b.example, " * 50_000 + b"\r\n\r\nx",
    "quotes": b"From: " + b'"' * 20_001 + b" <a@b.example>\r\n\r\nx",
    "wrong base64": b"Content-Transfer-Encoding: base64\r\nContent-Type: text/html\r\n\r\n!!!====%%%",
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n\xff\xff\r\nend\r\n",
    "an impossible date": b"Date: Fri, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    "an odd verdict": b"Authentication-Results: " + b"(" * 50_000 + b"\r\nFrom: a@b.example\r\n\r\nx",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_letters(raw: bytes) -> None:
    """No letter fails, hangs, or becomes anything but a bounded record."""
    began = time.monotonic()
    made = mails.read(raw).candidate
    mail_header.judge(mail_header.read(raw), ["a@b.example"], OURS)
    assert time.monotonic() - began < 60
    assert len(made.text) <= 200_000
    assert len(made.title) <= 500


def test_the_older_date_counts() -> None:
    """A letter from the future is as old as its arrival; a late one as old as its date."""
    arrived = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert mails.read(letter(), arrived_at=arrived).candidate.published_at == datetime(2026, 11, 19, 9, 1, tzinfo=UTC)
    early = arrived - timedelta(days=9)
    assert mails.read(letter(), arrived_at=early).candidate.published_at == early


@pytest.mark.parametrize(
    ("written", "public"),
    [
        ("https://a.example/nyhet/bygg-2026?utm_source=x&id=5", "https://a.example/nyhet/bygg-2026?id=5"),
        ("https://a.example/?e=skord%40region.example", "https://a.example/"),
        ("https://a.example/#token=abc", "https://a.example/"),
        ("https://us1.list-manage.com/track/click?u=1&id=2&e=3", ""),
        ("https://click.a.example/Zk3vQ9aBcD7eFgH1iJkL2mNo", ""),
        ("https://go.a.example/?url=https%3A%2F%2Fb.example%2Fsida%3Fgclid%3D1", "https://b.example/sida"),
        ("https://a.example/skord@region.example/x", ""),
        ("javascript:alert(1)", ""),
        ("https://a.example/en-lang-rubrik-om-cykelvagar-och-annat-som-ar-bra-2026", "same"),
    ],
)
def test_public_links(written: str, public: str) -> None:
    """A link keeps what leads somewhere and loses what says who followed it."""
    assert public_link(written, TRACES) == (written if public == "same" else public)


def test_nobody_rewrites_anothers_letter() -> None:
    """A letter that carries the Message-ID of somebody else's domain is another letter."""
    mine = mails.read(letter(1)).candidate.identity
    theirs = mails.read(letter(1, sender="info@annan.example")).candidate.identity
    assert (mine, theirs) == ("1@partner.example", "annan.example 1@partner.example")


def test_hidden_words_stay_hidden() -> None:
    """What a reader of the letter never saw is not shown to anybody else."""
    body = from_html(
        '<p style="display: none">Hemligt</p><p>Synligt</p><div hidden>Dolt <b>med</b></div><p>Mer</p>', TRACES
    )
    assert body.cleaned.text == "Synligt\n\nMer"


# --- who is believed -------------------------------------------------------------------------------------------------

FROM = "From: info@partner.example\r\n"
BELIEVED = {
    "dmarc": f"{PROVEN}\r\n{FROM}",
    "a signature of a sub-domain": f"Authentication-Results: {OURS}; dkim=pass header.d=mail.partner.example\r\n{FROM}",
    "the sending server": f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom=studs@partner.example\r\n{FROM}",
    "with a version and remarks": f"Authentication-Results: {OURS} 1;\r\n dkim=pass (good; really)"
    f" header.d=partner.example\r\n{FROM}",
}
REFUSED = {
    "nothing": FROM,
    "failed": f"Authentication-Results: {OURS}; dmarc=fail header.from=partner.example\r\n{FROM}",
    "another server": f"Authentication-Results: mx.evil.example; dmarc=pass header.from=partner.example\r\n{FROM}",
    "forged below our own": f"Authentication-Results: {OURS}; dmarc=fail\r\n{PROVEN}\r\n{FROM}",
    "forged below another's": f"Authentication-Results: mx.other.example; none\r\n{PROVEN}\r\n{FROM}",
    "another domain": f"Authentication-Results: {OURS}; dkim=pass header.d=evil.example\r\n{FROM}",
    "a domain that ends alike": f"Authentication-Results: {OURS}; dkim=pass header.d=xpartner.example\r\n{FROM}",
    "a top domain": f"Authentication-Results: {OURS}; dkim=pass header.d=example\r\n{FROM}",
    "quotes": f'Authentication-Results: {OURS}; dkim=fail reason="; spf=pass smtp.mailfrom=partner.example"\r\n{FROM}',
    "in brackets": f"Authentication-Results: {OURS}; dkim=fail (; dmarc=pass header.from=partner.example)\r\n{FROM}",
    "two senders": f"{PROVEN}\r\n{FROM}From: chef@evil.example\r\n",
    "a name that looks like an address": f'{PROVEN}\r\nFrom: "info@partner.example" <x@evil.example>\r\n',
    "two addresses in one": f"{PROVEN}\r\nFrom: info@partner.example, x@evil.example\r\n",
    "angles in angles": f"{PROVEN}\r\nFrom: <info@partner.example> <x@evil.example>\r\n",
    "a list alone": f"Authentication-Results: {OURS}; dkim=pass header.d=evil.example\r\nFrom: x@evil.example\r\n"
    "List-Id: <nyheter.lista.example>\r\n",
}


@pytest.mark.parametrize("raw", BELIEVED.values(), ids=BELIEVED.keys())
def test_believed(raw: str) -> None:
    """A listed sender for whom our own server vouches is let in."""
    header = mail_header.read(raw.encode() + b"\r\n")
    assert mail_header.judge(header, ["@partner.example"], OURS) is Trust.WELCOME


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_not_believed(raw: str) -> None:
    """Nobody gets in by writing another's name, whatever else they write."""
    header = mail_header.read(raw.encode() + b"\r\n")
    assert mail_header.judge(header, ["@partner.example", "nyheter.lista.example"], OURS) is not Trust.WELCOME


def test_a_list_is_known_by_its_domain() -> None:
    """A List-Id counts where the letter is signed by the list's own domain, whoever wrote it."""
    raw = (
        f"Authentication-Results: {OURS}; dkim=pass header.d=lista.example\r\nFrom: anna@annan.example\r\n"
        "List-Id: Nyheter <nyheter.lista.example>\r\n\r\n"
    )
    assert mail_header.judge(mail_header.read(raw.encode()), ["nyheter.lista.example"], OURS) is Trust.WELCOME


def test_exchange_online_names_no_server() -> None:
    """The line of Exchange Online counts where the configuration says so, and only in its own form."""
    raw = (
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=partner.example; dkim=none;"
        b"dmarc=pass action=none header.from=partner.example;compauth=pass reason=100\r\n" + FROM.encode() + b"\r\n"
    )
    header = mail_header.read(raw)
    assert mail_header.judge(header, ["@partner.example"], "microsoft365") is Trust.WELCOME
    assert mail_header.judge(header, ["@partner.example"], OURS) is Trust.UNVERIFIED
    named = mail_header.read(f"{PROVEN}\r\n{FROM}\r\n".encode())
    assert mail_header.judge(named, ["@partner.example"], "microsoft365") is Trust.UNVERIFIED


def test_answers_of_machines_are_no_posts() -> None:
    """An absence notice from a listed sender is left alone."""
    raw = letter(Auto_Submitted="auto-replied (vacation)")
    assert mail_header.judge(mail_header.read(raw), ["@partner.example"], OURS) is Trust.AUTOMATIC


# --- reading a mailbox -----------------------------------------------------------------------------------------------


def test_every_page_is_a_place_to_go_on_from() -> None:
    """Going on from the cursor of any page misses nothing and doubles nothing."""
    with ImapServer(folders=inbox(*(letter(number) for number in range(1, 46)))) as server:
        pages = list(visited(server))
        whole = found(pages)
        assert len(whole) == len(set(whole)) == 45
        assert [len(page.candidates) for page in pages] == [20, 20, 5]
        for number, page in enumerate(pages, start=1):
            before = found(pages[:number])
            assert before + found(list(visited(server, page.cursor))) == whole


def test_nothing_new() -> None:
    """A mailbox without new letters is unchanged, and no letter is fetched again."""
    with ImapServer(folders=inbox(letter(1))) as server:
        cursor = list(visited(server))[-1].cursor
        server.commands.clear()
        again = list(visited(server, cursor))
        assert [page.unchanged for page in again] == [True]
        assert not any("FETCH" in command for command in server.commands)


def test_renumbered_mailbox() -> None:
    """When the server has numbered its messages anew, all are read again under the same names."""
    with ImapServer(folders=inbox(letter(1), letter(2))) as server:
        first = list(visited(server))
        server.validity += 1
        server.folders = inbox(letter(1), letter(2), letter(3))
        assert found(list(visited(server, first[-1].cursor))) == [*found(first), "3@partner.example"]


def test_strangers_letters_are_not_opened() -> None:
    """Of a letter from somebody who is not listed only the header is fetched, and nothing is said about it."""
    bodies = (letter(1, sender="vem@annan.example"), letter(2))
    with ImapServer(folders=inbox(*bodies)) as server:
        pages = list(visited(server))
        assert found(pages) == ["2@partner.example"]
        assert pages[-1].errors == ()
        assert "UID FETCH 1 (UID RFC822.SIZE INTERNALDATE BODY.PEEK[])" not in server.commands


def test_unproven_letters_are_told() -> None:
    """Letters of a listed sender that nobody vouches for are counted and named, and the others come in."""
    forged = letter(1, proof="Authentication-Results: mx.evil.example; dmarc=pass header.from=partner.example")
    with ImapServer(folders=inbox(forged, letter(2))) as server:
        pages = list(visited(server))
    assert found(pages) == ["2@partner.example"]
    error = pages[-1].errors[0]
    assert (error.key, error.facts["count"], error.facts["named"]) == ("mailbox_unverified", 1, "mx.evil.example")


def test_nobody_vouches() -> None:
    """Without verified_by nothing comes in, and the error names the server that the letters carry."""
    with ImapServer(folders=inbox(letter(1))) as server, pytest.raises(CollectError) as caught:
        list(visited(server, verified_by=""))
    assert (caught.value.key, caught.value.facts["named"]) == ("mailbox_no_verifier", OURS)


def test_believing_everybody_is_a_choice() -> None:
    """With verified_by = "none" the list of senders alone decides."""
    with ImapServer(folders=inbox(letter(1, proof="X-Nothing: here"))) as server:
        assert found(list(visited(server, verified_by="none"))) == ["1@partner.example"]


def test_many_large_letters_are_read_in_several_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters that together are more than one connection takes in come run by run; none is lost, nothing stops."""
    monkeypatch.setattr(mailbox, "MOST_IN_A_RUN", 60_000)
    bodies = [letter(number) + b"x" * 20_000 for number in range(1, 11)]
    with ImapServer(folders=inbox(*bodies)) as server:
        cursor: dict[str, Any] = {}
        runs: list[list[str]] = []
        while len(runs) < 10:
            pages = list(visited(server, cursor))
            cursor = pages[-1].cursor
            runs.append(found(pages))
            if not runs[-1]:
                break
    assert [len(each) for each in runs[:-1]] == [3, 3, 3, 1]
    assert [name for each in runs for name in each] == [f"{number}@partner.example" for number in range(1, 11)]


def test_large_letters_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter beyond the limit is not fetched but counted; the cursor goes past it."""
    monkeypatch.setattr(mailbox, "MOST_BYTES", 2000)
    with ImapServer(folders=inbox(letter(1) + b"x" * 5000, letter(2))) as server:
        pages = list(visited(server))
        assert found(pages) == ["2@partner.example"]
        assert pages[-1].errors[0].key == "mailbox_too_large"
        assert found(list(visited(server, pages[-1].cursor))) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"token": ""}, "mailbox_no_password"),
        ({"security": "ssl"}, "mailbox_security"),
        ({"host": "https://mail.example.se/"}, "mailbox_address"),
        ({"port": 70000}, "mailbox_address"),
        ({"token": "fel"}, "mailbox_bad_login"),
        ({"folder": "Borta"}, "mailbox_no_folder"),
        ({"token": "oauth:{"}, "mailbox_oauth_secret"),
        ({"security": "starttls"}, "mailbox_no_starttls"),
    ],
)
def test_each_mistake_has_its_own_sentence(changes: dict[str, Any], key: str) -> None:
    """What is wrong with the settings is told by a name of its own."""
    with ImapServer() as server, pytest.raises(CollectError) as caught:
        list(visited(server, **changes))
    assert (caught.value.key, caught.value.permanent) == (key, True)


def oauth(server: Server, **more: str) -> str:
    """The secret of an application that renews its access tokens."""
    given = {"token_url": server.url("/token"), "client_id": "skord", "client_secret": "hemlig"} | more
    return f"oauth:{json.dumps(given)}"


def oauth_visit(box: ImapServer, web: Server, fetcher: Fetcher, session: Forgetful) -> Visit:
    """A visit with such a secret."""
    made = mailbox_source(box, token=oauth(web, refresh_token="första"))
    return Visit(source=made, ask=fetcher, cursor={}, spellings=(), now=NOW, session=session)


def test_access_tokens_are_renewed_and_kept() -> None:
    """An access token is fetched once, kept until it expires, and renewed with the newest refresh token."""
    answers = {"access_token": "ny", "expires_in": 3600, "refresh_token": "andra"}
    capabilities = "IMAP4rev1 AUTH=XOAUTH2"
    with (
        ImapServer(folders=inbox(letter(1)), capabilities=capabilities, bearer="ny") as box,
        Server({"/token": answers}) as web,
    ):
        allow = FetchSettings(allow=(box.address, web.address), per_host=timedelta(0))
        session = Forgetful()
        with Fetcher(allow, version="0", clock=lambda: NOW) as fetcher:
            visit = oauth_visit(box, web, fetcher, session)
            assert found(list(mailbox.pages(visit))) == ["1@partner.example"]
            list(mailbox.pages(visit))
            assert len(web.requests) == 1
            session.values["expires_at"] = NOW.isoformat()
            list(mailbox.pages(visit))
        assert b"refresh_token=andra" in web.requests[1].body


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_failing_token_server(fault: Fault) -> None:
    """However the server of access tokens fails, the failure has a name and holds no secret."""
    with ImapServer() as box, Server({"/token": fault.make()}) as web:
        allow = FetchSettings(allow=(box.address, web.address), per_host=timedelta(0), total=timedelta(seconds=0.5))
        with (
            Fetcher(allow, version="0", clock=lambda: NOW) as fetcher,
            pytest.raises(CollectError) as caught,
        ):
            list(mailbox.pages(oauth_visit(box, web, fetcher, Forgetful())))
    assert caught.value.key in fault.keys | {"mailbox_oauth_refused", "answer_odd"}
    assert "hemlig" not in str(caught.value)
    assert "första" not in str(caught.value)


# --- on a real store -------------------------------------------------------------------------------------------------


def test_stored_once(store: Store) -> None:
    """What a mailbox gives is stored; the second time, and after a renumbering, nothing is new."""
    bodies = [(DATA / "nyhetsbrev.eml").read_bytes(), *(letter(number) for number in range(1, 30))]
    with ImapServer(folders=inbox(*bodies)) as server:
        given = settings(mailbox_source(server), allow=(server.address,))
        assert run(store, given)["brev"].new == 30
        with counting(store) as more:
            assert run(store, given)["brev"].status == "unchanged"
            server.validity += 1
            assert run(store, given)["brev"].error is None
        assert more == [0]
    newest = posts(store)[-1]
    assert newest.title == "Nya cykelvägar längs kusten – läs mer"
    assert newest.author_name == "Partner för Länet"


def test_a_refusal_keeps_the_cursor(sqlite_store: Store) -> None:
    """A mailbox that lets nobody in for a while goes on where it was."""
    with ImapServer(folders=inbox(*(letter(number) for number in range(1, 6)))) as server:
        given = settings(mailbox_source(server), allow=(server.address,))
        run(sqlite_store, given)
        server.override["AUTHENTICATE"] = b"{tag} NO [UNAVAILABLE] later\r\n"
        assert run(sqlite_store, given)["brev"].status == "failed"
        server.override.clear()
        server.folders["INBOX"].append(Stored(uid=6, body=letter(6)))
        server.commands.clear()
        assert run(sqlite_store, given)["brev"].new == 1
        assert "UID SEARCH UID 6:*" in server.commands
