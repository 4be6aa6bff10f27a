import pytest

from builders import account, story
from campaign.errors import ConflictError, InputError, NotFoundError
from conftest import NOW
from storage.cases import (
    DUE,
    CaseState,
    asked_away,
    close_case,
    find_case,
    list_cases,
    open_case,
    open_cases,
    reopen_case,
)
from storage.store import Actor, Store
from storage.trail import trail


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def test_a_request_gets_a_receipt_and_a_due_date(store: Store) -> None:
    """The receipt finds the case however it is typed; the case is due within a month."""
    made = story(store)
    case = open_case(store, "hallandvaxer", story_id=made.id, message="Ta bort mig", contact="a@exempel.se", now=NOW)
    assert case.due_at == NOW + DUE
    assert find_case(store, f" {case.receipt.lower().replace('-', ' ')} ") == case
    assert find_case(store, "AAAA-AAAAAA") is None
    assert asked_away(store, [made.id]) == {made.id}
    assert open_cases(store, "hallandvaxer") == 1


def test_a_closed_case_holds_its_answer_and_who_gave_it(store: Store) -> None:
    """It leaves the open list, stands in the closed one, and can be opened again."""
    case = open_case(store, "hallandvaxer", message="Jag finns med på en bild", now=NOW)
    done = close_case(store, case.id, state=CaseState.DONE, answer="Vi har tagit bort den.", by=person(store), now=NOW)
    assert (done.state, done.closed_by, done.answer) == (CaseState.DONE, "Anna", "Vi har tagit bort den.")
    assert list_cases(store, "hallandvaxer", is_open=True) == []
    assert list_cases(store, "hallandvaxer", is_open=False) == [done]
    with pytest.raises(ConflictError, match="case_closed"):
        close_case(store, case.id, state=CaseState.REFUSED, answer="Nej", by=person(store), now=NOW)
    assert reopen_case(store, case.id, by=person(store), now=NOW).state is CaseState.OPEN


def test_the_trail_says_what_happened_and_not_what_was_written(sqlite_store: Store) -> None:
    """Words and address of the person stay in the case; the trail has only its number."""
    made = story(sqlite_store)
    case = open_case(sqlite_store, "hallandvaxer", story_id=made.id, message="Hemligt", contact="070", now=NOW)
    close_case(sqlite_store, case.id, state=CaseState.REFUSED, answer="Svar", by=person(sqlite_store), now=NOW)
    lines = trail(sqlite_store, story_id=made.id)
    assert [line.action for line in lines] == ["case_refused", "case_open"]
    assert all(line.facts == {"case": case.id} and line.reason == "" for line in lines)


def test_unusable_requests_are_refused_at_their_field(sqlite_store: Store) -> None:
    """Nothing said, too much said, or about a story that is not there."""
    with pytest.raises(InputError, match="message_missing"):
        open_case(sqlite_store, "hallandvaxer", now=NOW)
    with pytest.raises(InputError, match="text_long"):
        open_case(sqlite_store, "hallandvaxer", message="x" * 5001, now=NOW)
    with pytest.raises(NotFoundError, match="story_missing"):
        open_case(sqlite_store, "hallandvaxer", story_id=77, now=NOW)
    case = open_case(sqlite_store, "hallandvaxer", message="Hej", now=NOW)
    with pytest.raises(InputError, match="answer_missing"):
        close_case(sqlite_store, case.id, state=CaseState.DONE, answer=" ", by=person(sqlite_store), now=NOW)
