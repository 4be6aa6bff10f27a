"""The sample year: whole, varied, and served as real servers would serve it."""

from __future__ import annotations

import json
import re
import smtplib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest

from campaign import hashtags
from campaign.language import Language
from campaign.records import Review
from campaign.strategy import parse
from skord.files import shipped
from skord.sample import calendar, year
from skord.sample.case import find
from skord.sample.catcher import Letters, Mailbox, Post
from skord.sample.feeds import Feeds
from skord.sample.mastodon import Mastodon, status_id
from skord.sample.pictures import HOURS, MOTIFS, SEASONS, Picture
from skord.sample.servers import Pictures, Serving, Year

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SINCE = calendar.year_start(NOW, ZONE)
SWEDISH = Language("sv", ZONE)
TAGS = {"hashtags": ["#hallandväxer"], "aliases": ["#hallandvaxer"]}
HALLAND = find("halland")
POSTS = HALLAND.posts


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return the moment that it shows."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at the end of the sample year."""
    return Clock()


@pytest.fixture
def feeds(clock: Clock, tmp_path: Path) -> Iterator[Feeds]:
    """The feed site, running."""
    with Feeds(Year(HALLAND, SINCE, clock), Pictures(tmp_path), SWEDISH) as site:
        yield site


@pytest.fixture
def mastodon(clock: Clock, tmp_path: Path) -> Iterator[Mastodon]:
    """The Mastodon server, running."""
    with Mastodon(Year(HALLAND, SINCE, clock), Pictures(tmp_path), SWEDISH) as site:
        yield site


def get(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Ask for a page; return status, body and headers in lower case."""
    try:
        with urlopen(Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})) as found:
            return found.status, found.read(), {name.lower(): value for name, value in found.headers.items()}
    except HTTPError as error:
        with error:
            return error.code, error.read(), {name.lower(): value for name, value in error.headers.items()}


def timeline(site: Serving, tag: str = "hallandväxer", **asked: object) -> list[dict[str, object]]:
    """Return a page of a tag's timeline."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return list(json.loads(get(f"{site.url}/api/v1/timelines/tag/{quote(tag)}?{query}")[1]))


# --- what is written ---------------------------------------------------------------------------------------


def test_about_three_hundred_posts_from_all_six_municipalities() -> None:
    """The year is full: some 300 posts, from organisations in every municipality, none without a voice."""
    assert 290 <= len(POSTS) <= 330
    places = {who.place for who in HALLAND.organisations.values()}
    assert places == {"Falkenberg", "Halmstad", "Hylte", "Kungsbacka", "Laholm", "Varberg"}
    spoken = Counter(post.who.id for post in POSTS)
    assert min(spoken[who] for who in HALLAND.organisations) >= 4


def test_names_are_unique() -> None:
    """A post's name is its own."""
    assert [name for name, count in Counter(post.id for post in POSTS).items() if count > 1] == []


def test_no_two_posts_share_a_sentence() -> None:
    """Nothing sounds as from one mould: no sentence of six words or more stands in two posts."""
    seen: dict[str, str] = {}
    twice = []
    for post in POSTS:
        for sentence in set(re.split(r"[.!?\n]+", post.text)):
            words = " ".join(sentence.split()).casefold()
            if len(words.split()) >= 6 and seen.setdefault(words, post.id) != post.id:
                twice.append((words, post.id, seen[words]))
    assert twice == []


def test_every_post_that_is_to_be_collected_belongs() -> None:
    """Posts hold the campaign's tag or an alias, in many spellings; those from outside hold neither."""
    wrong = [
        post.id for post in POSTS if post.who.keep != "all" and hashtags.belongs(post.text, (), **TAGS) == post.outside
    ]
    assert wrong == []
    spellings = {tag for post in POSTS for tag in hashtags.find(post.text) if hashtags.fold(tag) == "hallandvaxer"}
    assert spellings >= {"hallandväxer", "hallandvaxer", "HallandVäxer", "HALLANDVÄXER"}


def test_posts_stand_where_their_organisations_are() -> None:
    """A post is on networks that its organisation has; what stands in a feed has a title."""
    wrong = [
        post.id
        for post in POSTS
        if not set(post.on) <= set(post.who.networks) or (set(post.on) & set(year.FEEDS) and not post.title)
    ]
    assert wrong == []
    assert sum(len(post.on) == 2 for post in POSTS) >= 12


def test_pictures_are_described_and_can_be_drawn() -> None:
    """A picture has a known motif and words; some posts have none."""
    wrong = [
        post.id for post in POSTS if post.picture and (post.picture.split()[0] not in MOTIFS or len(post.alt) < 15)
    ]
    assert wrong == []
    assert not any(set(post.picture.split()[1:]) - {*HOURS, *SEASONS} for post in POSTS)
    assert len({post.picture.split()[0] for post in POSTS if post.picture}) >= 28
    assert 15 <= sum(not post.picture for post in POSTS) <= 60


def test_two_thirds_of_the_pictures_may_be_shown() -> None:
    """For about two thirds of the pictures of approved posts a right is recorded."""
    shown = [post for post in POSTS if post.picture and post.review is Review.APPROVED and not post.outside]
    free = sum(bool(post.who.permission or post.who.rights) for post in shown)
    assert 0.6 < free / len(shown) < 0.8


def test_what_is_hidden_has_a_reason() -> None:
    """Whatever the editors hid says why."""
    hidden = [post for post in POSTS if post.review is Review.HIDDEN]
    assert len(hidden) >= 5
    assert all(post.reason for post in hidden)


def test_focus_areas_are_the_strategys() -> None:
    """What a post is attached to stands in the strategy file."""
    file = shipped("strategies/halland-2014-2020.toml")
    codes = {node.code for node in parse(file.read_text(encoding="utf-8"), str(file)).nodes}
    assert {code for post in POSTS for code in post.focus} <= codes


def test_each_letter_leads_with_an_approved_post() -> None:
    """A story that the editors lifted exists and was approved."""
    approved = {post.id for post in POSTS if post.review is Review.APPROVED and not post.outside}
    assert {words.lead for words in HALLAND.editorials.values()} <= approved


def test_each_letter_leads_with_a_post_of_its_week() -> None:
    """What a letter lifts was posted between the draft before and its own, or while the letter rested."""
    at = {post.written.id: post.at for post in HALLAND.between(SINCE, NOW)}
    rests = {2: (52, 1), 32: (28, 29, 30, 31)}
    for name, words in HALLAND.editorials.items():
        # Drafts are made on Thursdays at two: later posts belong to the week after.
        week = (at[words.lead] + timedelta(days=3, hours=10, minutes=25)).astimezone(ZONE).isocalendar().week
        number = int(name[1:])
        assert week in (number, *rests.get(number, ())), (name, words.lead, week)


def test_corrections_find_their_words() -> None:
    """What an author corrects stands in the text, once."""
    corrected = [(post, post.corrected) for post in POSTS if post.corrected]
    assert len(corrected) >= 2
    assert all(post.text.count(change.old) == 1 for post, change in corrected)


# --- the calendar ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now", [NOW, datetime(2027, 5, 3, 7, 0, tzinfo=UTC), datetime(2026, 12, 30, 22, 0, tzinfo=UTC)]
)
def test_the_year_ends_this_week_and_keeps_its_seasons(now: datetime) -> None:
    """Whenever a demo is started, 52 weeks of posts end now, and midsummer is in June."""
    found = HALLAND.between(calendar.year_start(now, ZONE), now)
    assert len(found) > 0.94 * len(POSTS)
    assert now - found[0].at < timedelta(weeks=52)
    assert now - found[-1].at < timedelta(days=4)
    months = {post.written.id: post.at.astimezone(ZONE).month for post in found}
    assert months["midsommar-bjornaryd"] == 6
    assert months["lucia-trumpinnen"] == 12


def test_a_moment_that_is_none_is_refused() -> None:
    """A slip of the pen in a post's time is found when it is read."""
    with pytest.raises(ValueError, match="W1-9"):
        calendar.check("W1-9 12:00")


# --- the pictures ------------------------------------------------------------------------------------------


def test_the_same_picture_is_the_same_bytes() -> None:
    """Drawing is decided by motif, season, hour and seed alone."""
    first, again, other = (
        Picture(motif="harvester", season="autumn", hour="dusk", seed=seed).draw() for seed in ("a", "a", "b")
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_every_motif_can_be_drawn_in_any_light(motif: str) -> None:
    """No season or hour breaks a motif."""
    for season, hour in zip(SEASONS, HOURS, strict=True):
        assert Picture(motif=motif, season=season, hour=hour, seed=f"{motif}-{hour}").draw()[:2] == b"\xff\xd8"


# --- the servers -------------------------------------------------------------------------------------------


def test_nothing_is_served_before_it_is_written(feeds: Feeds, clock: Clock) -> None:
    """A feed holds what exists at the clock's now: nothing of the coming weeks."""
    who = HALLAND.organisations["byanatet"]
    clock.at = SINCE + timedelta(days=1)
    assert b"<item>" not in get(feeds.feed_url(who))[1]
    clock.at = SINCE + timedelta(days=4)
    assert get(feeds.feed_url(who))[1].count(b"<item>") == 1


def test_a_feed_answers_304_to_who_has_it(feeds: Feeds) -> None:
    """The tag of an unchanged feed saves its body."""
    url = feeds.feed_url(HALLAND.organisations["stommen"])
    status, body, headers = get(url)
    assert status == 200
    assert json.loads(body)["version"].startswith("https://jsonfeed.org")
    assert get(url, If_None_Match=headers["etag"])[:2] == (304, b"")


def test_links_and_pictures_open(feeds: Feeds, mastodon: Mastodon) -> None:
    """What a post points to is there: its page, its picture."""
    item = json.loads(get(feeds.feed_url(HALLAND.organisations["stommen"]))[1])["items"][0]
    status, page, _ = get(item["url"])
    assert status == 200
    assert item["title"] in page.decode()
    newest = timeline(mastodon, limit=40)
    shown = next(post for post in newest if post["media_attachments"])
    assert get(str(shown["url"]))[0] == 200
    assert get(shown["media_attachments"][0]["url"])[1][:2] == b"\xff\xd8"  # type: ignore[index] # a list of objects


def test_a_feed_that_is_down_says_so(feeds: Feeds, clock: Clock) -> None:
    """One organisation's server is away for a while in June."""
    clock.at = calendar.in_year("W24-5 12:00", 2026, ZONE)
    status, *_ = get(feeds.feed_url(HALLAND.organisations["vatmark"]))
    assert status == 503


def test_a_timeline_pages_forward_without_gaps(mastodon: Mastodon) -> None:
    """From any id on, ``min_id`` leads through every later post, each once, in both spellings of the tag."""
    expected = [
        str(status_id(post))
        for post in HALLAND.between(SINCE, NOW)
        if "mastodon" in post.written.on and hashtags.belongs(post.written.text, (), **TAGS)
    ]
    seen: list[str] = []
    while page := timeline(mastodon, "hallandvaxer", limit=40, min_id=seen[-1] if seen else "0"):
        seen += [str(post["id"]) for post in reversed(page)]
    assert seen == sorted(expected, key=int)
    newest = timeline(mastodon, "hallandväxer", limit=3)
    assert [post["id"] for post in newest] == seen[:-4:-1]
    older = timeline(mastodon, limit=2, max_id=newest[-1]["id"])
    assert [post["id"] for post in older] == seen[-4:-6:-1]


def test_tags_are_folded_but_the_text_keeps_its_letters(mastodon: Mastodon) -> None:
    """As on real servers the list of tags has lost its ä; what people read has not."""
    post = next(post for post in timeline(mastodon) if "71 personer bar" in str(post["content"]))
    assert "hallandvaxer" in [tag["name"] for tag in post["tags"]]  # type: ignore[attr-defined] # a list of objects
    assert "#<span>hallandväxer</span>" in str(post["content"])


def test_an_account_is_found_and_has_its_posts(mastodon: Mastodon) -> None:
    """A named account can be looked up and read."""
    found = json.loads(get(f"{mastodon.url}/api/v1/accounts/lookup?acct=nabben@exempel.social")[1])
    posts = json.loads(get(f"{mastodon.url}/api/v1/accounts/{found['id']}/statuses?limit=5")[1])
    assert {post["account"]["username"] for post in posts} == {"nabben"}


# --- the mail catcher --------------------------------------------------------------------------------------


def letter(subject: str) -> EmailMessage:
    """A letter with a page of HTML and a picture inside."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@halland.example", "majken@brevlada.example", subject
    made["Date"] = "Fri, 20 Nov 2026 07:00:00 +0000"
    made.set_content("Ren text, å ä ö.\n")
    made.add_alternative('<html><head></head><p>Hej</p><img src="cid:rings@skord" alt=""></html>', subtype="html")
    made.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<rings@skord>")  # type: ignore[index,union-attr]
    return made


def test_a_caught_letter_can_be_read_in_every_form(tmp_path: Path) -> None:
    """What came by SMTP is listed, and shown as HTML, text and source; scripts have no chance."""
    letters = Letters(tmp_path)
    with Post(letters) as post, Mailbox(letters, SWEDISH, pictures=tmp_path) as mailbox:
        with smtplib.SMTP("127.0.0.1", post.port) as mail:
            mail.send_message(letter("Två. <Ett>."))
        assert "Två. &lt;Ett&gt;." in get(mailbox.url)[1].decode()
        assert "/1/body" in get(f"{mailbox.url}/1")[1].decode()
        _, body, headers = get(f"{mailbox.url}/1/body")
        assert "/1/cid/rings@skord" in body.decode()
        assert "default-src 'none'" in headers["content-security-policy"]
        assert get(f"{mailbox.url}/1/cid/rings@skord")[1] == b"\x89PNG"
        assert "å ä ö" in get(f"{mailbox.url}/1/text")[1].decode()
        assert get(f"{mailbox.url}/2")[0] == 404


def test_letters_are_there_after_a_restart(tmp_path: Path) -> None:
    """The folder remembers; a new letter gets the next number."""
    Letters(tmp_path).keep(bytes(letter("Ett")))
    again = Letters(tmp_path)
    assert again.keep(bytes(letter("Två"))).number == 2
    assert [kept.subject for kept in again.newest()] == ["Två", "Ett"]


def test_an_address_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """The catcher says what a real server says to a wrong address."""
    with (
        Post(Letters(tmp_path), refused=frozenset({"finns@inte.example"})) as post,
        smtplib.SMTP("127.0.0.1", post.port) as mail,
    ):
        mail.helo()
        mail.mail("a@halland.example")
        assert mail.rcpt("finns@inte.example")[0] == 550
