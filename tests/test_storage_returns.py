"""What follows from what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from builders import account
from campaign.errors import ConflictError, NotFoundError
from campaign.newsletter import DeliveryState, EventKind, SubscriberState
from storage import schema, signing_up, subscribers
from storage.addresses import Home
from storage.deliveries import balance
from storage.returns import Return, Taken, reverse, take
from storage.store import Actor, Store
from storage.subscribers import Added, Wording

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
HOME = Home(campaign="hallandvaxer", newsletter="veckobrevet")
WORDING = Wording(text="Ja tack", version="1", language="sv")
ANN = "ann@example.se"


def reader(store: Store, address: str = ANN) -> int:
    """An active subscriber since long ago."""
    long_ago = NOW - timedelta(days=700)
    subscribers.add(store, HOME, address, wording=WORDING, now=long_ago, confirmed_at=long_ago)
    found = subscribers.find_by_address(store, "veckobrevet", address)
    assert found is not None
    return found.id


def sent(store: Store, subscriber_id: int, *, number: int = 1, at: datetime = NOW) -> int:
    """A letter of issue ``number`` that left; its delivery's id."""
    with store.write() as connection:
        known = select(schema.issue.c.id).where(schema.issue.c.number == number)
        issue_id = connection.execute(known).scalar()
        if issue_id is None:
            values = {
                "campaign": "hallandvaxer", "newsletter": "veckobrevet", "number": number, "year": 2026, "week": number,
                "state": "sent", "subject": "", "preview": "", "intro": "", "selected_to": at, "drafted_at": at,
                "send_at": at, "sent_from": at, "audience": 1, "selection": {},
            }  # fmt: skip
            issue_id = connection.execute(insert(schema.issue).values(values)).inserted_primary_key[0]
        done = connection.execute(
            insert(schema.delivery).values(
                campaign="hallandvaxer", issue_id=issue_id, subscriber_id=subscriber_id, address=ANN, state="sent",
                not_before_at=at, started_at=at, finished_at=at, message_id=f"<{number}.{subscriber_id}@example.se>",
            )
        )  # fmt: skip
        return int(done.inserted_primary_key[0])


def back(delivery: int, kind: EventKind = EventKind.HARD, **changed: object) -> Return:
    """Something that came back about a delivery."""
    made = Return(kind=kind, mail=f"mail {delivery} {kind}", delivery=delivery, address=ANN, status="5.1.1")
    return replace(made, **changed)


def state(store: Store, subscriber_id: int) -> SubscriberState:
    """How a subscriber is now."""
    with store.read() as connection:
        column = schema.subscriber.c
        return SubscriberState(connection.execute(select(column.state).where(column.id == subscriber_id)).scalar_one())


def events(store: Store) -> list[str]:
    """The kinds of all events, in order."""
    with store.read() as connection:
        column = schema.delivery_event.c
        return list(connection.execute(select(column.kind).order_by(column.id)).scalars())


def trail(store: Store) -> list[str]:
    """The actions of the trail, in order."""
    with store.read() as connection:
        column = schema.decision.c
        return list(connection.execute(select(column.action).order_by(column.id)).scalars())


def test_one_hard_bounce_stops_the_letters(store: Store) -> None:
    """An address that does not exist gets no more letters, and the trail says so."""
    ann = reader(store)
    assert take(store, back(sent(store, ann)), now=NOW) is Taken.STOPPED
    assert state(store, ann) is SubscriberState.BOUNCED
    assert trail(store) == ["subscriber_bounced"]


def test_the_same_mail_counts_once(store: Store) -> None:
    """Read again, whichever way it came, a mail changes nothing."""
    found = back(sent(store, reader(store)))
    take(store, found, now=NOW)
    assert take(store, found, now=NOW + WEEK) is Taken.KNOWN
    assert events(store) == ["hard"]


def test_a_bounce_moves_no_letter_and_the_balance_holds(store: Store) -> None:
    """A letter that was sent stays sent; what came back stands beside it."""
    delivery = sent(store, reader(store))
    take(store, back(delivery), now=NOW)
    with store.read() as connection:
        row = connection.execute(select(schema.delivery).where(schema.delivery.c.id == delivery)).one()
    assert DeliveryState(row.state) is DeliveryState.SENT
    assert balance(store, row.issue_id).holds


def test_five_soft_bounces_over_three_issues_stop_the_letters(store: Store) -> None:
    """Four are not enough; the fifth, over three issues or more, is."""
    ann = reader(store)
    for number in range(1, 5):
        delivery = sent(store, ann, number=number, at=NOW + number * WEEK)
        assert take(store, back(delivery, EventKind.SOFT), now=NOW + number * WEEK) is Taken.COUNTED
    delivery = sent(store, ann, number=5, at=NOW + 5 * WEEK)
    assert take(store, back(delivery, EventKind.SOFT), now=NOW + 5 * WEEK) is Taken.STOPPED
    assert state(store, ann) is SubscriberState.BOUNCED


def test_five_soft_bounces_of_two_issues_stop_nothing(store: Store) -> None:
    """A server that is down one week and answers five times for it has not lost the address."""
    ann = reader(store)
    for number in range(5):
        delivery = sent(store, ann, number=1) if number == 0 else None
        if number == 3:
            delivery = sent(store, ann, number=2)
        known = delivery or known  # noqa: F821 - the one before
        take(store, back(known, EventKind.SOFT, mail=f"mail {number}"), now=NOW)
    assert events(store) == ["soft"] * 5
    assert state(store, ann) is SubscriberState.ACTIVE


def test_soft_bounces_are_forgotten_after_half_a_year(store: Store) -> None:
    """A mailbox that was full now and then over the years is no dead one."""
    ann = reader(store)
    for number in range(1, 8):
        at = NOW + number * timedelta(days=60)
        take(store, back(sent(store, ann, number=number, at=at), EventKind.SOFT), now=at)
    assert state(store, ann) is SubscriberState.ACTIVE


def test_an_editor_takes_a_bounce_back(store: Store) -> None:
    """Letters go again, the trail says who let them, and late mails about older letters change nothing."""
    ann, by = reader(store), Actor(kind="person", account_id=account(store))
    first, second = sent(store, ann), sent(store, ann, number=2)
    take(store, back(first), now=NOW)
    assert reverse(store, ann, by=by, now=NOW + timedelta(hours=1)).state is SubscriberState.ACTIVE
    assert trail(store) == ["subscriber_bounced", "subscriber_restored"]
    assert take(store, back(second), now=NOW + timedelta(hours=2)) is Taken.COUNTED
    assert state(store, ann) is SubscriberState.ACTIVE
    third = sent(store, ann, number=3, at=NOW + WEEK)
    assert take(store, back(third), now=NOW + WEEK) is Taken.STOPPED


def test_a_complaint_is_for_good(store: Store) -> None:
    """Its address is forgotten, no import brings it back, and no editor can; only its owner by signing up."""
    ann, by = reader(store), Actor(kind="person", account_id=account(store))
    assert take(store, back(sent(store, ann), EventKind.COMPLAINED), now=NOW) is Taken.STOPPED
    assert state(store, ann) is SubscriberState.COMPLAINED
    with pytest.raises(ConflictError, match="bounce_gone"):
        reverse(store, ann, by=by, now=NOW)
    assert subscribers.add(store, HOME, ANN, wording=WORDING, now=NOW) is Added.SUPPRESSED
    with store.read() as connection:
        assert connection.execute(select(schema.delivery.c.address)).scalar_one() == ""
    signing_up.ask(store, HOME, ANN, wording=WORDING, now=NOW)
    again = subscribers.find_by_address(store, "veckobrevet", ANN)
    assert again is not None
    confirmed = subscribers.confirm(store, again.token, wording=WORDING, now=NOW)
    assert confirmed is not None
    assert confirmed.state is SubscriberState.ACTIVE


def test_leaving_by_mail_is_leaving(store: Store) -> None:
    """The token's owner goes at once, also where a server wrote the address in small letters."""
    ann = reader(store)
    with store.write() as connection:
        connection.execute(update(schema.subscriber).values(token="AbCdEfGhIjKlMnOpQrStUv"))
    wish = Return(kind=EventKind.LEFT, mail="one", token="abcdefghijklmnopqrstuv")
    assert take(store, wish, now=NOW) is Taken.STOPPED
    assert state(store, ann) is SubscriberState.LEFT
    assert take(store, wish, now=NOW) is Taken.KNOWN
    with pytest.raises(ConflictError, match="bounce_gone"):
        reverse(store, ann, by=Actor(kind="person", account_id=account(store)), now=NOW)


def test_whoever_complained_and_leaves_stays_one_who_complained(store: Store) -> None:
    """The complaint is counted as what it was, also when a wish to leave comes after it."""
    ann = reader(store)
    take(store, back(sent(store, ann), EventKind.COMPLAINED), now=NOW)
    with store.read() as connection:
        token = connection.execute(select(schema.subscriber.c.token)).scalar_one()
    take(store, Return(kind=EventKind.LEFT, mail="one", token=token), now=NOW)
    assert state(store, ann) is SubscriberState.COMPLAINED


def test_a_stranger_is_nobody(store: Store) -> None:
    """Letters and tokens that are not ours leave no trace."""
    assert take(store, back(4711), now=NOW) is Taken.STRANGER
    assert take(store, Return(kind=EventKind.LEFT, mail="one", token="x" * 22), now=NOW) is Taken.STRANGER
    letter = Return(kind=EventKind.HARD, mail="two", letter=(4, 7))
    assert take(store, letter, now=NOW) is Taken.STRANGER
    assert events(store) == []
    with pytest.raises(NotFoundError, match="subscriber_missing"):
        reverse(store, 4711, by=Actor(kind="person", account_id=account(store)), now=NOW)


def test_issue_and_subscriber_name_a_letter_too(store: Store) -> None:
    """What only brought its Message-ID back finds its delivery."""
    ann = reader(store)
    sent(store, ann)
    with store.read() as connection:
        issue_id = connection.execute(select(schema.issue.c.id)).scalar_one()
    letter = Return(kind=EventKind.HARD, mail="one", letter=(issue_id, ann))
    assert take(store, letter, now=NOW) is Taken.STOPPED


def test_one_dead_member_of_a_group_address_is_not_the_group(store: Store) -> None:
    """Of a report about several only the line about the subscriber's own address is hard."""
    ann = reader(store)
    delivery = sent(store, ann)
    member = back(delivery, address="bo@example.se", alone=False)
    assert take(store, member, now=NOW) is Taken.COUNTED
    assert events(store) == ["soft"]
    own = back(delivery, address="Ann@example.se", alone=False, mail="two")
    assert take(store, own, now=NOW) is Taken.STOPPED


def test_replies_are_shown_and_nothing_follows(store: Store) -> None:
    """An absence note is kept beside the letter."""
    ann = reader(store)
    assert take(store, back(sent(store, ann), EventKind.REPLIED), now=NOW) is Taken.COUNTED
    assert state(store, ann) is SubscriberState.ACTIVE


def test_no_address_is_kept_with_the_servers_words(store: Store) -> None:
    """What a server quotes is somebody's address, which must be forgotten with them."""
    take(store, back(sent(store, reader(store)), text="550 <ann@example.se>: User unknown"), now=NOW)
    with store.read() as connection:
        assert connection.execute(select(schema.delivery_event.c.text)).scalar_one() == "550 …: User unknown"
