"""What the program says on stderr while it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

import desk
from campaign.settings import MailSettings
from conftest import NOW
from digest.notices import Mail, Post
from net import smtp
from skord.log import set_up
from storage.store import Store


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root of all logs, put back afterwards."""
    found = logging.getLogger()
    before, level = found.handlers[:], found.level
    yield found
    found.handlers[:] = before
    found.setLevel(level)


def test_a_server_that_stays_away_is_told_of_once(
    sqlite_store: Store, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every round tries to reach the mail server; the log says once that it cannot."""
    set_up()
    mail = Mail(to="anna@exempel.se", subject="Ett utkast", body="Hej", mark="m")
    settings = MailSettings(host="127.0.0.1", port=9)
    for _ in range(3):
        post = Post(sqlite_store, lambda: smtp.open(settings))
        assert not post.send(desk.settings().newsletters["veckobrevet"], mail, now=NOW)
    assert capsys.readouterr().err.count("mail_unreachable") == 1


def test_what_lasts_is_told_again_when_it_changes_and_after_an_hour(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    """By action: another message is news, the same one an hour later too; what is no lasting state is always told."""
    set_up()
    (handler,) = root.handlers

    def say(words: str, seconds: int, *, lasting: bool = True) -> None:
        record = logging.LogRecord("skord.x", logging.WARNING, "x", 1, words, None, None)
        record.__dict__ |= {"action": "letters_wait", "created": NOW.timestamp() + seconds, "lasting": lasting}
        handler.handle(record)

    for words, seconds in (("a", 0), ("a", 5), ("b", 10), ("a", 15), ("a", 3600), ("a", 3700)):
        say(words, seconds)
    told = [line[-1] for line in capsys.readouterr().err.splitlines()]
    assert told == ["a", "b", "a", "a"]
    say("c", 4000, lasting=False)
    say("c", 4001, lasting=False)
    assert len(capsys.readouterr().err.splitlines()) == 2
