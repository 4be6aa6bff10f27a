"""The public archive on real data: what it shows, finds, hides, and takes in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert, update

from builders import account, approved, ingest, judge, node, picture, story
from campaign.records import Right
from conftest import NOW
from digest.letter import to_json
from digest_samples import letter
from storage import schema
from storage.cases import list_cases
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.media import write_renditions
from storage.rights import set_right
from storage.store import Actor, Store
from web.forms import Throttle
from website import Website, settings

FILE = "a" * 64


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def shown(page: str) -> list[int]:
    """The ids of the stories that a list links to, in order, each once."""
    return list(dict.fromkeys(int(number) for number in re.findall(r'href="/stories/(\d+)"', page)))


def with_picture(store: Store, *, right: Right = Right.OWN, alt: str | None = "Tre barn klipper ett band.") -> int:
    """A public story with an own copy of its picture; the id of the story."""
    made = approved(store, media=(picture(alt=alt),))
    media = made.lead.media[0]
    with store.write() as connection:
        values = {"file": FILE, "width": 960, "height": 640}
        connection.execute(update(schema.media).where(schema.media.c.id == media.id).values(values))
    write_renditions(store, FILE, {480: b"small", 960: b"large"})
    if right is not Right.NONE:
        set_right(store, media.id, right, by=person(store), now=NOW, right_from="Cykelföreningen")
    return made.id


# --- lists -----------------------------------------------------------------------------------------------


def test_only_approved_stories_are_anywhere(site: Website, sqlite_store: Store) -> None:
    """A story that nobody approved is on no page, and its address is unknown, not gone."""
    waiting = story(sqlite_store, text="Ännu inte läst av någon. #hallandväxer")
    approved(sqlite_store, text="Läst och godkänd. #hallandväxer")
    for path in ("/", "/archive", "/feed.atom", "/archive?q=läst"):
        page = re.sub("</?mark>", "", site.get(path.replace("ä", "%C3%A4")).text)
        assert "Läst och godkänd" in page
        assert "Ännu inte" not in page
    assert site.get(f"/stories/{waiting.id}").status == 404


def test_an_edit_is_not_public_before_it_was_seen(site: Website, sqlite_store: Store) -> None:
    """An approved post that was edited at its source keeps its approved words everywhere."""
    made = approved(sqlite_store, text="Invigning på fredag. #hallandväxer", html="")
    from builders import candidate

    edited = candidate(
        identity=made.lead.identity, url=made.lead.url, published_at=made.lead.published_at,
        text="Köp kryptovaluta. #hallandväxer", html="",
    )  # fmt: skip
    with sqlite_store.write() as connection:
        from storage.ingest import _ingest

        _ingest(connection, campaign="hallandvaxer", source_id=None, candidates=[edited], judge=judge, now=NOW)
    for path in ("/", "/archive", f"/stories/{made.id}", "/feed.atom", "/archive?q=invigning"):
        page = re.sub("</?mark>", "", site.get(path).text)
        assert "Invigning på fredag" in page, path
        assert "krypto" not in page, path
    assert shown(site.get("/archive?q=kryptovaluta").text) == []


def test_search_finds_word_forms_and_missing_dots(site: Website, sqlite_store: Store) -> None:
    """A search finds other forms of a Swedish word, and a word written without its dots."""
    made = approved(sqlite_store, text="Kommunerna växer så det knakar i Hylte. #hallandväxer")
    approved(sqlite_store, text="Något helt annat. #hallandväxer")
    for query in (
        "kommun",
        "kommunens",
        "v%C3%A4xer+knakar",
        "vaxer+hylte",
        "%22knakar+i+hylte%22",
        "%23hallandv%C3%A4xer+hylte",
    ):
        assert shown(site.get(f"/archive?q={query}").text) == [made.id], query
    assert "Inget i arkivet stämmer" in site.get("/archive?q=rymdfart").text


def test_the_public_search_does_not_know_authors(site: Website, sqlite_store: Store) -> None:
    """Nobody is found by name."""
    approved(sqlite_store, author_name="Birgitta Skogsberg", text="Nya cyklar till biblioteket. #hallandväxer")
    assert shown(site.get("/archive?q=Birgitta").text) == []
    assert shown(site.get("/archive?q=biblioteket").text) == [1]


def test_filters_narrow_and_add_up(site: Website, sqlite_store: Store) -> None:
    """Year, month, area and network each narrow the list, alone and together."""
    may = approved(sqlite_store, published_at=datetime(2026, 5, 5, tzinfo=UTC), network="feed")
    june = approved(sqlite_store, published_at=datetime(2026, 6, 5, tzinfo=UTC))
    old = approved(sqlite_store, published_at=datetime(2025, 5, 5, tzinfo=UTC))
    attach(sqlite_store, june.id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    assert shown(site.get("/archive").text) == [june.id, may.id, old.id]
    assert shown(site.get("/archive?year=2026").text) == [june.id, may.id]
    assert shown(site.get("/archive?year=2026&month=5").text) == [may.id]
    assert shown(site.get("/archive?area=attraktiv").text) == [june.id]
    assert shown(site.get("/archive?area=unknown").text) == []
    assert shown(site.get("/archive?network=feed&year=2026").text) == [may.id]
    assert shown(site.get("/archive?network=feed&area=attraktiv").text) == []


def test_a_month_is_that_of_the_sites_clock(site: Website, sqlite_store: Store) -> None:
    """What was posted after midnight in Sweden on the first is of the new month, whatever UTC says."""
    approved(sqlite_store, published_at=datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    assert shown(site.get("/archive?year=2026&month=6").text) == [1]
    assert shown(site.get("/archive?year=2026&month=5").text) == []


@pytest.mark.parametrize("query", ["year=abc", "year=1", "month=5", "year=2026&month=13", "older=-1", "year=%00"])
def test_a_query_that_means_nothing_is_no_page(site: Website, query: str) -> None:
    """A filter that cannot be understood is refused, never silently dropped."""
    assert site.get(f"/archive?{query}").status == 404


def test_paging_shows_every_story_once_both_ways(site: Website, sqlite_store: Store) -> None:
    """Going to the oldest page and back meets each story once each way."""
    for number in range(65):
        approved(sqlite_store, published_at=NOW - timedelta(days=number))
    there, path = list[int](), "/archive"
    while path:
        page = site.get(path).text
        there += shown(page)
        path = _link(page, "next")
    assert sorted(there) == list(range(1, 66))
    assert len(there) == 65
    back = list[int]()
    path = _link(page, "prev")
    while path:
        page = site.get(path).text
        back = shown(page) + back
        path = _link(page, "prev")
    assert back == there[: len(back)]
    assert len(back) == 60


def _link(page: str, rel: str) -> str:
    found = re.search(rf'<a class="button" rel="{rel}" href="([^"]+)"', page)
    return html.unescape(found[1]) if found else ""


def test_a_year_has_its_ring_its_months_and_a_table(site: Website, sqlite_store: Store) -> None:
    """The page of a year tells it as a drawing, a sentence and a table; a year without stories is no page."""
    approved(sqlite_store, published_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    approved(sqlite_store, published_at=datetime(2026, 3, 5, 9, tzinfo=UTC))
    page = site.get("/years/2026").text
    assert '<svg viewBox="0 0 640 640" role="img"' in page
    assert "2 berättelser under 2026. Mest hände vecka 10 2026, med 2 berättelser." in page
    assert re.search(r'<th scope="row">10</th><td>2 mars 2026</td>\s*<td class="number">2</td>', page)
    assert 'href="/archive?year=2026&amp;month=3"' in page
    assert site.get("/years/2019").status == 404


# --- a story ---------------------------------------------------------------------------------------------


def test_a_story_is_quoted_unaltered_with_its_source(site: Website, sqlite_store: Store) -> None:
    """A story's page has its words as they were, who wrote them, where and when, and a link to the original."""
    made = approved(sqlite_store, html="<p>Vi <em>byter</em> bryggor!<br>Kom &amp; bada. #hallandväxer</p>")
    page = site.get(f"/stories/{made.id}").text
    assert "<p>Vi <em>byter</em> bryggor!<br>Kom &amp; bada. #hallandväxer</p>" in page
    assert "Västkustens cykelförening" in page
    assert f'href="{made.lead.url}"' in page
    assert 'dir="auto" lang="sv"' in page
    assert "2026" in page


def test_hostile_words_do_nothing(site: Website, sqlite_store: Store) -> None:
    """Whatever stands in a foreign field, no page gets an element, handler or address that acts."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    fields = ("title", "text", "author_name", "author_handle")
    made = approved(
        sqlite_store,
        **dict.fromkeys(fields, evil),
        html=f'<p onclick="x">{evil}<a href="javascript:x">y</a></p>',
        url="javascript:alert(1)",
        author_url="javascript:alert(1)",
        tags=(evil,),
    )
    for path in ("/", "/archive", f"/stories/{made.id}", "/years/2026"):
        page = site.get(path).text
        assert "<script>" not in page, path
        assert "<img src=x" not in page, path
        assert "javascript:" not in page, path
        assert not re.search(r'<[a-z]+(?:[^>"]|"[^"]*")*\son[a-z]+=', page), path
    ET.fromstring(site.get("/feed.atom").text)


def test_a_picture_is_shown_only_with_right_and_words(site: Website, sqlite_store: Store) -> None:
    """Without a recorded right there is a drawing, and the file is not handed out; with one there is the picture."""
    made = with_picture(sqlite_store, right=Right.NONE)
    page = site.get(f"/stories/{made}").text
    assert 'class="drawn' in page
    assert "Bilden visas inte här" in page
    assert site.get(f"/media/{FILE}-480.jpg").status == 404
    media = sqlite_store
    with media.read() as connection:
        media_id = connection.execute(schema.media.select()).one().id
    set_right(sqlite_store, media_id, Right.PERMISSION, by=person(sqlite_store), now=NOW, right_from="Cykelföreningen")
    page = site.get(f"/stories/{made}").text
    assert 'alt="Tre barn klipper ett band."' in page
    assert "Bild: Cykelföreningen" in page
    answer = site.get(f"/media/{FILE}-480.jpg")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"small", "image/jpeg")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert site.get(f"/media/{FILE}").body == b"large"


def test_a_picture_without_words_is_not_shown(site: Website, sqlite_store: Store) -> None:
    """A right alone is not enough: somebody has to have described the picture."""
    made = with_picture(sqlite_store, alt=None)
    assert "<img" not in site.get(f"/stories/{made}").text
    assert site.get(f"/media/{FILE}-480.jpg").status == 404


def test_a_picture_goes_when_its_story_is_hidden(site: Website, sqlite_store: Store) -> None:
    """Hiding a story ends its pictures' addresses with the next request."""
    made = with_picture(sqlite_store)
    assert site.get(f"/media/{FILE}-480.jpg").status == 200
    decide(sqlite_store, made, Action.HIDE, by=person(sqlite_store), now=NOW)
    assert site.get(f"/media/{FILE}-480.jpg").status == 404


@pytest.mark.parametrize(
    "name", ["../skord.db", "x.jpg", FILE + "-480.png", FILE[:-1] + "-480.jpg", "%2e%2e%2fskord.db"]
)
def test_only_names_of_pictures_are_answered(site: Website, name: str) -> None:
    """The picture address gives nothing else of the disk."""
    assert site.get(f"/media/{name}").status == 404


def test_a_warning_stands_before_words_and_pictures(site: Website, sqlite_store: Store) -> None:
    """A content warning is what lists show; the words wait behind it on the story's page."""
    made = approved(sqlite_store, warning="Olycka", text="Bilen låg i diket. #hallandväxer", html="")
    listed = site.get("/archive").text
    assert "Innehållsvarning: Olycka" in listed
    assert "diket" not in listed
    assert "diket" not in site.get("/feed.atom").text
    assert re.search(r"<details[^>]*>\s*<summary>Innehållsvarning: Olycka", site.get(f"/stories/{made.id}").text)


def test_shy_authors_are_left_to_people(site: Website, sqlite_store: Store) -> None:
    """Who does not want to be found by search engines is in the archive, and in no site map."""
    made = approved(sqlite_store, shy=True)
    assert '<meta name="robots" content="noindex' in site.get(f"/stories/{made.id}").text
    assert f"/stories/{made.id}<" not in site.get("/sitemaps/2026-1.xml").text
    assert shown(site.get("/archive").text) == [made.id]


def test_a_node_tells_what_stands_under_it(site: Website, sqlite_store: Store) -> None:
    """A node's page has its stories, and the story says what it is evidence for; why is for those who work there."""
    made = approved(sqlite_store)
    attach(
        sqlite_store, made.id, node(sqlite_store), by=person(sqlite_store), now=NOW, reason="Fler cyklar till jobbet."
    )
    page = site.get("/strategy/halland-2014-2020/attraktiv").text
    assert "1 berättelse sedan november 2026." in page
    assert shown(page) == [made.id]
    told = site.get(f"/stories/{made.id}").text
    assert "Belägg för" in told
    assert 'href="/strategy/halland-2014-2020/attraktiv"' in told
    assert "Fler cyklar till jobbet." not in told + page
    assert site.get("/strategy/halland-2014-2020/unknown").status == 404
    assert site.get("/strategy/other/attraktiv").status == 404


# --- asking for removal ----------------------------------------------------------------------------------


def test_a_request_for_removal_gets_a_receipt(site: Website, sqlite_store: Store) -> None:
    """Anybody may ask, without giving a name or a reason, and sees by the receipt how it stands."""
    made = approved(sqlite_store)
    answer = site.post(f"/stories/{made.id}/removal", message="Det är jag på bilden.", contact="")
    assert answer.status == 303
    page = site.get(answer.headers["location"])
    case = list_cases(sqlite_store, "hallandvaxer", is_open=True)[0]
    assert case.receipt in page.text
    assert case.story_id == made.id
    assert "20 december 2026" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert site.get("/receipts/AAAA-AAAAAA").status == 404


def test_a_program_that_fills_the_trap_opens_no_case(site: Website, sqlite_store: Store) -> None:
    """A form with the hidden field filled in changes nothing and says nothing."""
    made = approved(sqlite_store)
    assert site.post(f"/stories/{made.id}/removal", website="http://spam.example").status == 303
    assert list_cases(sqlite_store, "hallandvaxer", is_open=True) == []


def test_a_message_that_is_too_long_comes_back_with_its_words(site: Website, sqlite_store: Store) -> None:
    """An error stands beside its field, and what was written is not lost."""
    made = approved(sqlite_store)
    answer = site.post(f"/stories/{made.id}/removal", message="å" * 5001)
    assert answer.status == 400
    assert 'aria-invalid="true"' in answer.text
    assert "å" * 5001 in answer.text


def test_a_fault_can_be_reported_without_a_story(site: Website, sqlite_store: Store) -> None:
    """The report form needs only words, and gives a receipt."""
    assert site.post("/en/report", message="").status == 400
    answer = site.post("/en/report", message="The map cannot be reached by keyboard.")
    assert answer.headers["location"].startswith("/en/receipts/")
    assert "We have received your request" in site.get(answer.headers["location"]).text


def test_a_huge_form_is_refused(site: Website, sqlite_store: Store) -> None:
    """A body beyond the limit is refused before it is read to its end."""
    made = approved(sqlite_store)
    assert site.post(f"/stories/{made.id}/removal", message="x" * 70_000).status == 413


def test_a_flood_of_requests_is_held_back(site: Website, sqlite_store: Store) -> None:
    """After two hundred requests in an hour people are asked to come back, and nothing more is stored."""
    site.app.state.house.requests = Throttle(2)
    for _ in range(2):
        assert site.post("/report", message="Något gick fel.").status == 303
    answer = site.post("/report", message="Något gick fel.")
    assert answer.status == 503
    assert "Försök igen om en timme." in answer.text
    assert len(list_cases(sqlite_store, "hallandvaxer", is_open=True)) == 2


# --- machines --------------------------------------------------------------------------------------------


def test_the_feed_filters_as_the_archive_does(site: Website, sqlite_store: Store) -> None:
    """The feed is Atom that parses, newest first, with the archive's own query string."""
    first = approved(sqlite_store, text="Om cyklar i Laholm. #hallandväxer", html="")
    approved(sqlite_store, text="Om bryggor. #hallandväxer", html="")
    space = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(site.get("/feed.atom?q=cyklar").text)
    assert [entry.findtext(f"{space}id") for entry in root.iter(f"{space}entry")] == [
        f"https://hallandvaxer.example.se/stories/{first.id}"
    ]
    assert len(list(ET.fromstring(site.get("/feed.atom").text).iter(f"{space}entry"))) == 2
    assert site.get("/feed.atom").headers["content-type"] == "application/atom+xml"


def test_control_characters_do_not_break_the_feed(site: Website, sqlite_store: Store) -> None:
    """What XML has no place for is left out."""
    approved(sqlite_store, text="Klocka \x07 ringer \ufffe nu. #hallandväxer", html="", author_name="A\x0bB")
    entry = ET.fromstring(site.get("/feed.atom").body).find("{http://www.w3.org/2005/Atom}entry")
    assert entry is not None
    told = " ".join(entry.itertext())
    assert "Klocka" in told
    assert "AB" in told


# --- letters ---------------------------------------------------------------------------------------------


def issue(store: Store, story_id: int, *, state: str = "sent") -> None:
    """An issue whose only story is that one."""
    made = letter(1)
    kept = to_json(made)
    kept["sections"][0]["items"][0]["story_id"] = story_id
    with store.write() as connection:
        connection.execute(
            insert(schema.issue).values(
                campaign="hallandvaxer", newsletter="veckobrevet", number=12, year=2026, week=47, state=state,
                selected_to=NOW, drafted_at=NOW, send_at=NOW, sent_from=NOW, frozen=kept, selection=[],
            )
        )  # fmt: skip
        connection.execute(schema.revision.update().values(public=schema.revision.c.public + 1))


def test_a_letter_stands_on_the_web_without_what_was_hidden(site: Website, sqlite_store: Store) -> None:
    """The copy of a letter loses a story as soon as it is hidden, and says that something was there."""
    made = approved(sqlite_store)
    issue(sqlite_store, made.id)
    assert "Rubrik nummer 1 på åker" in site.get("/issues/veckobrevet/12").text
    assert "Bron över Nissan är öppen" in site.get("/issues").text
    assert "Bron över Nissan är öppen" in site.get("/").text
    decide(sqlite_store, made.id, Action.HIDE, by=person(sqlite_store), now=NOW)
    page = site.get("/issues/veckobrevet/12").text
    assert "Rubrik nummer 1" not in page
    assert "Här fanns en berättelse som inte längre visas." in page


def test_a_draft_is_no_page(site: Website, sqlite_store: Store) -> None:
    """An issue is public only once letters have begun to leave."""
    issue(sqlite_store, approved(sqlite_store).id, state="approved")
    assert site.get("/issues/veckobrevet/12").status == 404
    assert "Bron över Nissan" not in site.get("/issues").text


# --- subscribing -----------------------------------------------------------------------------------------


def _subscriber(store: Store) -> object:
    with store.read() as connection:
        return connection.execute(schema.subscriber.select()).one()


def test_signing_up_is_confirmed_and_ended_by_buttons(site: Website, sqlite_store: Store) -> None:
    """Opening a link changes nothing; the button behind it does, and leaving is done at once."""
    answer = site.sign_up("Anna@Exempel.se")
    assert (answer.status, answer.headers["location"]) == (303, "/subscribe/sent")
    token = _subscriber(sqlite_store).token  # type: ignore[attr-defined] # a row
    assert "Bekräfta din prenumeration" in site.get(f"/subscribe/confirm/{token}").text
    assert _subscriber(sqlite_store).state == "pending"  # type: ignore[attr-defined] # a row
    assert "Välkommen" in site.post(f"/subscribe/confirm/{token}").text
    assert _subscriber(sqlite_store).state == "active"  # type: ignore[attr-defined] # a row
    assert "Avsluta prenumerationen" in site.get(f"/u/{token}").text
    assert _subscriber(sqlite_store).state == "active"  # type: ignore[attr-defined] # a row
    answer = site.ask("POST", f"/u/{token}", b"List-Unsubscribe=One-Click", content_type="text/plain")
    assert answer.status == 200
    assert _subscriber(sqlite_store).state == "left"  # type: ignore[attr-defined] # a row
    assert "Du är borttagen" in site.get(f"/u/{token}").text


def test_the_answer_does_not_tell_whether_an_address_is_known(site: Website) -> None:
    """The same page comes for an address that is new, pending or filled in by a program."""
    answers = [
        site.sign_up("anna@exempel.se"),
        site.sign_up("anna@exempel.se"),
        site.sign_up("bo@exempel.se", website="x"),
    ]
    assert {(each.status, each.headers["location"], each.body) for each in answers} == {(303, "/subscribe/sent", b"")}


def test_a_wrong_address_is_told_beside_the_field(site: Website) -> None:
    """What is no address comes back in its field with the reason."""
    answer = site.sign_up("anna på exempel")
    assert answer.status == 400
    assert 'value="anna på exempel" aria-invalid="true"' in answer.text


def test_leaving_works_while_the_site_is_closed(sqlite_store: Store, tmp_path: Path) -> None:
    """Nobody is held because a setting is missing."""
    from campaign.settings import PrivacySettings

    with Website(settings(tmp_path), sqlite_store) as site:
        site.sign_up("anna@exempel.se")
    token = _subscriber(sqlite_store).token  # type: ignore[attr-defined] # a row
    with Website(settings(tmp_path, privacy=PrivacySettings()), sqlite_store) as site:
        assert site.get("/subscribe").status == 503
        assert site.ask("POST", f"/u/{token}").status == 200
    assert _subscriber(sqlite_store).state == "left"  # type: ignore[attr-defined] # a row


def test_an_old_link_says_so(site: Website) -> None:
    """A token that is nobody's leads to a page that says what to do, and posting it is still answered 200."""
    assert site.get("/u/nobody").status == 404
    assert "Länken gäller inte längre" in site.get("/subscribe/confirm/nobody").text
    assert site.ask("POST", "/u/nobody").status == 200


def test_pages_made_from_configuration_say_what_it_says(site: Website) -> None:
    """The page about personal data has every field that was filled in, in both languages."""
    for path in ("/privacy", "/en/privacy"):
        page = site.get(path).text
        for words in ("Regionstyrelsen", "Att visa Hallands utveckling.", "Allmänt intresse.", "dataskydd@example.se"):
            assert words in page, path


def test_ingesting_without_approval_changes_no_public_page(site: Website, sqlite_store: Store) -> None:
    """What only came in leaves readers' copies valid."""
    approved(sqlite_store)
    tag = site.get("/archive").headers["etag"]
    from builders import candidate

    ingest(sqlite_store, candidate())
    assert site.get("/archive", if_none_match=tag).status == 304
