"""Writing at the desk: the form loses nothing, pictures are taken in and made our own, hostile files do nothing."""

from __future__ import annotations

import io
import re
import socket
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from builders import newest, node, story
from campaign.places import register
from campaign.records import PostState, Review, Role
from campaign.settings import FetchSettings
from collector.media import PictureResult, fetch_pictures
from desk import Running, fields, running
from net.http import Fetcher
from storage.decisions import Action, decide
from storage.store import Actor, Store
from storage.stories import find_story
from storage.writing import get_written


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def photo(colour: str = "teal", size: tuple[int, int] = (900, 600), kind: str = "JPEG", **more: Any) -> bytes:
    """A picture that can be told from others."""
    image = Image.new("RGB", size, colour)
    image.paste("gold", (0, 0, size[0] // 3, size[1] // 2))
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def process(site: Running) -> list[PictureResult]:
    """Do what the job for pictures does; nothing may be asked on the net."""
    with Fetcher(FetchSettings(), version="0", clock=lambda: site.now) as fetcher:
        return fetch_pictures(site.store, fetcher, clock=lambda: site.now)


def send(
    client: httpx.Client,
    press: str = "save",
    files: Sequence[tuple[str, bytes]] = (),
    path: str = "/desk/stories/new",
    **more: str,
) -> httpx.Response:
    """Fill in the form as it stands and press a button."""
    page = client.get(path).text
    given = {"title": "Ny brygga", "text": "Nu går det att bada.", "author": "Region Halland"} | fields(page, path)
    upload = [("pictures", (name, body, "image/jpeg")) for name, body in files] or [("pictures", ("", b""))]
    return client.post(path, data=given | {"press": press} | more, files=upload)


def only(site: Running) -> Any:
    """The only story."""
    (found,) = newest(site.store)
    return found


def test_a_story_is_written_and_waits(site: Running) -> None:
    """Title and text, the organisation's name and today's date make a story in the queue."""
    client = site.client(Role.REVIEWER)
    done = send(client, text="Först.\n\nSedan https://www.exempel.se.")
    story = only(site)
    assert done.status_code == 303
    assert re.match(rf"/desk/stories/{story.id}\?said=wrote&written=new-[0-9a-f]{{32}}", done.headers["location"])
    assert (story.review, story.lead.title, story.lead.author_name) == (Review.NEW, "Ny brygga", "Region Halland")
    assert story.lead.html == ('<p>Först.</p><p>Sedan <a href="https://www.exempel.se">https://www.exempel.se</a>.</p>')
    page = client.get(done.headers["location"]).text
    assert "Sparad. Den väntar på att godkännas." in page
    assert "skrev berättelsen" in page
    assert "Redaktionen" in page


def test_save_and_approve_makes_it_public(site: Running) -> None:
    """The second button is a decision of its own, in the trail, and readers see the story at once."""
    node_id = node(site.store)
    client = site.client(Role.REVIEWER)
    done = send(client, "approve", **{f"node-{node_id}": "yes"})
    story = only(site)
    page = client.get(f"/stories/{story.id}").text
    assert (done.status_code, story.review) == (303, Review.APPROVED)
    assert [each.id for each in story.nodes] == [node_id]
    assert "Nu går det att bada." in page
    assert "Region Halland" in page
    assert "cite=" not in page
    assert "Till inlägget" not in page


def test_places_are_ticked_or_named(site: Running) -> None:
    """A place that is ticked and one that is named are set, in the trail; a name that means none is said beside it."""
    client = site.client()
    wrong = send(client, place="Ingenstans alls")
    assert wrong.status_code == 422
    assert 'aria-describedby="f-place-error"' in wrong.text
    laholm = register().named("Laholm")[0]
    send(client, place="Halmstad", **{f"place-{laholm.id}": "yes"})
    assert set(only(site).places) == {laholm.id, register().named("Halmstad")[0].id}


def test_a_form_sent_twice_is_one_story(site: Running) -> None:
    """An answer that was lost and a press that is repeated store nothing twice and approve nothing anew."""
    client = site.client()
    page = client.get("/desk/stories/new").text
    given = fields(page, "/desk/stories/new") | {"title": "En gång", "press": "approve"}
    first, second = (client.post("/desk/stories/new", data=given, files=[("pictures", ("", b""))]) for _ in range(2))
    assert first.headers["location"].split("?")[0] == second.headers["location"].split("?")[0]
    assert only(site).changes == 2


def test_a_form_that_comes_back_keeps_everything(site: Running) -> None:
    """A date that cannot be: words, pictures and their texts stand there, and the field says what is wrong."""
    client = site.client()
    shown = send(client, "upload", [("brygga.jpg", photo())])
    (file,) = re.findall(r'name="picture-([0-9a-f]{64})"', shown.text)
    again = send(
        client, day="2031-01-01", title="Min rubrik", **{f"picture-{file}": "brygga.jpg", f"alt-{file}": "En brygga."}
    )
    assert (shown.status_code, again.status_code) == (200, 422)
    assert '<a href="#f-day">Datum</a>' in again.text
    assert 'value="Min rubrik"' in again.text
    assert "En brygga.</textarea>" in again.text
    assert "Välj en dag mellan 1990 och i dag." in again.text
    assert newest(site.store) == []


def test_approving_asks_for_words_for_pictures(site: Running) -> None:
    """A picture without words would not be shown: the form says it beside the picture, and the story is not lost."""
    client = site.client()
    refused = send(client, "approve", [("brygga.jpg", photo())])
    (file,) = re.findall(r'name="picture-([0-9a-f]{64})"', refused.text)
    assert refused.status_code == 422
    assert f'aria-describedby="alt-{file}-error"' in refused.text
    assert f'<a href="#alt-{file}">Vad bilden visar</a>' in refused.text
    told = {f"picture-{file}": "brygga.jpg", f"decorative-{file}": "yes"}
    assert send(client, "approve", **told).status_code == 303
    assert only(site).lead.media[0].decorative


def test_pictures_are_made_our_own(site: Running) -> None:
    """An upload is copied upright and without metadata, shown with the story, and the file as it came is gone."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "hemlig plats"
    exif.get_ifd(0x8825).update({1: "N", 2: (56.0, 40.0, 12.0), 3: "E", 4: (12.0, 51.0, 0.0)})
    client = site.client()
    body = photo(exif=exif.tobytes())
    assert b"hemlig plats" in body
    send(client, files=[("../../C:\\semester.png", body)])
    story = only(site)
    waiting = client.get(f"/desk/stories/{story.id}").text
    assert "Bilden bearbetas" in waiting
    assert client.get(f"/desk/media/{story.lead.media[0].id}/copy?of={story.lead.id}").status_code == 204
    (result,) = process(site)
    (media,) = only(site).lead.media
    assert result.file == media.file
    assert (media.width, media.height) == (600, 900)
    copies = list(site.store.media.glob("[0-9a-f][0-9a-f]/*"))
    assert copies
    for path in copies:
        with Image.open(path) as copy:
            assert not copy.getexif()
        assert b"hemlig plats" not in path.read_bytes()
    assert list((site.store.media / "incoming").iterdir()) == []
    done = client.get(f"/desk/media/{media.id}/copy?of={story.lead.id}")
    assert f"/desk/media/{media.id}" in done.text


def test_readers_are_sent_to_no_original_of_what_was_written_here(site: Running) -> None:
    """A written story is its own original: a picture without a copy leaves no place-holder that points elsewhere."""
    client = site.client()
    send(client, files=[("brygga.jpg", photo())])
    story = only(site)
    decide(site.store, story.id, Action.APPROVE, by=Actor(kind="person", account_id=site.person().id), now=site.now)
    public = site.client(None).get(f"/stories/{story.id}")
    assert public.status_code == 200
    assert "originalet" not in public.text
    assert "drawn" not in public.text
    assert "Bilden bearbetas, det brukar ta någon minut" in client.get(f"/desk/stories/{story.id}").text


def bomb() -> bytes:
    """A PNG of some kilobytes that claims 20 000 by 20 000 pixels."""
    whole = photo(kind="PNG")
    return whole[:16] + (20_000).to_bytes(4, "big") + (20_000).to_bytes(4, "big") + whole[24:]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (photo()[:900], "Bilden är trasig"),
        (b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", "Bilden är trasig"),
        (bomb(), "Bilden"),
        (photo(size=(20, 20)), "för liten"),
        (photo(size=(2000, 50)), "långsmal"),
    ],
)
def test_a_broken_picture_is_said_on_the_card(site: Running, body: bytes, words: str) -> None:
    """What passes for a picture and is none takes nothing with it: the card says so, and it is not tried again."""
    client = site.client()
    send(client, files=[("x.jpg", body)])
    (result,) = process(site)
    assert result.error is not None
    assert result.error.permanent
    page = client.get(f"/desk/stories/{only(site).id}").text
    assert "upload-broken" in page
    assert words in page
    assert process(site) == []
    assert list((site.store.media / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"GIF89a" + b"\0" * 50, "ingen bild av ett slag"),
        (b"MZ\x90\0 a program", "ingen bild av ett slag"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    ],
)
def test_a_file_of_a_wrong_kind_is_refused_beside_its_field(site: Running, body: bytes, words: str) -> None:
    """Its name is shown as words, nothing is saved, and the text stands there."""
    answer = send(site.client(), files=[("<b>bild</b>.jpg", body)], text="Kvar.")
    assert answer.status_code == 422
    assert words in answer.text
    assert "&lt;b&gt;bild&lt;" in answer.text or "b&gt;.jpg" in answer.text
    assert "<b>bild" not in answer.text
    assert "Kvar.</textarea>" in answer.text
    assert newest(site.store) == []


def test_a_polyglot_leaves_only_pixels(site: Running) -> None:
    """A picture with a page behind it becomes a picture."""
    send(site.client(), files=[("x.jpg", photo() + b"<script>alert(document.domain)</script>")])
    process(site)
    for path in site.store.media.glob("[0-9a-f][0-9a-f]/*"):
        assert b"<script" not in path.read_bytes()


def test_the_same_file_in_two_stories_is_kept_once(site: Running) -> None:
    """Also where the first was done and its file removed before the second asked for it."""
    client = site.client()
    send(client, files=[("x.jpg", photo())])
    process(site)
    (first,) = [story.lead.media[0] for story in newest(site.store)]
    file = first.url.removeprefix("upload:")
    assert send(client, title="Den andra", **{f"picture-{file}": "x.jpg", f"alt-{file}": "x"}).status_code == 303
    process(site)
    assert {story.lead.media[0].file for story in newest(site.store)} == {first.file}


def test_who_has_not_logged_in_sends_nothing_in(site: Running) -> None:
    """Of a stranger no byte is kept; somebody whose login has ended is led back to the form."""
    stranger = site.client(None)
    data = {"draft": uuid.uuid4().hex, "token": "x", "title": "Hej"}
    answer = stranger.post("/desk/stories/new", data=data, files=[("pictures", ("x.jpg", photo()))])
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login?next=%2Fdesk%2Fstories%2Fnew")
    assert not (site.store.media / "incoming").exists()
    assert site.client(Role.READER).get("/desk/stories/new").status_code == 403


def test_a_claim_of_gigabytes_is_refused_unread(site: Running) -> None:
    """Five gigabytes that are only claimed are refused by the claim."""
    head = (
        "POST /desk/stories/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: 5000000000\r\nCookie: skord={site.token()}\r\n\r\n--x\r\n"
    )
    host, port = site.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(head.encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 413")


def test_two_who_edit_see_each_other(site: Running) -> None:
    """The later one gets the form back with their own words, the other's beside it, and may save again."""
    client = site.client()
    send(client)
    post = only(site).lead.id
    path = f"/desk/posts/{post}/write"
    opened = fields(client.get(path).text, path)
    other = site.client(Role.ADMINISTRATOR)
    send(other, path=path, title="Annans rubrik")
    nothing = [("pictures", ("", b""))]
    mine = {"title": "Min rubrik", "text": "Min text.", "press": "save"}
    told = client.post(path, data=opened | mine, files=nothing)
    assert told.status_code == 409
    assert 'value="Min rubrik"' in told.text
    assert "har sparat en annan text" in told.text
    assert "Annans rubrik" in told.text
    assert get_written(site.store, post).draft.title == "Annans rubrik"
    again = client.post(path, data=fields(told.text, path) | mine, files=nothing)
    assert again.status_code == 303
    assert get_written(site.store, post).draft.title == "Min rubrik"


def test_editing_keeps_the_approved_text_public(site: Running) -> None:
    """Readers go on with what was approved; approving the edit shows it."""
    client = site.client()
    send(client, "approve")
    story = only(site)
    path = f"/desk/posts/{story.lead.id}/write"
    send(client, path=path, text="Bryggan är stängd.")
    assert "Nu går det att bada." in client.get(f"/stories/{story.id}").text
    send(client, "approve", path=path, text="Bryggan är stängd.")
    assert "Bryggan är stängd." in client.get(f"/stories/{story.id}").text


def test_a_past_day_is_kept_while_editing(site: Running) -> None:
    """A day that is left as it stood changes nothing; an earlier one moves the story."""
    client = site.client()
    send(client, day="2026-03-01")
    post = only(site).lead
    path = f"/desk/posts/{post.id}/write"
    assert 'value="2026-03-01"' in client.get(path).text
    site.now += timedelta(minutes=20)
    send(client, path=path, day="2026-03-01")
    assert only(site).lead.version_id == post.version_id
    send(client, path=path, day="2025-03-01")
    assert only(site).lead.published_at.year == 2025


def test_words_for_a_picture_are_recorded_with_it(site: Running) -> None:
    """A picture's new text holds at once and is in the trail; the story's text needs no new approval for it."""
    client = site.client()
    shown = send(client, "upload", [("x.jpg", photo())])
    (file,) = re.findall(r'name="picture-([0-9a-f]{64})"', shown.text)
    send(client, "approve", **{f"picture-{file}": "x.jpg", f"alt-{file}": "En brygga."})
    story = only(site)
    path = f"/desk/posts/{story.lead.id}/write"
    send(client, path=path, **{f"picture-{file}": "x.jpg", f"alt-{file}": "En ramp."})
    after = find_story(site.store, story.id, public=True)
    assert after is not None
    assert after.lead.media[0].alt == "En ramp."
    assert not after.waiting


def test_a_written_story_is_found_everywhere(site: Running) -> None:
    """Archive, search, feed and site map have it, named as the organisation, without a link to an original."""
    client = site.client()
    send(client, "approve")
    story = only(site)
    for path in ("/archive", "/archive?q=bada", "/en/archive"):
        assert f"/stories/{story.id}" in client.get(path).text
    feed = client.get("/feed.atom").text
    assert "<name>Region Halland</name></author>" in feed
    assert 'rel="via"' not in feed
    assert f"/stories/{story.id}" in client.get("/sitemaps/2026-1.xml").text
    assert "Newsroom" in client.get(f"/en/stories/{story.id}").text


def test_what_is_gone_is_not_edited(site: Running) -> None:
    """Other people's posts have no such form."""
    theirs = story(site.store)
    client = site.client()
    assert theirs.lead.state is PostState.LIVE
    assert client.get(f"/desk/posts/{theirs.lead.id}/write").status_code == 404
    assert "/write" not in client.get(f"/desk/stories/{theirs.id}").text
