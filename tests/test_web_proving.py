from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from campaign.records import Role
from desk import PASSWORD, Running, fields, running
from storage import schema
from storage.logins import FREE_FAILURES
from storage.people import find_account
from storage.store import Store
from web.guesses import MOST, Guesses

NEW = {"name": "bo", "password": "en helt egen fras", "role": "reviewer", "display_name": "Bo Åberg & Söner"}


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def asked(site: Running) -> tuple[httpx.Client, str]:
    """An administrator whose login is ten minutes old has sent a form; the client, and where it was led."""
    client = site.client(Role.ADMINISTRATOR)
    form = fields(client.get("/desk/accounts").text, "/desk/accounts")
    site.now += timedelta(minutes=10)
    return client, client.post("/desk/accounts", data=form | NEW).headers["location"]


def prove(client: httpx.Client, address: str, password: str = PASSWORD) -> httpx.Response:
    """Type a password on the page that asks for it."""
    return client.post("/desk/prove", data=fields(client.get(address).text, "/desk/prove") | {"own_password": password})


def test_a_risky_step_waits_for_the_password_and_is_then_done_as_it_was_pressed(site: Running) -> None:
    """The form's content survives the asking, and the person lands where they would have."""
    client, address = asked(site)
    assert address.startswith("/desk/prove?held=")
    assert find_account(site.store, "bo") is None
    done = prove(client, address)
    assert done.headers["location"].startswith("/desk/accounts?said=added")
    made = find_account(site.store, "bo")
    assert made is not None
    assert (made.called, made.role) == ("Bo Åberg & Söner", Role.REVIEWER)


def test_what_waited_is_done_once(site: Running) -> None:
    """Sending the password twice carries out nothing more, and says so."""
    client, address = asked(site)
    form = fields(client.get(address).text, "/desk/prove") | {"own_password": PASSWORD}
    assert client.post("/desk/prove", data=form).status_code == 303
    assert client.post("/desk/prove", data=form).status_code == 404
    assert client.get(address).status_code == 410


def test_one_proof_is_good_for_ten_minutes(site: Running) -> None:
    """The next step is not asked for; after ten minutes it is again."""
    client, address = asked(site)
    prove(client, address)
    bo = find_account(site.store, "bo")
    assert bo is not None
    form = fields(client.get("/desk/accounts").text, f"/desk/accounts/{bo.id}") | {"press": "role", "role": "editor"}
    site.now += timedelta(minutes=9)
    assert "said=changed" in client.post(f"/desk/accounts/{bo.id}", data=form).headers["location"]
    site.now += timedelta(minutes=1)
    assert "/desk/prove" in client.post(f"/desk/accounts/{bo.id}", data=form).headers["location"]


def test_wrong_passwords_count_and_what_waits_goes_on_waiting(site: Running) -> None:
    """An unattended browser cannot be used to guess: after some the account is locked, also for the right one."""
    client, address = asked(site)
    for _ in range(FREE_FAILURES):
        assert prove(client, address, "fel lösenord här").status_code == 422
    assert "låst en stund" in prove(client, address).text
    assert find_account(site.store, "bo") is None
    site.now += timedelta(minutes=5)
    assert prove(client, address).status_code == 303


def test_what_waits_belongs_to_its_login_and_cannot_be_read(site: Running) -> None:
    """Another browser of the same person cannot carry it out, and the new password stands nowhere in the database."""
    _, address = asked(site)
    other = site.client(Role.ADMINISTRATOR)
    assert other.get(address).status_code == 410
    with site.store.read() as connection:
        kept = b"".join(row.held or b"" for row in connection.execute(select(schema.login.c.held)))
    assert kept
    assert NEW["password"].encode() not in kept


def test_a_page_that_gives_out_addresses_opens_after_the_proof(site: Running) -> None:
    """The list of subscribers as a file is asked for like a form, and then comes."""
    client = site.client(Role.EDITOR)
    site.now += timedelta(minutes=11)
    address = client.get("/desk/subscribers/export").headers["location"]
    there = prove(client, address).headers["location"]
    assert client.get(there).headers["content-type"].startswith("text/csv")


def test_a_script_is_led_to_the_question_too(site: Running) -> None:
    """htmx gets the address in its header, not a page in place of a part."""
    client = site.client(Role.EDITOR)
    site.now += timedelta(minutes=11)
    answer = client.get("/desk/subscribers/export", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"].partition("=")[0]) == (204, "/desk/prove?held")


@pytest.mark.parametrize(
    ("address", "other", "proxies", "counted"),
    [
        ("193.10.20.7", "193.10.20.8", (), False),
        ("193.10.20.7", "193.10.20.7", (), True),
        ("2a00:801::1", "2a00:801::2", (), True),
        ("10.0.0.5", "10.0.0.5", (), False),
        ("10.0.0.5", "10.0.0.5", ("10.0.0.1/32",), True),
        ("127.0.0.1", "127.0.0.1", ("10.0.0.1/32",), False),
        ("", "", (), False),
    ],
)
def test_many_wrong_passwords_from_one_network_wait(
    site: Running, address: str, other: str, proxies: tuple[str, ...], counted: bool
) -> None:
    """Addresses are counted where they can be told: not behind an unnamed proxy; IPv6 by its network."""
    guesses = Guesses(proxies)
    for _ in range(MOST):
        guesses.count(address, site.now)
    if counted:
        with pytest.raises(Exception, match="login_slow"):
            guesses.check(other, site.now)
    else:
        guesses.check(other, site.now)
    guesses.check(other, site.now + timedelta(minutes=15))
