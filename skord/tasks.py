"""What pages ask for and the schedule does, one function a kind of task; ``storage.tasks`` keeps the rows.

Each takes the house, the task and ``stopping``, and returns what the page is to show, as JSON. Raises SkordError for
what a person is told. A task can be repeated: a process that died in the middle leaves it queued.
"""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom
from typing import Any

from campaign.errors import SkordError
from skord.wiring import House
from storage.tasks import Task

Stopping = Callable[[], bool]


def collect(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Ask the source of the payload now."""
    from collector.run import collect as run
    from skord.commands.collect import as_object

    results = run(
        house.store,
        house.fetcher,
        house.settings,
        sources=[str(task.payload["source"])],
        clock=house.clock,
        rng=SystemRandom(),
        stopping=stopping,
    )
    return {"results": [as_object(house, result) for result in results]}


TASKS: dict[str, Callable[[House, Task, Stopping], dict[str, Any]]] = {
    "collect": collect,
}


def do(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Do one task and return its result. Raises SkordError ``task_unknown``, and what the task itself raises."""
    if task.kind not in TASKS:
        raise SkordError("task_unknown", kind=task.kind)
    return TASKS[task.kind](house, task, stopping)
