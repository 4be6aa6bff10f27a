import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import JSON, Boolean, Integer, Table, func, insert, select

from builders import candidate, judge, newest, picture
from campaign.records import Role
from campaign.settings import CampaignSettings, NewsletterSettings, Site, WeekTime
from campaign.snapshots import Content, Head, SnapshotKind, cut
from conftest import HALLAND, NOW
from desk import Running, fields, running
from storage import schema
from storage.belonging import TABLES
from storage.columns import Moment
from storage.ingest import _ingest
from storage.logins import begin_login, find_login
from storage.memberships import set_membership
from storage.people import Account, add_account, find_account, set_role
from storage.store import Store, sync_campaigns
from web.auth import EVERYWHERE, ROLES
from web.desk.reach import UNPLACED
from web.desk.visit import DeskRoute

OTHER = CampaignSettings(id="annan", name="Den andra", hashtags=("#annan",))
HERE, THERE = HALLAND.id, OTHER.id

#: What readers saw of a story, as a correction keeps it.
SHOWN = {"shown": True, "version": 1, "picture": False}

#: These end the login that they are sent with; they have tests of their own.
ENDING = ("/desk/logout", "/desk/account/logout")


@dataclass(frozen=True, kw_only=True)
class Things:
    """One of everything that an address of the desk can name, in one campaign."""

    ids: dict[str, str]


def letter(campaign: str) -> NewsletterSettings:
    """A newsletter of a campaign."""
    at = WeekTime(weekday=4, hour=8, minute=0)
    return NewsletterSettings(
        id=f"brev-{campaign}", campaign=campaign, name="Brevet", draft=at, send=at, sender_name="B",
        sender_address="b@exempel.se",
    )  # fmt: skip


def row(store: Store, table: Table, **given: Any) -> int:
    """Insert a row with something in every column that must have a value, and return its number."""
    values = dict(given)
    for column in table.c:
        needs = not column.nullable and column.server_default is None and column.name not in values
        if needs and not (column.primary_key and isinstance(column.type, Integer)):
            values[column.name] = _something(column.type)
    with store.write() as connection:
        done = connection.execute(insert(table).values(values))
    return int(done.inserted_primary_key[0]) if isinstance(done.inserted_primary_key[0], int) else 0


def _something(kind: Any) -> Any:
    for known, value in ((Moment, NOW), (JSON, {}), (Boolean, False), (Integer, 1)):
        if isinstance(kind, known):
            return value
    return f"x{next(_numbers)}"


_numbers = iter(range(1, 10_000))


def things(store: Store, campaign: str) -> Things:
    """Make one of everything in a campaign."""
    with store.write() as connection:
        made = candidate(text="Nytt bad i Laholm", tags=("x",), media=(picture(),))
        _ingest(connection, campaign=campaign, source_id=None, candidates=[made], judge=judge, now=NOW)
    story = next(each for each in newest(store) if each.campaign == campaign)
    by = {"campaign": campaign, "story_id": story.id}
    who = find_account(store, "chef")
    assert who is not None
    span = {"period_from": "2014-01-01", "period_to": "2030-12-31"}
    row(store, schema.strategy, id=f"s-{campaign}", campaign=campaign, **span)
    row(store, schema.source, id=f"kalla-{campaign}", campaigns=[campaign])
    ids = {
        "story": story.id,
        "post": story.posts[0].id,
        "media": story.posts[0].media[0].id,
        "node": row(store, schema.node, campaign=campaign, strategy_id=f"s-{campaign}", kind="area", words=[]),
        "note": row(store, schema.note, account_id=who.id, **by),
        "rule": row(store, schema.rule, campaign=campaign, effect="hide"),
        "view": row(store, schema.saved_view, campaign=campaign, account_id=who.id),
        "case": row(store, schema.person_case, state="open", **by),
        "task": row(store, schema.task, campaign=campaign, kind="link", payload={"url": "https://exempel.se/a"}),
        "issue": row(store, schema.issue, campaign=campaign, newsletter=f"brev-{campaign}", state="draft"),
        "correction": row(store, schema.correction, campaign=campaign, story_id=story.id, kind="words", standing=SHOWN),
        "export": row(store, schema.export, campaign=campaign, format="csv"),
        "subscriber": row(store, schema.subscriber, campaign=campaign, state="active"),
    }
    about = {"campaign": campaign, "strategy_id": f"s-{campaign}"}
    ids |= {
        "indicator": row(store, schema.indicator, wording={"code": "x", "title": "X"}, **about),
        "snapshot": _point(store, about),
    }
    named = {f"{kind}_id": str(number) for kind, number in ids.items()}
    apart = {
        "source_id": f"kalla-{campaign}",
        "account_id": str(who.id),
        "token_id": "1",
        "secret": "x",
        "bulk": "0" * 32,
    }
    return Things(ids=named | apart | {"strategy": f"s-{campaign}", "number": "1"})


def _point(store: Store, about: dict[str, str]) -> int:
    """A measuring point that tells of nothing but its strategy."""
    day = NOW.date()
    head = Head(
        kind=SnapshotKind.BASELINE, title="x", as_of=day, strategy=about["strategy_id"], strategy_title="x",
        period_from=day, period_to=day,
    )  # fmt: skip
    made = row(store, schema.snapshot, kind="baseline", as_of=day.isoformat(), **about)
    (part,) = cut(Content(head=head))
    whole = {"campaign": about["campaign"], "snapshot_id": made, "position": 0, "kind": str(part.kind)}
    row(store, schema.snapshot_part, body=part.body, sha256=part.sha256, **whole)
    return made


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site with two campaigns and an administrator."""
    sync_campaigns(sqlite_store, [OTHER], NOW)
    add_account(sqlite_store, "chef", role=Role.ADMINISTRATOR, password=None, now=NOW)
    letters = {f"brev-{each}": letter(each) for each in (HERE, THERE)}
    own = Site(name="Skörd", owner="Skörd", base_url="http://127.0.0.1", contact="a@exempel.se")
    with running(sqlite_store, campaigns={HERE: HALLAND, THERE: OTHER}, newsletters=letters, site=own) as found:
        yield found


def person(store: Store, everywhere: Role, **memberships: Role) -> Account:
    """Somebody with a role everywhere, and other ones in single campaigns."""
    name = "-".join((everywhere, *memberships, *memberships.values()))
    account = add_account(store, name, role=everywhere, password=None, now=NOW)
    for campaign, role in memberships.items():
        account = set_membership(store, account.id, campaign, role, now=NOW)
    return account


def browser(site: Running, account: Account | None) -> httpx.Client:
    """A browser in which somebody has logged in."""
    client = site.client(None)
    if account is not None:
        token = begin_login(site.store, account.id, now=site.now)
        client.cookies.set("skord", token, domain="127.0.0.1", path="/desk")
    return client


def every(found: Iterable[Any]) -> Iterator[Any]:
    """Every route, those of included routers too."""
    for route in found:
        inside = getattr(route, "original_router", None)
        yield from every(inside.routes) if inside is not None else (route,)


def routes(site: Running) -> list[tuple[str, str]]:
    """Every route below /desk that the application answers, as method and path."""
    found = [route for route in every(site.app.routes) if getattr(route, "path", "").startswith("/desk")]
    assert all(isinstance(route, DeskRoute) for route in found), "a page of the desk without the door in front"
    return [(method, route.path) for route in found for method in sorted(route.methods)]


def filled(path: str, given: Things) -> str:
    """The address of a route, with an id for each place."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: given.ids[place[1]], path)


def decided(store: Store) -> int:
    """How many decisions are recorded."""
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(schema.decision)).scalar_one())


def ask(client: httpx.Client, method: str, address: str, token: str) -> httpx.Response:
    """Open a page or send its form with the login's own token."""
    return client.request(method, address, data={"token": token} if method == "POST" else None)


def token_of(client: httpx.Client) -> str:
    """What every form of this login carries."""
    found = re.search(r'name="token" value="([0-9a-f]+)"', client.get("/desk/account").text)
    assert found is not None
    return found[1]


def test_every_route_of_the_application_has_its_role(site: Running) -> None:
    """What the application answers below /desk and what the table of roles names is the same."""
    assert sorted(set(routes(site))) == sorted(ROLES)
    assert {path for _, path in ROLES} >= EVERYWHERE


def test_every_id_in_an_address_says_to_which_campaign_it_belongs() -> None:
    """The door can look up each kind of id that an address names, or the id is listed as one of no campaign."""
    named = {name for _, path in ROLES for name in re.findall(r"\{(\w+)", path)}
    known = {f"{kind}_id" for kind in TABLES} | {"source_id", "strategy"} | UNPLACED
    assert named <= known


def people(store: Store) -> list[Account | None]:
    """Nobody, everybody by role, and everybody whose only role is in one of the two campaigns."""
    roles = list(Role)[1:]
    everywhere = [person(store, role) for role in Role]
    return [None, *everywhere, *(person(store, Role.NONE, **{at: role}) for at in (HERE, THERE) for role in roles)]


@pytest.mark.timeout(400)
def test_each_route_lets_in_whom_it_should_and_nobody_else(site: Running) -> None:
    """Every route, as nobody, as every role, as every role in this campaign alone and in the other alone."""
    given = things(site.store, HERE)
    crowd = people(site.store)
    for account in crowd:
        client = browser(site, account)
        token = token_of(client) if account else ""
        for method, path in routes(site):
            least = ROLES[method, path]
            if path in ENDING:
                continue
            before = decided(site.store)
            answer = ask(client, method, f"{filled(path, given)}?campaign={HERE}", token)
            what = (method, path, account and (account.role, account.memberships), answer.status_code)
            if least is None:
                assert answer.status_code != 403 or account is None, what
            elif account is None:
                assert answer.status_code == 303, what
                assert answer.headers["location"].partition("?")[0] == "/desk/login", what
            elif account.may(least, "" if path in EVERYWHERE else HERE):
                assert answer.status_code != 403, what
                assert not answer.headers.get("location", "").startswith("/desk/login"), what
            else:
                names_something = bool(set(re.findall(r"\{(\w+)", path)) - UNPLACED)
                is_strange = names_something and account.role_in(HERE) is Role.NONE
                assert answer.status_code == (404 if is_strange else 403), what
                assert decided(site.store) == before, what


def test_a_form_cannot_reach_into_another_campaign(site: Running) -> None:
    """A field that names a story of another campaign is refused like an address that does, whatever page sends it."""
    mine, theirs = things(site.store, THERE), things(site.store, HERE)
    partner = person(site.store, Role.NONE, annan=Role.EDITOR)
    client = browser(site, partner)
    token = token_of(client)
    strange = theirs.ids["story_id"]
    for path, data in (
        (f"/desk/media/{mine.ids['media_id']}", {"story": strange, "right": "own"}),
        (f"/desk/stories/{mine.ids['story_id']}/join", {"other": strange, "press": "join"}),
        (f"/desk/stories/{mine.ids['story_id']}/nodes", {"node": theirs.ids["node_id"], "press": "attach"}),
        ("/desk/bulk", {"press": "hide", f"story-{strange}": "1"}),
        (f"/desk/bulk/{'1' * 32}", {"press": "hide", "marks": f"{mine.ids['story_id']}:a~{strange}:b"}),
        ("/desk/pulse", {"shown": f"{mine.ids['story_id']}:1,{strange}:1"}),
    ):
        assert client.post(path, data=data | {"token": token}).status_code == 404, path
    assert client.get(f"/desk/stories/{mine.ids['story_id']}").status_code == 200


def test_somebody_of_one_campaign_is_told_of_no_other(site: Running) -> None:
    """The partner's desk opens at their own campaign, and names the other nowhere: no chooser, no source, no count."""
    things(site.store, HERE)
    mine = things(site.store, THERE)
    client = browser(site, person(site.store, Role.NONE, annan=Role.EDITOR))
    for path in ("/desk", "/desk/sources", "/desk/channels", "/desk/account", f"/desk/stories/{mine.ids['story_id']}"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert HALLAND.name not in page.text, path
        assert "kalla-hallandvaxer" not in page.text, path
    assert client.get(f"/desk?campaign={HERE}").status_code == 403


def test_a_campaign_can_be_shut_for_an_administrator_of_the_rest(site: Running) -> None:
    """A membership of "none" takes a campaign away from somebody with a role everywhere; the rest stays."""
    given = things(site.store, HERE)
    client = browser(site, person(site.store, Role.ADMINISTRATOR, hallandvaxer=Role.NONE))
    assert client.get(f"/desk/stories/{given.ids['story_id']}").status_code == 404
    assert client.get("/desk/accounts").status_code == 200
    assert OTHER.name in client.get("/desk").text


def test_a_route_that_the_table_does_not_name_is_refused(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting a page in the table shuts it, for administrators too."""
    monkeypatch.delitem(ROLES, ("GET", "/desk/sources"))
    assert browser(site, find_account(site.store, "chef")).get("/desk/sources").status_code == 403


def test_somebody_without_any_role_is_told_whom_to_ask(site: Running) -> None:
    """A new account without roles logs in, reads whom to write to, and can reach its own page only."""
    client = browser(site, person(site.store, Role.NONE))
    page = client.get("/desk")
    assert page.status_code == 403
    assert site.settings.site.contact in page.text
    assert client.get("/desk/account").status_code == 200


@pytest.mark.parametrize("change", ["role", "membership"])
def test_a_change_of_rights_ends_the_login_in_the_other_browser(site: Running, change: str) -> None:
    """An administrator changes what somebody may; that person's open browser is asked to log in at its next press."""
    account = person(site.store, Role.EDITOR)
    client = browser(site, account)
    assert client.get("/desk").status_code == 200
    if change == "role":
        set_role(site.store, account.id, Role.READER, now=NOW)
    else:
        set_membership(site.store, account.id, HERE, Role.READER, now=NOW)
    assert client.get("/desk").headers["location"].startswith("/desk/login")


def test_one_can_log_out_everywhere(site: Running) -> None:
    """One's own page lists the browsers that are logged in, and ends them all at one press."""
    account = person(site.store, Role.READER)
    here, there = browser(site, account), browser(site, account)
    page = here.get("/desk/account").text
    assert page.count('class="login"') == 2
    answer = here.post("/desk/account/logout", data=fields(page, "/desk/account/logout"))
    assert answer.headers["location"].startswith("/desk/login")
    assert there.get("/desk").headers["location"].startswith("/desk/login")
    assert find_login(site.store, there.cookies["skord"], now=NOW) is None
