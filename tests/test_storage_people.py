from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.oidc import Granted, Identity
from campaign.records import Role
from conftest import NOW
from storage import schema
from storage.identities import link, log_in_as, unlink
from storage.logins import (
    FREE_FAILURES,
    IDLE,
    LONGEST,
    SETUP_LASTS,
    find_login,
    forget_ended,
    lock_after,
    log_in,
    log_out,
    make_setup_token,
    set_up,
    setup_stands,
)
from storage.memberships import set_membership
from storage.people import (
    Account,
    add_account,
    check_password,
    disable,
    enable,
    find_account,
    list_accounts,
    set_password,
    set_preferences,
    set_role,
)
from storage.store import Actor, Store
from storage.trail import trail

PASSWORD = "skördetid i Laholm"
OTHER = "en helt annan fras"


def made(store: Store, name: str = "anna", role: Role = Role.EDITOR) -> Account:
    return add_account(store, name, role=role, password=PASSWORD, now=NOW)


def wrong(store: Store, times: int, *, name: str = "anna") -> None:
    for _ in range(times):
        with pytest.raises(InputError, match="login_refused"):
            log_in(store, name, "fel lösenord här", now=NOW)


def test_a_password_logs_in_and_its_token_is_stored_as_a_hash_only(store: Store) -> None:
    """What the browser holds stands nowhere in the database, and leads to the account."""
    account = made(store)
    token, _ = log_in(store, " ANNA ", PASSWORD, now=NOW)
    with store.read() as connection:
        assert token not in str(connection.execute(select(schema.login)).all())
    found = find_login(store, token, now=NOW)
    assert found is not None
    assert found.account.id == account.id
    assert find_login(store, token + "x", now=NOW) is None


def test_a_login_ends_when_idle_and_after_a_week(sqlite_store: Store) -> None:
    """Twelve hours without use end it; a week ends it even in use."""
    made(sqlite_store)
    token, _ = log_in(sqlite_store, "anna", PASSWORD, now=NOW)
    assert find_login(sqlite_store, token, now=NOW + IDLE) is None
    at = NOW
    while at + timedelta(hours=10) < NOW + LONGEST:
        at += timedelta(hours=10)
        assert find_login(sqlite_store, token, now=at) is not None
    assert find_login(sqlite_store, token, now=NOW + LONGEST) is None


def test_ended_logins_are_forgotten(sqlite_store: Store) -> None:
    """Only those that could still be used stay stored."""
    made(sqlite_store)
    log_in(sqlite_store, "anna", PASSWORD, now=NOW)
    kept, _ = log_in(sqlite_store, "anna", PASSWORD, now=NOW + timedelta(hours=6))
    assert forget_ended(sqlite_store, now=NOW + IDLE) == 1
    assert find_login(sqlite_store, kept, now=NOW + IDLE) is not None


@pytest.mark.parametrize("change", ["password", "role", "disable"])
def test_a_change_of_the_account_ends_its_logins(sqlite_store: Store, change: str) -> None:
    """A new password, another role and closing the account each log every browser out."""
    made(sqlite_store, "chef", Role.ADMINISTRATOR)
    account = made(sqlite_store)
    token, _ = log_in(sqlite_store, "anna", PASSWORD, now=NOW)
    if change == "password":
        set_password(sqlite_store, account.id, OTHER, now=NOW)
    elif change == "role":
        set_role(sqlite_store, account.id, Role.READER, now=NOW)
    else:
        disable(sqlite_store, account.id, now=NOW)
    assert find_login(sqlite_store, token, now=NOW) is None


def test_logging_out_ends_one_browser_only(sqlite_store: Store) -> None:
    """The other browser of the same person stays logged in."""
    made(sqlite_store)
    (here, _), (there, _) = (log_in(sqlite_store, "anna", PASSWORD, now=NOW) for _ in range(2))
    login = find_login(sqlite_store, here, now=NOW)
    assert login is not None
    log_out(sqlite_store, login.key)
    assert find_login(sqlite_store, here, now=NOW) is None
    assert find_login(sqlite_store, there, now=NOW) is not None


def test_wrong_passwords_lock_for_a_while_that_grows(sqlite_store: Store) -> None:
    """After five in a row even the right password waits; then it opens and the count begins anew."""
    made(sqlite_store)
    wrong(sqlite_store, FREE_FAILURES)
    wait = lock_after(FREE_FAILURES)
    assert wait is not None
    with pytest.raises(InputError, match="login_refused"):
        log_in(sqlite_store, "anna", PASSWORD, now=NOW + wait - timedelta(seconds=1))
    log_in(sqlite_store, "anna", PASSWORD, now=NOW + wait)
    wrong(sqlite_store, FREE_FAILURES - 1)
    log_in(sqlite_store, "anna", PASSWORD, now=NOW)
    longer = lock_after(FREE_FAILURES + 1)
    assert longer is not None
    assert longer > wait
    assert lock_after(500) == timedelta(hours=1)


def test_unknown_closed_and_wrong_are_answered_alike(sqlite_store: Store) -> None:
    """The answer does not tell whether a name exists."""
    made(sqlite_store, "chef", Role.ADMINISTRATOR)
    disable(sqlite_store, made(sqlite_store, "borta").id, now=NOW)
    made(sqlite_store)
    said = []
    for name, password in (("ingen", PASSWORD), ("borta", PASSWORD), ("anna", OTHER), ("", "")):
        with pytest.raises(InputError) as refused:
            log_in(sqlite_store, name, password, now=NOW)
        said.append((refused.value.field, refused.value.key, refused.value.facts))
    assert said == [("password", "login_refused", {})] * 4


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("kort", "password_short"),
        ("x" * 501, "password_long"),
        ("aaaaaaaaaaaaaa", "password_name"),
        ("anna.andersson", "password_name"),
    ],
)
def test_weak_passwords_are_refused(sqlite_store: Store, password: str, key: str) -> None:
    """Too short, too long, one letter over and over, or the name itself: each is told."""
    with pytest.raises(InputError, match=key):
        add_account(sqlite_store, "Anna.Andersson", role=Role.EDITOR, password=password, now=NOW)


def test_a_name_is_taken_in_every_case_of_its_letters(store: Store) -> None:
    """Anna and ANNA are one account."""
    made(store)
    with pytest.raises(InputError, match="account_taken"):
        made(store, "ANNA")
    assert len(list_accounts(store)) == 1


def test_the_last_administrator_stays(sqlite_store: Store) -> None:
    """Somebody can always let others in: the last administrator is neither closed nor made smaller."""
    first = made(sqlite_store, "chef", Role.ADMINISTRATOR)
    with pytest.raises(ConflictError, match="last_administrator"):
        disable(sqlite_store, first.id, now=NOW)
    with pytest.raises(ConflictError, match="last_administrator"):
        set_role(sqlite_store, first.id, Role.EDITOR, now=NOW)
    made(sqlite_store, "ny", Role.ADMINISTRATOR)
    disable(sqlite_store, first.id, now=NOW)
    enable(sqlite_store, first.id, now=NOW)
    assert all(account.active for account in list_accounts(sqlite_store))


def test_the_setup_address_makes_one_administrator(store: Store) -> None:
    """It works once, makes the first account and logs it in; then there is no other."""
    token = make_setup_token(store, now=NOW)
    assert token is not None
    assert setup_stands(store, token, now=NOW)
    browser, account = set_up(store, token, name="Anna", password=PASSWORD, now=NOW)
    assert account.role is Role.ADMINISTRATOR
    assert find_login(store, browser, now=NOW) is not None
    with pytest.raises(NotFoundError, match="setup_over"):
        set_up(store, token, name="Bo", password=PASSWORD, now=NOW)
    assert make_setup_token(store, now=NOW) is None


def test_the_setup_address_ends_after_a_day_and_with_the_next_one(sqlite_store: Store) -> None:
    """An old address, or one from an earlier start, opens nothing; a weak password does not use it up."""
    first = make_setup_token(sqlite_store, now=NOW)
    second = make_setup_token(sqlite_store, now=NOW)
    assert first is not None
    assert second is not None
    assert not setup_stands(sqlite_store, first, now=NOW)
    assert not setup_stands(sqlite_store, second, now=NOW + SETUP_LASTS)
    with pytest.raises(InputError):
        set_up(sqlite_store, second, name="Anna", password="kort", now=NOW)
    assert setup_stands(sqlite_store, second, now=NOW)


def test_a_setup_token_is_no_login(sqlite_store: Store) -> None:
    """The one-time token in a cookie opens nothing."""
    token = make_setup_token(sqlite_store, now=NOW)
    assert token is not None
    assert find_login(sqlite_store, token, now=NOW) is None


def test_preferences_keep_the_login(sqlite_store: Store) -> None:
    """Choosing a language or switching shortcuts off logs nobody out."""
    account = made(sqlite_store)
    token, _ = log_in(sqlite_store, "anna", PASSWORD, now=NOW)
    set_preferences(
        sqlite_store, account.id, display_name="Anna A", email="a@exempel.se", language="en", shortcuts=False
    )
    login = find_login(sqlite_store, token, now=NOW)
    assert login is not None
    kept = login.account
    assert (kept.display_name, kept.email, kept.language, kept.shortcuts) == ("Anna A", "a@exempel.se", "en", False)


def test_a_password_is_asked_again(sqlite_store: Store) -> None:
    """Risky acts can check the password without logging in."""
    account = made(sqlite_store)
    assert check_password(sqlite_store, account.id, PASSWORD)
    assert not check_password(sqlite_store, account.id, OTHER)


def test_roles_include_those_before(sqlite_store: Store) -> None:
    """An editor may what a reviewer may, and not what an administrator may."""
    account = made(sqlite_store)
    assert [account.may(role) for role in Role] == [True, True, True, True, False]
    assert find_account(sqlite_store, "Anna") == account


def test_a_role_in_one_campaign_stands_in_place_of_the_one_everywhere(store: Store) -> None:
    """More or less than everywhere, or none; taken away, the role everywhere counts again."""
    account = made(store, role=Role.REVIEWER)
    for role, may in ((Role.EDITOR, True), (Role.READER, False), (Role.NONE, False)):
        held = set_membership(store, account.id, "hallandvaxer", role, now=NOW)
        assert held.role_in("hallandvaxer") is role
        assert held.role_in("annan") is Role.REVIEWER
        assert held.may(Role.EDITOR, "hallandvaxer") is may
        assert held.campaigns(["hallandvaxer", "annan"]) == (
            ("annan",) if role is Role.NONE else ("hallandvaxer", "annan")
        )
    assert set_membership(store, account.id, "hallandvaxer", None, now=NOW).memberships == {}
    assert [line.action for line in trail(store)][:4] == ["account_membership"] * 4
    with pytest.raises(NotFoundError, match="campaign_missing"):
        set_membership(store, account.id, "finns-inte", Role.READER, now=NOW)


def test_a_role_in_one_campaign_ends_logins_and_makes_no_administrator(store: Store) -> None:
    """Who gets or loses a role in a campaign logs in again; administrator of one campaign is not one of the house."""
    account = made(store)
    token, _ = log_in(store, "anna", PASSWORD, now=NOW)
    held = set_membership(store, account.id, "hallandvaxer", Role.ADMINISTRATOR, now=NOW)
    assert find_login(store, token, now=NOW) is None
    assert held.may(Role.ADMINISTRATOR, "hallandvaxer")
    assert not held.may(Role.ADMINISTRATOR)


def test_who_is_vouched_for_is_found_by_issuer_and_subject(store: Store) -> None:
    """The same subject of another issuer is another person; a second login of the first is not."""
    one = Identity(issuer="https://a.exempel.se", subject="1", username="anna", name="Anna Ek")
    other = replace(one, issuer="https://b.exempel.se")
    roles = Granted(everywhere=Role.READER, campaigns={"hallandvaxer": Role.EDITOR})
    _, first = log_in_as(store, one, roles, now=NOW)
    _, again = log_in_as(store, one, roles, now=NOW)
    _, second = log_in_as(store, other, roles, now=NOW)
    assert first.id == again.id
    assert (first.name, second.name) == ("anna", "anna 2")
    assert first.role_in("hallandvaxer") is Role.EDITOR


def test_a_reader_who_is_vouched_for_does_not_end_the_wait_for_an_administrator(store: Store) -> None:
    """The one-time address stays open until somebody who can let others in has come, by either way."""
    one = Identity(issuer="https://a.exempel.se", subject="1", username="anna")
    log_in_as(store, one, Granted(everywhere=Role.READER), now=NOW)
    assert make_setup_token(store, now=NOW) is not None
    log_in_as(store, one, Granted(everywhere=Role.ADMINISTRATOR), now=NOW)
    assert make_setup_token(store, now=NOW) is None


def test_accounts_are_joined_and_parted_by_hand_only(store: Store) -> None:
    """Linking moves who is vouched for to the other account, closes the first, and refuses what cannot be."""
    own = made(store)
    one = Identity(issuer="https://a.exempel.se", subject="1", username="anna.ek")
    _, other = log_in_as(store, one, Granted(everywhere=Role.READER), now=NOW)
    by = Actor(kind="person", account_id=own.id)
    for wrong_id, key in ((own.id, "link_itself"), (made(store, "bo").id, "link_unknown")):
        with pytest.raises(InputError, match=key):
            link(store, own.id, wrong_id, now=NOW, by=by)
    link(store, own.id, other.id, now=NOW, by=by)
    _, came = log_in_as(store, one, Granted(everywhere=Role.READER), now=NOW)
    assert came.id == own.id
    with pytest.raises(InputError, match="link_unknown"):
        link(store, other.id, made(store, "cia").id, now=NOW, by=by)
    unlink(store, own.id, now=NOW, by=by)
    _, fresh = log_in_as(store, one, Granted(everywhere=Role.READER), now=NOW)
    assert fresh.id not in (own.id, other.id)
