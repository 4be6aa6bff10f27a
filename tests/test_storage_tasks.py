import pytest

from campaign.errors import CollectError, NotFoundError
from conftest import NOW
from storage.store import Store
from storage.tasks import add_task, end_task, get_task, report_progress, requeue_running, take_task


def test_a_task_is_taken_once(store: Store) -> None:
    """The oldest queued task is taken, and nobody gets it a second time."""
    first = add_task(store, "collect", {"source": "a"}, now=NOW)
    second = add_task(store, "collect", {"source": "b"}, now=NOW)
    taken = [take_task(store, now=NOW), take_task(store, now=NOW)]
    assert [task.id for task in taken if task] == [first, second]
    assert take_task(store, now=NOW) is None


def test_the_same_wish_waits_once(store: Store) -> None:
    """Pressing twice before anything has begun queues one piece of work."""
    assert add_task(store, "collect", {"source": "a"}, now=NOW) == add_task(store, "collect", {"source": "a"}, now=NOW)


def test_progress_and_failure_are_told(store: Store) -> None:
    """The page can show how far a task has come, and why it failed."""
    task_id = add_task(store, "collect", {"source": "a"}, now=NOW)
    take_task(store, now=NOW)
    report_progress(store, task_id, 3, 7)
    assert (get_task(store, task_id).done, get_task(store, task_id).total) == (3, 7)
    end_task(store, task_id, now=NOW, error=CollectError("timed_out", host="x"))
    ended = get_task(store, task_id)
    assert ended.ended
    assert ended.error == {"key": "timed_out", "facts": {"host": "x"}}


def test_what_ran_when_the_process_died_is_queued_again(store: Store) -> None:
    """After a crash nothing that was asked for is forgotten."""
    task_id = add_task(store, "collect", {"source": "a"}, now=NOW)
    take_task(store, now=NOW)
    assert requeue_running(store) == 1
    taken = take_task(store, now=NOW)
    assert taken is not None
    assert taken.id == task_id


def test_an_unknown_task_is_told(store: Store) -> None:
    """Asking for a task that never was says so."""
    with pytest.raises(NotFoundError, match="task_missing"):
        get_task(store, 99)
