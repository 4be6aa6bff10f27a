"""Rights to pictures as every public surface keeps them, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import insert

from builders import account, approved, picture
from campaign.newsletter import IssueItem
from campaign.records import Right, Use
from conftest import NOW
from digest.compose import compose
from digest.edition import draw
from digest.letter import Letter, to_json
from digest_samples import issue as made_issue
from digest_samples import item as made_item
from digest_samples import settings as letter_settings
from storage import schema
from storage.media import set_file, write_renditions
from storage.rights import end_rights, set_right, withdraw
from storage.store import Actor, Store
from storage.stories import get_stories
from storage.undoing import undo
from website import Website, settings

FILE = "e" * 64
PAGES = ("/", "/archive", "/archive?q=cykelv%C3%A4g", "/feed.atom", "/years/2026", "/issues/veckobrevet/12")


class Clock:
    """What time it is, until a test turns it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at NOW."""
    return Clock()


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), sqlite_store, clock=clock) as website:
        yield website


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


def pictured(store: Store, *uses: Use, until: datetime | None = None) -> tuple[int, int]:
    """A public story with a picture that is ours for these uses; the ids of both."""
    made = approved(store, media=(picture(),))
    media_id = made.lead.media[0].id
    write_renditions(store, FILE, {480: b"small", 960: b"large"})
    set_file(store, media_id, FILE, width=960, height=640)
    set_right(store, media_id, Right.OWN, uses=uses, until=until, by=person(store), now=NOW - timedelta(days=3))
    return made.id, media_id


def composed(store: Store, tmp_path: Path, story_id: int, *, now: datetime = NOW, **changed: str) -> Letter:
    """The letter that tells of a story."""
    told = {story_id: get_stories(store, [story_id], public=True)[0]}
    items: list[IssueItem] = [made_item(story_id)]
    return compose(made_issue(), items, told, (), letter_settings(tmp_path, **changed), now=now)


def sent(store: Store, letter: Letter) -> None:
    """The letter as an issue that has gone out."""
    with store.write() as connection:
        connection.execute(
            insert(schema.issue).values(
                campaign="hallandvaxer", newsletter="veckobrevet", number=12, year=2026, week=47, state="sent",
                selected_to=NOW, drafted_at=NOW, send_at=NOW, sent_from=NOW, frozen=to_json(letter), selection=[],
            )
        )  # fmt: skip
        connection.execute(schema.revision.update().values(public=schema.revision.c.public + 1))


def showing(site: Website, story_id: int) -> list[str]:
    """The public addresses that show or serve the picture."""
    paths = (*PAGES, f"/stories/{story_id}")
    found = [path for path in paths if FILE in site.get(path).text]
    files = (f"/media/{FILE}", f"/media/{FILE}-480.jpg", f"/media/{FILE}-960.webp")
    return found + [path for path in files if site.get(path).status == 200]


def test_a_picture_for_the_web_stands_on_the_web_and_in_no_letter(
    site: Website, sqlite_store: Store, tmp_path: Path
) -> None:
    """The letter is composed without it."""
    story_id, _ = pictured(sqlite_store, Use.WEB)
    letter = composed(sqlite_store, tmp_path, story_id)
    assert letter.items[0].picture is None
    assert len(showing(site, story_id)) > 5


def test_a_picture_for_mail_stands_in_the_letter_and_nowhere_on_the_web(
    site: Website, sqlite_store: Store, tmp_path: Path
) -> None:
    """Not in the archive, the feed, the letter's own web copy, nor at its address."""
    story_id, _ = pictured(sqlite_store, Use.MAIL)
    letter = composed(sqlite_store, tmp_path, story_id)
    assert letter.items[0].picture is not None
    sent(sqlite_store, letter)
    assert showing(site, story_id) == []
    assert "En bild har tagits bort" in site.get("/issues/veckobrevet/12").text


@pytest.mark.parametrize(("uses", "embedded"), [((Use.WEB, Use.MAIL), False), ((Use.MAIL,), True)])
def test_a_letter_that_links_its_pictures_carries_those_that_are_not_on_the_web(
    sqlite_store: Store, tmp_path: Path, uses: tuple[Use, ...], *, embedded: bool
) -> None:
    """Their address would answer nobody."""
    story_id, _ = pictured(sqlite_store, *uses)
    out = BytesIO()
    Image.new("RGB", (960, 640), "green").save(out, "JPEG")
    write_renditions(sqlite_store, FILE, {480: out.getvalue(), 960: out.getvalue()})
    made = letter_settings(tmp_path, pictures="link")
    drawn = draw(sqlite_store, made, composed(sqlite_store, tmp_path, story_id), made_issue())
    assert (f"cid:{FILE[:20]}" in drawn.rendered.html) is embedded
    assert (f"/media/{FILE}" in drawn.rendered.html) is not embedded


def test_a_picture_whose_right_ends_before_the_letter_leaves_is_not_in_it(sqlite_store: Store, tmp_path: Path) -> None:
    """The draft is made for its time of sending, so that no approval falls in the night between."""
    until = made_issue().send_at
    story_id, _ = pictured(sqlite_store, Use.MAIL, until=until)
    drafted = until - timedelta(hours=18)
    assert composed(sqlite_store, tmp_path, story_id, now=drafted).items[0].picture is None


def test_a_right_that_ends_takes_the_picture_from_cached_pages(
    site: Website, sqlite_store: Store, clock: Clock
) -> None:
    """Every page was asked for, and so kept, before; after the job none shows it."""
    until = NOW + timedelta(minutes=30)
    story_id, _ = pictured(sqlite_store, *Use, until=until)
    assert len(showing(site, story_id)) > 5
    clock.now = until
    end_rights(sqlite_store, now=clock.now)
    assert showing(site, story_id) == []
    assert 'class="drawn' in site.get(f"/stories/{story_id}").text


def test_the_address_of_a_picture_stops_with_its_right_before_any_job(
    site: Website, sqlite_store: Store, clock: Clock
) -> None:
    """The file itself is not handed out a minute longer."""
    until = NOW + timedelta(minutes=30)
    pictured(sqlite_store, *Use, until=until)
    assert site.get(f"/media/{FILE}-480.jpg").status == 200
    clock.now = until
    assert site.get(f"/media/{FILE}-480.jpg").status == 404


def test_taken_out_is_out_everywhere_at_once_and_back_by_undo(
    site: Website, sqlite_store: Store, tmp_path: Path
) -> None:
    """Archive, front page, search, feed, year, story, the web copy of a sent letter, and every address of the file;
    also the other post that shows the same file.
    """
    story_id, media_id = pictured(sqlite_store, *Use)
    other, _ = pictured(sqlite_store, *Use)
    sent(sqlite_store, composed(sqlite_store, tmp_path, story_id))
    before = showing(site, story_id), showing(site, other)
    assert "/issues/veckobrevet/12" in before[0]
    assert f"/stories/{other}" in before[1]
    press = withdraw(sqlite_store, media_id, by=person(sqlite_store), now=NOW)
    assert (showing(site, story_id), showing(site, other)) == ([], [])
    assert composed(sqlite_store, tmp_path, story_id).items[0].picture is None
    copy = site.get("/issues/veckobrevet/12").text
    assert "En bild har tagits bort" in copy
    undo(sqlite_store, press, by=person(sqlite_store), now=NOW)
    assert (showing(site, story_id), showing(site, other)) == before


def test_a_picture_without_a_right_to_print_is_not_printed(site: Website, sqlite_store: Store) -> None:
    """It carries the mark that the print style leaves out; one for everything does not."""
    story_id, media_id = pictured(sqlite_store, Use.WEB)
    page = f"/stories/{story_id}"
    assert 'class="no-print"' in site.get(page).text.split("<blockquote")[0]
    set_right(sqlite_store, media_id, Right.OWN, by=person(sqlite_store), now=NOW)
    assert 'class="no-print"' not in site.get(page).text.split("<blockquote")[0]
