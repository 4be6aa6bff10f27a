"""An unlucky operator: settings changed in mid-flight, a server that changes its mind, clocks, files."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from builders import account, approved
from campaign.settings import StorageSettings
from collecting import item, posts, rss, run, settings, source
from conftest import HALLAND, NOW
from digest.desk import draft_now
from digest.work import tick
from digest_samples import newsletter
from digest_samples import settings as letter_settings
from net import smtp
from servers import Reply, Request, Server
from skord import log
from skord.cli import main
from skord.wiring import installation_secret
from storage.issues import list_issues
from storage.sources import due_sources, sync_sources
from storage.store import Actor, Store, sync_campaigns
from test_skord_cli import CONFIG

HOUR = timedelta(hours=1)
NEWSLETTER = """
[newsletter.veckobrevet]
campaign = "hallandvaxer"
draft = "thursday 14:00"
send = "friday 08:00"
from = "Halland växer <nyhetsbrev@example.se>"
"""


def test_a_hashtag_that_is_added_finds_what_the_feed_already_held(sqlite_store: Store) -> None:
    """A feed that has not changed is read again once the campaign looks for more than before."""
    body = rss(item(1, "#hallandväxer"), item(2, "#växtkraft"))

    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"1"':
            return Reply(status=304)
        return Reply(body=body.encode(), headers={"ETag": '"1"'})

    with Server({"/feed": answer}) as server:
        given = settings(source("nyheter", url=server.url("/feed")), allow=(server.address,))
        assert run(sqlite_store, given)["nyheter"].new == 1
        more = replace(given, campaigns={HALLAND.id: replace(HALLAND, aliases=("#växtkraft",))})
        assert run(sqlite_store, more, now=NOW + HOUR)["nyheter"].new == 1
        everything = replace(given, sources={"nyheter": replace(given.sources["nyheter"], keep="all")})
        server.routes["/feed"] = answer
        body = rss(item(1, "#hallandväxer"), item(2, "#växtkraft"), item(3, "inget"))
        assert run(sqlite_store, everything, now=NOW + 2 * HOUR)["nyheter"].new == 1


def test_garbage_between_two_304_loses_nothing(sqlite_store: Store) -> None:
    """A server that answers a feed, garbage and 304 in turn under one ETag still gives every entry once."""
    good = rss(item(1))
    turn = iter(("<html>Fel</html>", good, "", "304", rss(item(1), item(2)), "\x00\xff", "304"))

    def answer(request: Request) -> Reply:
        body = next(turn)
        if body == "304":
            return Reply(status=304) if request.headers.get("if-none-match") else Reply(body=good.encode())
        return Reply(body=body.encode("latin-1"), headers={"ETag": '"same"'})

    with Server({"/feed": answer}) as server:
        given = settings(source("nyheter", keep="all", url=server.url("/feed")), allow=(server.address,))
        found = [run(sqlite_store, given, now=NOW + n * HOUR)["nyheter"] for n in range(7)]
    assert [each.new for each in found] == [0, 1, 0, 0, 1, 0, 0]
    assert [each.status for each in found] == ["failed", "ok", "failed", "unchanged", "ok", "failed", "unchanged"]
    assert len(posts(sqlite_store)) == 2


def test_a_newsletter_that_moved_to_another_campaign_stops_no_other(sqlite_store: Store, tmp_path: Path) -> None:
    """An open issue of a campaign that was renamed is left alone, and the letters of all others go on."""
    approved(sqlite_store)
    by = Actor(kind="person", account_id=account(sqlite_store))
    draft_now(sqlite_store, letter_settings(tmp_path), "veckobrevet", by=by, now=NOW)
    renamed = replace(HALLAND, id="nyttnamn")
    moved = replace(
        letter_settings(tmp_path),
        campaigns={"nyttnamn": renamed},
        newsletters={"veckobrevet": replace(newsletter(), campaign="nyttnamn")},
    )
    sync_campaigns(sqlite_store, [renamed], NOW)

    def closed() -> smtp.SmtpConnection:
        raise smtp.MailUnreachable("mail_refused", host="localhost", port=25)

    for hours in range(0, 24 * 14, 6):
        now = NOW + hours * HOUR
        tick(sqlite_store, moved, clock=partial(lambda at: at, now), open_mail=closed)
    assert [each.campaign for each in list_issues(sqlite_store, "veckobrevet") if each.state.open] == ["nyttnamn"]


def test_a_clock_that_jumped_far_ahead_and_back_does_not_silence_a_source(sqlite_store: Store) -> None:
    """What was planned under a wrong clock is planned anew, also while the program goes on running."""
    with Server({"/feed": rss(item(1))}) as server:
        given = settings(source("nyheter", url=server.url("/feed")), allow=(server.address,))
        run(sqlite_store, given, now=NOW + timedelta(days=4000))
        assert due_sources(sqlite_store, now=NOW) == ["nyheter"]
        sync_sources(sqlite_store, given, now=NOW)
        assert due_sources(sqlite_store, now=NOW + 2 * HOUR) == ["nyheter"]
        server.routes["/feed"] = Reply(status=500)
        run(sqlite_store, given, now=NOW + timedelta(days=4000))
        sync_sources(sqlite_store, given, now=NOW)
        assert due_sources(sqlite_store, now=NOW + timedelta(days=8)) == ["nyheter"]


def test_the_installation_secret_is_never_empty(tmp_path: Path) -> None:
    """However many processes start at once, and though one died while writing it, all use one whole secret."""
    storage = StorageSettings(url="", media=tmp_path / "media")
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(installation_secret(storage))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 64
    (tmp_path / "secret").write_bytes(b"")
    assert len(installation_secret(storage)) == 64


def test_a_terminal_gets_no_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in a file or came from a network is printed as words, never as what a terminal would act on."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG + NEWSLETTER, encoding="utf-8")
    listed = tmp_path / "list.csv"
    listed.write_text("email\n\x1b]0 owned\x07\x9b2J\u202eanna\n", encoding="utf-8")
    assert main(["--config", str(config), "database", "upgrade"]) == 0
    assert main(["--config", str(config), "subscriber", "import", str(listed)]) == 1
    told = capsys.readouterr()
    assert not set("\x1b\x07\x9b\u202e") & set(told.out + told.err)
    assert "anna" in told.out


def test_a_happening_is_one_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """What a server said cannot pretend to be a second line, nor colour the terminal."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    try:
        log.set_up()
        logging.getLogger("skord.test").warning(
            "%s", "550 nej\n2026-11-22T00:00:00Z INFO skord: all is well\x1b[2J\u2028x"
        )
        told = capsys.readouterr().err
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told
