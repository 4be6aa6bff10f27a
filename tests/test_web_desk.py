import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import approved, candidate, ingest, judge, newest, node, picture, story
from campaign.records import Review, Right, Role
from campaign.settings import CampaignSettings
from conftest import HALLAND, NOW
from desk import PASSWORD, Running, fields, running
from storage import schema
from storage.cases import list_cases, open_case
from storage.decisions import Action, decide
from storage.ingest import _ingest
from storage.logins import make_setup_token
from storage.people import list_accounts
from storage.store import Actor, Store, sync_campaigns
from storage.stories import find_story
from storage.trail import trail
from web.auth import ROLES, safe_next
from web.desk.routes import PARTS
from web.desk.visit import DeskRoute

PLACES = {"story_id": "1", "media_id": "1", "case_id": "1", "account_id": "1", "source_id": "x", "secret": "x"}


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def routes() -> list[tuple[str, str]]:
    found = [route for part in PARTS for route in part.router.routes if isinstance(route, DeskRoute)]
    return [(method, route.path) for route in found for method in sorted(route.methods)]


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: PLACES.get(match[1], "1"), path)


def test_every_route_has_its_role_and_every_role_its_route() -> None:
    """The table and the routes are the same: nothing is open by accident, nothing stands there for no reason."""
    assert sorted(routes()) == sorted(ROLES)


def test_a_form_without_its_token_changes_nothing(site: Running) -> None:
    """No token, another login's token, and a page from elsewhere are refused alike."""
    made = story(site.store)
    mine, theirs = site.client(Role.REVIEWER), site.client(Role.REVIEWER)
    page = fields(mine.get("/desk").text, f"/desk/stories/{made.id}/decide")
    other = fields(theirs.get("/desk").text, f"/desk/stories/{made.id}/decide")
    path = f"/desk/stories/{made.id}/decide"
    press = page | {"press": "approve"}
    assert mine.post(path, data=press | {"token": ""}).status_code == 403
    assert mine.post(path, data=press | {"token": other["token"]}).status_code == 403
    assert mine.post(path, data=press, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert newest(site.store)[0].review is Review.NEW
    assert mine.post(path, data=press).status_code == 303
    assert newest(site.store)[0].review is Review.APPROVED


def test_logging_in_leads_where_one_wanted_and_the_cookie_is_guarded(site: Running) -> None:
    """The cookie is out of reach for scripts, goes to the desk alone, and the page asked for comes next."""
    site.person(Role.EDITOR)
    client = site.client(None)
    asked = client.get("/desk/cases?x=1")
    page = client.get(asked.headers["location"])
    form = fields(page.text, "/desk/login") | {"name": "editor", "password": PASSWORD}
    answer = client.post("/desk/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/cases?x=1")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("skord=", "HttpOnly", "Path=/desk", "SameSite=lax"))
    assert client.get("/desk/cases").status_code == 200
    assert client.get("/").status_code == 200
    assert "set-cookie" not in client.get("/").headers


def test_a_wrong_password_keeps_the_name_and_says_what_to_do(site: Running) -> None:
    """The form comes back with the name in it and one sentence that tells nothing about accounts."""
    client = site.client(None)
    form = fields(client.get("/desk/login").text, "/desk/login") | {"name": "editor", "password": "fel"}
    answer = client.post("/desk/login", data=form)
    assert answer.status_code == 422
    assert 'value="editor"' in answer.text
    assert "Det gick inte att logga in." in answer.text
    assert "fel" not in re.findall(r'value="([^"]*)"', answer.text)


def test_login_cannot_be_forged_from_elsewhere(site: Running) -> None:
    """A form that did not come from our own page cannot log anybody in."""
    site.person(Role.EDITOR)
    client = site.client(None)
    assert client.post("/desk/login", data={"name": "editor", "password": PASSWORD}).status_code == 403


def test_logging_out_ends_the_login(site: Running) -> None:
    """The old cookie opens nothing any more, and logging out is no link."""
    client = site.client(Role.READER)
    token = client.cookies["skord"]
    form = fields(client.get("/desk").text, "/desk/logout")
    assert client.get("/desk/logout").status_code in (404, 405)
    assert client.post("/desk/logout", data=form).headers["location"] == "/desk/login"
    client.cookies.set("skord", token, domain="127.0.0.1", path="/desk")
    assert client.get("/desk").status_code == 303


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "/desk//evil.example", "/desk\\@evil.example",
        "/deskx", "/desk/../x", "/desk/\nx", "javascript:alert(1)", "", "/desk@evil.example", "/desk.evil.example",
    ],
)  # fmt: skip
def test_nothing_leads_away_after_login(asked: str) -> None:
    """Addresses of other hosts, and those that browsers read as such, end at the queue."""
    assert safe_next(asked) == "/desk"


@pytest.mark.parametrize("asked", ["/desk", "/desk?pile=later", "/desk/issues/12?x=//y", "/desk/cases"])
def test_pages_of_the_desk_are_followed(asked: str) -> None:
    """What was asked for is where one comes."""
    assert safe_next(asked) == asked


def test_the_first_account_is_made_by_its_address(site: Running) -> None:
    """The one-time address shows a form, keeps what was typed when the password is weak, then lets in once."""
    token = make_setup_token(site.store, now=NOW)
    client = site.client(None)
    path = f"/desk/setup/{token}"
    form = {"token": re.findall(r'name="token" value="([^"]+)"', client.get(path).text)[0], "name": "Anna"}
    weak = client.post(path, data=form | {"password": "kort"})
    assert (weak.status_code, 'value="Anna"' in weak.text) == (422, True)
    assert client.post(path, data=form | {"password": PASSWORD}).headers["location"] == "/desk"
    assert client.get("/desk/accounts").status_code == 200
    assert site.client(None).get(path).status_code == 410


def test_the_queue_escapes_what_strangers_wrote(site: Running) -> None:
    """Markup in any foreign field is shown as text, and a link that could act is none."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>"
    ingest(
        site.store,
        candidate(
            text=evil, title=evil, author_name=evil, author_handle=evil, warning="", tags=(evil,),
            url="javascript:alert(1)", media=(picture(alt=evil, url="javascript:alert(2)"),), language='"><b>',
        ),
    )  # fmt: skip
    client = site.client()
    made = newest(site.store)[0]
    for path in ("/desk", f"/desk/stories/{made.id}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page.lower()


def test_a_press_leads_back_to_the_same_filters_with_what_was_done(site: Running) -> None:
    """Without scripts the filters stay, the notice names the decision, and its undo works."""
    made = story(site.store, text="Cykelväg #hallandväxer")
    client = site.client(Role.REVIEWER)
    page = client.get("/desk?words=cykelväg").text
    answer = client.post(
        f"/desk/stories/{made.id}/decide", data=fields(page, f"/stories/{made.id}/decide") | {"press": "hide:advert"}
    )
    assert answer.headers["location"].startswith("/desk?words=cykelv%C3%A4g&done=")
    after = client.get(answer.headers["location"]).text
    assert "reviewer dolde" in after
    assert trail(site.store, story_id=made.id)[0].reason == "Reklam"
    back = client.post("/desk/undo", data=fields(after, "/desk/undo"))
    assert back.headers["location"] == "/desk?words=cykelv%C3%A4g&said=undone"
    assert newest(site.store)[0].review is Review.NEW


def test_a_stale_card_is_refused_kindly_and_shows_the_new_state(site: Running) -> None:
    """Somebody was faster: nothing is written; a script gets the card as it is, a form a page that says so."""
    made = story(site.store)
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk").text, "/decide") | {"press": "hide"}
    decide(site.store, made.id, Action.APPROVE, by=Actor(kind="person", account_id=site.person().id), now=NOW)
    plain = client.post(f"/desk/stories/{made.id}/decide", data=form)
    assert "problem=story_changed" in plain.headers["location"]
    scripted = client.post(f"/desk/stories/{made.id}/decide", data=form, headers={"HX-Request": "true"})
    assert scripted.status_code == 200
    assert f'id="story-{made.id}"' in scripted.text
    assert 'class="notice warn' in scripted.text
    assert newest(site.store)[0].review is Review.APPROVED


def test_approving_covers_what_the_card_showed(site: Running) -> None:
    """An edit that came while the card was open makes the card stale instead of being approved unseen."""
    first = candidate(text="Det som visades #hallandväxer")
    ingest(site.store, first)
    made = newest(site.store)[0]
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk").text, "/decide") | {"press": "approve"}
    ingest(site.store, candidate(identity=first.identity, text="Det som kom sedan #hallandväxer"))
    assert "problem=" in client.post(f"/desk/stories/{made.id}/decide", data=form).headers["location"]
    assert find_story(site.store, made.id, public=True) is None


def test_an_edit_of_an_approved_story_shows_what_changed(site: Running) -> None:
    """Old and new words stand side by side, and approving takes the new text."""
    first = candidate(text="Tre kilometer asfalt #hallandväxer")
    ingest(site.store, first)
    made = newest(site.store)[0]
    decide(site.store, made.id, Action.APPROVE, by=Actor(kind="person", account_id=site.person().id), now=NOW)
    ingest(site.store, candidate(identity=first.identity, text="Fyra kilometer asfalt #hallandväxer"))
    client = site.client(Role.REVIEWER)
    page = client.get("/desk").text
    assert re.search(r"<del>.*Tre.*</del>", page)
    assert re.search(r"<ins>.*Fyra.*</ins>", page)
    client.post(f"/desk/stories/{made.id}/decide", data=fields(page, "/decide") | {"press": "approve"})
    shown = find_story(site.store, made.id, public=True)
    assert shown is not None
    assert shown.lead.text == "Fyra kilometer asfalt #hallandväxer"


def test_a_story_is_put_off_to_a_day_or_the_day_is_asked_again(site: Running) -> None:
    """A week, a chosen day; a day that has passed is told beside its field."""
    made = story(site.store)
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk").text, "/decide")
    wrong = client.post(f"/desk/stories/{made.id}/decide", data=form | {"press": "later:day", "until": "2020-01-01"})
    assert (wrong.status_code, "Dagen ska vara senare än i dag." in wrong.text) == (422, True)
    client.post(f"/desk/stories/{made.id}/decide", data=form | {"press": "later:day", "until": "2026-12-24"})
    until = newest(site.store)[0].later_until
    assert until is not None
    assert until.isoformat() == "2026-12-24T05:00:00+00:00"
    site.now = until + timedelta(minutes=1)
    assert f'id="story-{made.id}"' in site.client(Role.REVIEWER).get("/desk").text


def test_right_and_words_of_a_picture(site: Running) -> None:
    """A permission without a giver is asked for beside its field; then both are kept and can be seen."""
    made = story(site.store, media=(picture(alt="Författarens ord."),))
    media = made.lead.media[0]
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk").text, f"/desk/media/{media.id}") | {
        "right": "permission",
        "alt": "Våra ord.",
        "use_web": "yes",
    }
    wrong = client.post(f"/desk/media/{media.id}", data=form)
    assert wrong.status_code == 422
    assert f'id="from-{media.id}-error"' in wrong.text
    client.post(f"/desk/media/{media.id}", data=form | {"right_from": "Anna på föreningen", "proof": "Mejl 3/11"})
    kept = newest(site.store)[0].lead.media[0]
    assert (kept.right, kept.right_from, kept.alt, kept.right_proof) == (
        Right.PERMISSION, "Anna på föreningen", "Våra ord.", "Mejl 3/11",
    )  # fmt: skip


def test_the_desk_shows_our_own_copy_alone(site: Running) -> None:
    """A picture is served from our folder to those who are logged in; nothing is loaded from elsewhere."""
    made = story(site.store, media=(picture(),))
    media = made.lead.media[0]
    name = "ab" * 32
    folder = site.store.media / name[:2]
    folder.mkdir(parents=True)
    (folder / f"{name}-480.jpg").write_bytes(b"\xff\xd8 small")
    (folder / f"{name}-1280.jpg").write_bytes(b"\xff\xd8 large")
    client = site.client(Role.READER)
    assert client.get(f"/desk/media/{media.id}").status_code == 404
    with site.store.write() as connection:
        connection.execute(schema.media.update().values(file=name))
    assert client.get(f"/desk/media/{media.id}").content == b"\xff\xd8 small"
    assert client.get(f"/desk/media/{media.id}?size=large").content == b"\xff\xd8 large"
    assert site.client(None).get(f"/desk/media/{media.id}").status_code == 303
    assert media.url not in re.findall(r'src="([^"]+)"', client.get("/desk").text)


def test_a_request_is_hidden_in_one_press_and_answered(site: Running) -> None:
    """Hide now takes the story from the public at once; closing needs an answer."""
    made = approved(site.store)
    case = open_case(site.store, "hallandvaxer", story_id=made.id, message="Ta bort", now=NOW)
    client = site.client()
    form = fields(client.get("/desk/cases").text, f"/desk/cases/{case.id}")
    assert client.post(f"/desk/cases/{case.id}", data=form | {"press": "hide"}).status_code == 303
    assert find_story(site.store, made.id, public=True) is None
    assert case.receipt in trail(site.store, story_id=made.id)[0].reason
    assert client.post(f"/desk/cases/{case.id}", data=form | {"press": "done"}).status_code == 422
    client.post(f"/desk/cases/{case.id}", data=form | {"press": "done", "answer": "Borttaget."})
    assert list_cases(site.store, "hallandvaxer", is_open=True) == []


def test_a_new_password_of_ones_own_asks_for_the_old_one(site: Running) -> None:
    """The wrong old password is told at its field; the right one keeps this browser and ends the others."""
    here, there = site.client(), site.client()
    form = fields(here.get("/desk/account").text, "/desk/account/password")
    wrong = here.post("/desk/account/password", data=form | {"old_password": "fel", "password": "en ny lång fras"})
    assert (wrong.status_code, 'id="f-old_password-error"' in wrong.text) == (422, True)
    form = form | {"old_password": PASSWORD, "password": "en ny lång fras"}
    assert here.post("/desk/account/password", data=form).status_code == 303
    assert here.get("/desk").status_code == 200
    assert there.get("/desk").status_code == 303


def test_an_administrator_adds_and_closes_accounts(site: Running) -> None:
    """A weak password and a taken name are told, and the last administrator stays."""
    client = site.client(Role.ADMINISTRATOR)
    form = fields(client.get("/desk/accounts").text, "/desk/accounts")
    assert client.post("/desk/accounts", data=form | {"name": "bo", "password": "kort"}).status_code == 422
    new = form | {"name": "bo", "role": "reviewer", "password": PASSWORD, "display_name": "Bo Lind"}
    assert client.post("/desk/accounts", data=new).status_code == 303
    assert client.post("/desk/accounts", data=new).status_code == 422
    boss = site.person(Role.ADMINISTRATOR)
    assert client.post(f"/desk/accounts/{boss.id}", data=form | {"press": "disable"}).status_code == 409
    bo = next(account for account in list_accounts(site.store) if account.name == "bo")
    assert client.post(f"/desk/accounts/{bo.id}", data=form | {"press": "disable"}).status_code == 303
    assert [account.active for account in list_accounts(site.store)] == [True, False]


def test_a_person_reads_the_desk_in_their_own_language(site: Running) -> None:
    """The account's language wins over the site's, on every page and in every answer."""
    client = site.client()
    form = fields(client.get("/desk/account").text, "/desk/account")
    client.post("/desk/account", data=form | {"language": "en", "shortcuts": "yes"})
    page = client.get("/desk").text
    assert '<html lang="en">' in page
    assert "To review" in page


def test_ids_that_cannot_be_are_not_found(site: Running) -> None:
    """Numbers beyond the database's, words and negatives end in a page, not in an error."""
    client = site.client()
    for wanted in ("0", "-1", "99999999999999999999", "x", "4711"):
        assert client.get(f"/desk/stories/{wanted}").status_code == 404
    for query in ("before=x", "before=99999999999999999999999", "pile=x", "area=nix", "first=x&last=9999-99-99"):
        assert client.get(f"/desk?{query}").status_code == 200


def test_nothing_of_the_desk_is_kept_by_browsers(site: Running) -> None:
    """Pages, parts and refusals alike say no-store, and carry the strict headers."""
    node(site.store)
    story(site.store)
    client = site.client(Role.READER)
    for path in ("/desk", "/desk/sources", "/desk/accounts", "/desk/stories/999"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_each_campaign_has_its_own_queue_and_one_stays_in_it(sqlite_store: Store) -> None:
    """With two campaigns the second one's address, forms and answers stay with the second."""
    second = CampaignSettings(id="annan", name="Den andra", hashtags=("#annan",))
    sync_campaigns(sqlite_store, [second], NOW)
    first_story = story(sqlite_store, text="Den förstas #hallandväxer")
    with sqlite_store.write() as connection:
        made = candidate(text="Den andras #annan", tags=("annan",))
        _ingest(connection, campaign="annan", source_id=None, candidates=[made], judge=judge, now=NOW)
    own = next(found for found in newest(sqlite_store) if found.campaign == "annan")
    with running(sqlite_store, campaigns={"hallandvaxer": HALLAND, "annan": second}) as site:
        client = site.client(Role.REVIEWER)
        page = client.get("/desk?campaign=annan").text
        assert f'id="story-{own.id}"' in page
        assert f'id="story-{first_story.id}"' not in page
        form = fields(page, f"/desk/stories/{own.id}/decide?campaign=annan")
        path = f"/desk/stories/{own.id}/decide?campaign=annan"
        answer = client.post(path, data=form | {"press": "approve"}, headers={"HX-Request": "true"})
        assert "Allt är granskat." in answer.text
        assert "/desk/sources?campaign=annan" in client.get(f"/desk/stories/{own.id}").text
