import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from campaign.errors import LoginError
from campaign.oidc import Grant, granted
from campaign.records import Role
from campaign.settings import CampaignSettings, FetchSettings, LoginSettings, OidcSettings
from conftest import HALLAND, NOW
from desk import PASSWORD, Running, fields, running
from net.http import Fetcher
from net.oidc import OidcProvider
from oidc_server import CLIENT, SECRET, Provider, independent
from servers import Reply
from storage.people import Account, add_account, find_account, list_accounts
from storage.store import Store, sync_campaigns
from storage.trail import trail

OTHER = CampaignSettings(id="annan", name="Den andra", hashtags=("#annan",))
ANNA: dict[str, Any] = {
    "name": "Anna Ek",
    "preferred_username": "anna.ek@exempel.se",
    "email": "anna.ek@exempel.se",
    "roles": ["editor"],
}


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The moment that the test has set."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The provider's clock and the site's."""
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    """An organisation where Anna Ek is an editor."""
    made = Provider(clock=clock, people={"sub-anna": dict(ANNA)}, here="sub-anna")
    with made.server:
        yield made


def settings_of(issuer: str, **changes: Any) -> OidcSettings:
    """What the configuration says of a provider."""
    made = OidcSettings(issuer=issuer, client_id=CLIENT, client_secret=SECRET, name="Region Hallands konto")
    return replace(made, **changes)


Ways = Callable[[OidcSettings, Callable[[], datetime]], OidcProvider]


@pytest.fixture
def way_to() -> Iterator[Ways]:
    """Real clients of providers, through the real way out."""
    made: list[OidcProvider] = []

    def way(settings: OidcSettings, clock: Callable[[], datetime]) -> OidcProvider:
        allow = (urlsplit(settings.issuer).netloc,)
        quick = FetchSettings(allow=allow, per_host=timedelta(0), total=timedelta(seconds=5))
        made.append(OidcProvider(settings, Fetcher(quick, version="0", clock=clock), clock=clock))
        return made[-1]

    yield way
    for each in made:
        each.close()


@pytest.fixture
def site(sqlite_store: Store, provider: Provider, clock: Clock, way_to: Ways) -> Iterator[Running]:
    """A site with two campaigns whose people come from the organisation, or with a password."""
    sync_campaigns(sqlite_store, [OTHER], NOW)
    settings = settings_of(provider.issuer)
    campaigns = {HALLAND.id: HALLAND, OTHER.id: OTHER}
    with running(sqlite_store, provider=way_to(settings, clock), oidc=settings, campaigns=campaigns) as found:
        yield found


def set_out(client: httpx.Client, query: str = "") -> str:
    """Press the button, and return where the browser is sent."""
    answer = client.get(f"/desk/login/oidc{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def log_in(client: httpx.Client, query: str = "") -> httpx.Response:
    """Go the whole way as a browser does, and return what the site answers at the end of it."""
    there = httpx.get(set_out(client, query))
    return client.get(there.headers["location"])


def accounts(site: Running) -> dict[str, Account]:
    """Every account by its name."""
    return {account.name: account for account in list_accounts(site.store)}


def test_somebody_with_a_role_comes_in_and_the_account_is_theirs(site: Running) -> None:
    """The first login makes an account named as at the organisation, with the role it gives; the second finds it."""
    client = site.client(None)
    answer = log_in(client, "?next=/desk/sources")
    assert answer.headers["location"] == "/desk/sources"
    assert "Anna Ek" in client.get("/desk").text
    assert log_in(site.client(None)).status_code == 303
    (account,) = list_accounts(site.store)
    assert (account.name, account.called, account.role) == ("anna.ek@exempel.se", "Anna Ek", Role.EDITOR)
    assert account.subject == "sub-anna"
    assert not account.has_password


def test_the_question_carries_what_ties_the_answer_to_it(site: Running, provider: Provider) -> None:
    """Code flow, PKCE by S256, and a state and nonce that are new each time."""
    first, second = (parse_qs(urlsplit(set_out(site.client(None))).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{site.address}/desk/login/oidc/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43, name
        assert first[name] != second[name], name


def test_no_cookie_before_the_press_and_none_of_the_way_after_it(site: Running, provider: Provider) -> None:
    """The cookie of the way is sealed, for two addresses, not for scripts, ten minutes long, and gone on the return."""
    client = site.client(None)
    assert "skord_oidc" not in client.get("/desk/login").headers.get("set-cookie", "")
    given = client.get("/desk/login/oidc").headers["set-cookie"]
    assert re.search(r"skord_oidc=[\w=-]+; HttpOnly; Max-Age=600; Path=/desk/login/oidc; SameSite=lax", given)
    log_in(client)
    assert "skord_oidc" not in client.cookies


def test_an_address_is_no_identity(site: Running, provider: Provider) -> None:
    """Somebody else with the same name and address gets an account of their own, never the first one's."""
    add_account(site.store, "anna.ek@exempel.se", role=Role.ADMINISTRATOR, password=PASSWORD, now=NOW)
    log_in(site.client(None))
    provider.here, provider.people["sub-ny"] = "sub-ny", dict(ANNA)
    log_in(site.client(None))
    found = {(account.name, account.subject, account.role) for account in list_accounts(site.store)}
    assert found == {
        ("anna.ek@exempel.se", "", Role.ADMINISTRATOR),
        ("anna.ek@exempel.se 2", "sub-anna", Role.EDITOR),
        ("anna.ek@exempel.se 3", "sub-ny", Role.EDITOR),
    }


def test_the_role_follows_the_organisation_and_ends_older_logins(site: Running, provider: Provider) -> None:
    """Another role at the next login ends the other browser's login; no role ends every login and says whom to ask."""
    first = site.client(None)
    log_in(first)
    provider.people["sub-anna"]["roles"] = ["reader", "editor:annan", "reviewer:finnsinte", "kock"]
    second = site.client(None)
    log_in(second)
    assert first.get("/desk").headers["location"].startswith("/desk/login")
    (account,) = list_accounts(site.store)
    assert (account.role, dict(account.memberships)) == (Role.READER, {"annan": Role.EDITOR})
    provider.people["sub-anna"]["roles"] = []
    refused = log_in(site.client(None))
    assert refused.status_code == 403
    assert "har ingen roll här ännu" in refused.text
    assert second.get("/desk").headers["location"].startswith("/desk/login")
    assert trail(site.store)[0].action == "account_role"


def test_somebody_without_a_role_gets_no_account(site: Running, provider: Provider) -> None:
    """Nothing is stored about people whom the organisation has given nothing here."""
    provider.people["sub-anna"]["roles"] = ["Något.Annat"]
    assert log_in(site.client(None)).status_code == 403
    assert list_accounts(site.store) == []


def test_a_closed_account_stays_closed(site: Running, provider: Provider) -> None:
    """What an administrator closed here the organisation's role does not open."""
    from storage.people import disable

    log_in(site.client(None))
    disable(site.store, accounts(site)["anna.ek@exempel.se"].id, now=NOW)
    refused = log_in(site.client(None))
    assert "Ditt konto här är stängt" in refused.text


@pytest.mark.parametrize(
    ("values", "everywhere", "single"),
    [
        (["Red"], Role.EDITOR, {}),
        (["Red", "Granskare"], Role.EDITOR, {}),
        (["Partner"], Role.NONE, {"annan": Role.EDITOR}),
        (["Granskare", "Partner"], Role.REVIEWER, {"annan": Role.EDITOR}),
        (["Red", "Partner"], Role.EDITOR, {}),
        (["administrator"], Role.NONE, {}),
        ([], Role.NONE, {}),
    ],
)
def test_the_highest_of_several_values_counts(values: list[str], everywhere: Role, single: dict[str, Role]) -> None:
    """Values give roles everywhere or in one campaign; with a table in the configuration only what it names counts."""
    grants = (
        Grant(value="Red", role=Role.EDITOR),
        Grant(value="Granskare", role=Role.REVIEWER),
        Grant(value="Partner", role=Role.EDITOR, campaign="annan"),
    )
    found = granted(values, grants, [HALLAND.id, "annan"])
    assert (found.everywhere, dict(found.campaigns)) == (everywhere, single)


def _foreign(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elaka.exempel.se"},
        {"iss": None},
        {"aud": "nagon-annan"},
        {"aud": [CLIENT, "nagon-annan"]},
        {"aud": [CLIENT, "nagon-annan"], "azp": "nagon-annan"},
        {"azp": "nagon-annan"},
        {"nonce": "en nonce fran i gar"},
        {"nonce": None},
        {"exp": int((NOW - timedelta(minutes=3)).timestamp())},
        {"exp": None},
        {"exp": "snart"},
        {"iat": int((NOW + timedelta(hours=1)).timestamp())},
        {"iat": int((NOW - timedelta(hours=1)).timestamp())},
        {"iat": None},
        {"nbf": int((NOW + timedelta(hours=1)).timestamp())},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_is_wrong_in_one_claim_lets_nobody_in(
    site: Running, provider: Provider, changes: dict[str, Any]
) -> None:
    """Issuer, audience, azp, nonce, times, subject and at_hash: each alone is enough to be refused, in clear words."""
    provider.changes = changes
    client = site.client(None)
    answer = log_in(client)
    assert answer.status_code == 403
    assert "ingen släpptes in" in answer.text
    assert "skord" not in client.cookies
    assert list_accounts(site.store) == []


@pytest.mark.parametrize("how", ["none", "foreign", "symmetric", "garbage", "swapped"])
def test_a_token_that_the_organisation_did_not_sign_lets_nobody_in(site: Running, provider: Provider, how: str) -> None:
    """No signature, a stranger's, one made with our secret or with the public key as one, and no token at all."""

    def symmetric(claims: dict[str, Any]) -> str:
        key = SECRET if how == "symmetric" else provider.key.as_pem(private=False)
        raw = key.encode() if isinstance(key, str) else key
        body = f"{_part({'alg': 'HS256', 'kid': provider.key.kid})}.{_part(claims)}"
        import hashlib
        import hmac

        mark = base64.urlsafe_b64encode(hmac.new(raw, body.encode(), hashlib.sha256).digest()).rstrip(b"=")
        return f"{body}.{mark.decode()}"

    signs = {
        "none": _unsigned,
        "foreign": _foreign,
        "symmetric": symmetric,
        "swapped": symmetric,
        "garbage": lambda _: "a.b.c",
    }
    provider.sign = signs[how]
    answer = log_in(site.client(None))
    assert answer.status_code == 403
    assert list_accounts(site.store) == []


def test_keys_are_fetched_again_when_they_change_and_not_for_every_stranger(
    site: Running, provider: Provider, clock: Clock
) -> None:
    """A login after a rotation works at once; tokens with invented key names make it ask once a minute at most."""

    def fetched() -> int:
        return sum(request.path == "/keys" for request in provider.server.requests)

    log_in(site.client(None))
    clock.now += timedelta(minutes=2)
    provider.new_key()
    assert log_in(site.client(None)).status_code == 303
    assert fetched() == 2
    provider.sign = lambda claims: provider.signed(claims, kid="pahittad")
    for _ in range(4):
        assert log_in(site.client(None)).status_code == 403
    assert fetched() == 2


def test_elliptic_keys_do_as_well(sqlite_store: Store, clock: Clock, way_to: Ways) -> None:
    """A provider that signs with ES256 is believed like one with RS256."""
    made = Provider(clock=clock, people={"s": dict(ANNA)}, here="s", kind="EC")
    with made.server:
        settings = settings_of(made.issuer)
        with running(sqlite_store, provider=way_to(settings, clock), oidc=settings) as site:
            assert log_in(site.client(None)).status_code == 303


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(site: Running, provider: Provider) -> None:
    """Somebody else's answer, a used one, one with another state, and one that comes too late let nobody in."""
    mine, theirs = site.client(None), site.client(None)
    answer = httpx.get(set_out(mine)).headers["location"]
    assert theirs.get(answer).status_code == 403
    set_out(theirs)
    assert theirs.get(answer).status_code == 403
    assert mine.get(answer).status_code == 303
    assert site.client(None).get(answer).status_code == 403
    late = site.client(None)
    answer = httpx.get(set_out(late)).headers["location"]
    site.now += timedelta(minutes=11)
    assert "tog för lång tid" in late.get(answer).text


def test_the_answer_of_another_issuer_is_refused(site: Running, provider: Provider) -> None:
    """An ``iss`` beside the code that is not ours means that two providers were mixed up."""
    client = site.client(None)
    answer = httpx.get(set_out(client)).headers["location"]
    assert client.get(f"{answer}&iss=https%3A%2F%2Fannan.exempel.se").status_code == 403


@pytest.mark.parametrize("word", ["access_denied", "<script>alert(1)</script>", "server_error"])
def test_a_no_from_the_organisation_is_told_and_nothing_foreign_stands_in_the_page(site: Running, word: str) -> None:
    """A cancelled login leads back to the ways in, with words of our own."""
    client = site.client(None)
    state = parse_qs(urlsplit(set_out(client)).query)["state"][0]
    page = client.get("/desk/login/oidc/back", params={"state": state, "error": word, "error_description": "<b>x"})
    assert page.status_code == 403
    assert "<script>alert" not in page.text
    assert "<b>x" not in page.text
    assert 'action="/desk/login"' in page.text


@pytest.mark.parametrize(
    "wanted", ["https://elaka.exempel.se", "//elaka.exempel.se", "/desk/../..//x", "/desk\\@x", "javascript:alert(1)"]
)
def test_the_way_back_leads_nowhere_else(site: Running, wanted: str) -> None:
    """What is asked for after the login is a page of the desk or its first page."""
    client = site.client(None)
    there = httpx.get(client.get("/desk/login/oidc", params={"next": wanted}).headers["location"])
    assert client.get(there.headers["location"]).headers["location"] == "/desk"


@pytest.mark.parametrize("trouble", ["gone", "huge", "html", "error", "issuer", "tenants", "plain"])
def test_when_the_organisation_cannot_be_used_passwords_still_work(
    site: Running, provider: Provider, trouble: str
) -> None:
    """A dead, huge, broken, foreign or unsafe answer is told in words, beside the form for a password."""
    add_account(site.store, "bo", role=Role.EDITOR, password=PASSWORD, now=NOW)
    answers: dict[str, Any] = {
        "huge": Reply(body=b"{" + b" " * 3_000_000, headers={"Content-Type": "application/json"}),
        "html": "<html>",
        "error": Reply(status=503),
        "gone": Reply(status=404),
        "issuer": provider.discovery() | {"issuer": "https://elaka.exempel.se"},
        "tenants": provider.discovery() | {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"},
        "plain": provider.discovery() | {"token_endpoint": "http://exempel.se/token"},
    }
    provider.server.routes["/.well-known/openid-configuration"] = answers[trouble]
    client = site.client(None)
    page = client.get("/desk/login/oidc")
    assert page.status_code == 403
    form = fields(page.text, "/desk/login") | {"name": "bo", "password": PASSWORD}
    assert client.post("/desk/login", data=form).status_code == 303


def test_a_dead_server_is_told_in_words(sqlite_store: Store, clock: Clock, way_to: Ways) -> None:
    """Nobody listens there: the page says that the organisation's login does not answer."""
    made = Provider(clock=clock)
    with made.server:
        settings = settings_of(made.issuer)
    with running(sqlite_store, provider=way_to(settings, clock), oidc=settings) as site:
        assert "Din organisations inloggning svarar inte" in site.client(None).get("/desk/login/oidc").text


def test_a_wrong_secret_is_told_with_the_word_that_the_organisation_uses(
    sqlite_store: Store, provider: Provider, clock: Clock, way_to: Ways
) -> None:
    """Whoever sets it up reads what the token endpoint said."""
    settings = settings_of(provider.issuer, client_secret="fel")
    with running(sqlite_store, provider=way_to(settings, clock), oidc=settings) as site:
        assert "invalid_grant" in log_in(site.client(None)).text


def test_passwords_can_be_shut_once_an_administrator_comes_in_another_way(
    sqlite_store: Store, provider: Provider, clock: Clock, way_to: Ways
) -> None:
    """With ``local = false`` the form goes when the first administrator has come by way of the organisation."""
    settings = settings_of(provider.issuer)
    add_account(sqlite_store, "bo", role=Role.ADMINISTRATOR, password=PASSWORD, now=NOW)
    shut = LoginSettings(local=False)
    with running(sqlite_store, provider=way_to(settings, clock), oidc=settings, login=shut) as site:
        client = site.client(None)
        form = fields(client.get("/desk/login").text, "/desk/login") | {"name": "bo", "password": PASSWORD}
        provider.people["sub-anna"]["roles"] = ["administrator"]
        log_in(site.client(None))
        fresh = site.client(None).get("/desk/login")
        assert 'type="password"' not in fresh.text
        assert "set-cookie" not in fresh.headers
        assert client.post("/desk/login", data=form).status_code == 422


def test_logging_out_offers_to_end_the_login_there_too(site: Running, provider: Provider) -> None:
    """The local login ends at the press; the page after it leads to the organisation's own logout."""
    client = site.client(None)
    log_in(client)
    form = fields(client.get("/desk").text, "/desk/logout")
    page = client.get(client.post("/desk/logout", data=form).headers["location"])
    assert f"{provider.issuer}/logout?client_id={CLIENT}" in page.text
    assert client.get("/desk").status_code == 303


# --- proving again ----------------------------------------------------------------------------------------


def boss(site: Running, provider: Provider) -> httpx.Client:
    """An administrator of the organisation's, in a browser whose login is eleven minutes old."""
    provider.people["sub-anna"]["roles"] = ["administrator"]
    client = site.client(None)
    log_in(client)
    site.now += timedelta(minutes=11)
    return client


def test_a_risky_step_goes_by_the_organisation_and_is_done_once(
    site: Running, provider: Provider, clock: Clock
) -> None:
    """A fresh login there is asked for, then the form that waited is carried out, exactly once."""
    client = boss(site, provider)
    clock.now = site.now
    form = fields(client.get("/desk/accounts").text, "/desk/accounts")
    new = form | {"name": "bo", "password": PASSWORD, "role": "reader"}
    asked = client.post("/desk/accounts", data=new)
    assert "bo" not in accounts(site)
    page = client.get(asked.headers["location"]).text
    start = re.search(r'href="/desk/login/oidc(\?[^"]+)"', page)
    assert start is not None
    address = set_out(client, start[1].replace("&amp;", "&"))
    assert {"prompt=login", "max_age=0"} <= set(urlsplit(address).query.split("&"))
    back = httpx.get(address).headers["location"]
    assert client.get(back).headers["location"].startswith("/desk/accounts?said=added")
    assert accounts(site)["bo"].role is Role.READER
    assert client.get(back).status_code == 403
    assert client.get(asked.headers["location"]).status_code == 410


def test_an_old_login_at_the_organisation_proves_nothing(site: Running, provider: Provider, clock: Clock) -> None:
    """A provider that answers with this morning's login, or with somebody else, opens no risky step."""
    client = boss(site, provider)
    clock.now = site.now
    form = fields(client.get("/desk/accounts").text, "/desk/accounts")
    new = form | {"name": "bo", "password": PASSWORD, "role": "reader"}
    held = client.post("/desk/accounts", data=new).headers["location"].partition("held=")[2]
    provider.heeds_again = False
    assert "bekräftade inte" in log_in(client, f"?prove={held}").text
    provider.heeds_again, provider.here = True, "sub-nagon"
    assert "ett annat konto" in log_in(client, f"?prove={held}").text
    assert "bo" not in accounts(site)


def test_only_an_administrator_makes_two_accounts_one(site: Running, provider: Provider) -> None:
    """The person comes to the local account from then on; the other is closed and both are logged out."""
    log_in(site.client(None))
    old = add_account(site.store, "anna", role=Role.EDITOR, password=PASSWORD, now=NOW)
    theirs = accounts(site)["anna.ek@exempel.se"]
    client = site.client(Role.ADMINISTRATOR)
    form = fields(client.get("/desk/accounts").text, f"/desk/accounts/{old.id}")
    done = client.post(f"/desk/accounts/{old.id}", data=form | {"press": "link", "with": str(theirs.id)})
    assert done.status_code == 303
    log_in(site.client(None))
    found = accounts(site)
    assert (found["anna"].subject, found["anna.ek@exempel.se"].active) == ("sub-anna", False)


def test_a_server_that_others_made_lets_somebody_in(sqlite_store: Store, way_to: Ways) -> None:
    """The whole way against oidc-provider-mock, an independent provider in a process of its own, by the real clock."""

    def now() -> datetime:
        return datetime.now(UTC)

    with independent({"sub": "bo", "roles": ["reviewer"], "name": "Bo Ek"}) as issuer:
        settings = settings_of(issuer)
        with running(sqlite_store, provider=way_to(settings, now), oidc=settings) as site:
            client = site.client(None)
            address = set_out(client)
            answer = httpx.post(address, data={"sub": "bo"})
            assert client.get(answer.headers["location"]).status_code == 303
            found = find_account(site.store, "bo ek")
    assert found is not None
    assert (found.issuer, found.subject, found.role) == (issuer, "bo", Role.REVIEWER)


def test_nobody_waits_for_a_slow_login_elsewhere(provider: Provider, clock: Clock, way_to: Ways) -> None:
    """Beyond so many at once people are told to try again; the threads that answer pages stay free."""
    way = way_to(settings_of(provider.issuer), clock)
    for _ in range(6):
        assert way._turns.acquire(blocking=False)
    from campaign.oidc import Passage

    with pytest.raises(LoginError, match="oidc_busy"):
        way.address(Passage(state="s", nonce="n", verifier="v", back="http://127.0.0.1/"))


def test_a_symmetric_key_among_the_published_ones_is_never_used(site: Running, provider: Provider) -> None:
    """Keys that could be a secret of ours are passed over when the organisation's keys are read."""
    key = OctKey.import_key(SECRET, {"kid": "okt", "use": "sig"})
    listed = [provider.key.as_dict(private=False), key.as_dict()]
    provider.server.routes["/keys"] = {"keys": listed}
    provider.sign = lambda claims: jwt.encode({"alg": "HS256", "kid": "okt"}, claims, key, algorithms=["HS256"])
    assert log_in(site.client(None)).status_code == 403
