"""Statistics Sweden's interface (PxWebApi 2): tables, of which a part is asked for.

    GET  /config                 how much may be asked, and how often
    GET  /tables/{id}            when the table was last changed, whether it comes no more
    GET  /tables/{id}/metadata   its sides and their codes
    POST /tables/{id}/data       the cells that are wanted, as JSON-stat 2

A table that says the same ``updated`` as last time is not read. What is wanted is written out in codes, so that its
cells can be counted before they are asked for; more than ``maxDataCells`` are asked for in parts.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from campaign.errors import CollectError
from campaign.figures import Indicator, Reading, Sex
from collector import tidy
from collector.indicators.answers import PERIOD, Told, Wanted, is_down, malformed, read_json
from collector.indicators.jsonstat import Dataset, read_dataset, read_metadata
from collector.indicators.selecting import Question, questions
from collector.networks.page import Ask
from net.answers import StatusError

Outcome = tuple[int, Told | CollectError]

#: Where /config says nothing: what the agency's own page has said.
_CELLS, _CALLS, _SECONDS = 100_000, 10, 10
#: What it may say of itself at most: nobody waits for days because an answer was wrong.
_MOST_SECONDS = 120

#: A part that is refused as too large is cut in two, so many times at most.
_MOST_HALVINGS = 4

#: Askings that one indicator may take.
_MOST_PARTS = 200

_TABLE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_MONTH = re.compile(r"(\d{4})M(\d)")
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


def period_of(code: str) -> str:
    """Return our name of a table's period. Raises CollectError ``figures_period`` for several years, weeks, halves."""
    found = _MONTH.fullmatch(code)
    known = f"{found[1]}M0{found[2]}" if found else _QUARTER.sub(r"\1K\2", code)
    if not PERIOD.fullmatch(known):
        raise CollectError("figures_period", permanent=True, period=tidy.line(code, 40))
    return known


@dataclass(slots=True)
class Window:
    """So many calls in so many seconds, as the source says; waits where the next one would be too many."""

    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    calls: int = _CALLS
    seconds: int = _SECONDS
    _made: deque[datetime] = field(default_factory=deque)

    def wait(self) -> None:
        """Wait until one more may be made, and count it."""
        while len(self._made) >= self.calls:
            free = self._made[0] + timedelta(seconds=self.seconds)
            left = (free - self.clock()).total_seconds()
            if left > 0:
                self.sleep(min(left, float(self.seconds)))
            self._made.popleft()
        self._made.append(self.clock())


class Scb:
    """The interface during one round: its limits and its tables are asked for once."""

    def __init__(self, ask: Ask, base: str, *, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._ask = ask
        self._base = base.rstrip("/")
        self._host = urlsplit(base).netloc
        self._window = Window(clock, sleep)
        self._cells = 0
        self._tables: dict[str, Mapping[str, Any] | CollectError] = {}
        self._metadata: dict[str, Dataset] = {}

    def read(self, wanted: Sequence[Wanted]) -> Iterator[Outcome]:
        """Yield what the interface tells of each of the indicators, or why it could not be had.

        Errors: ``scb_table``, ``scb_table_gone``, ``scb_variable``, ``scb_code``, ``scb_choose``, ``scb_refused``,
        ``scb_too_many_cells``, ``figures_no_areas``, ``figures_period``, ``figures_malformed``, ``not_json``, and as
        ``net.http`` raises.
        """
        down: CollectError | None = None
        for each in wanted:
            try:
                told: Told | CollectError = down or self._one(each)
            except CollectError as error:
                told = error
                down = error if is_down(error) else None
            yield each.id, told

    def _one(self, wanted: Wanted) -> Told:
        wording = wanted.wording
        if not _TABLE.fullmatch(wording.table):
            raise CollectError("scb_table", permanent=True, table=wording.table)
        if not self._cells:
            self._configure()
        table = self._table(wording.table)
        updated = tidy.line(table.get("updated"), 40)
        discontinued = table.get("discontinued") is True
        title = tidy.line(table.get("label"), 300)
        if wanted.since is not None and updated and updated == wanted.cursor.get("updated"):
            return Told(unchanged=True, discontinued=discontinued, title=title, cursor={"updated": updated})
        readings = self._readings(wording)
        areas = wording.areas or tuple({each.area for each in readings})
        cursor = {"updated": updated}
        return Told(readings=readings, areas=areas, whole=True, discontinued=discontinued, title=title, cursor=cursor)

    def _configure(self) -> None:
        told = {name.casefold(): value for name, value in self._get("/config").items()}
        self._cells = tidy.number(told.get("maxdatacells")) or _CELLS
        calls = tidy.number(told.get("maxcallspertimewindow")) or tidy.number(told.get("maxcalls"))
        self._window.calls = calls or _CALLS
        self._window.seconds = min(tidy.number(told.get("timewindow")) or _SECONDS, _MOST_SECONDS)

    def _table(self, table: str) -> Mapping[str, Any]:
        """Return what is said of a table; asked for once, gone or there."""
        if table not in self._tables:
            try:
                self._tables[table] = self._get(f"/tables/{quote(table, safe='')}?lang=sv")
            except StatusError as error:
                if error.status not in (404, 410):
                    raise
                self._tables[table] = CollectError("scb_table_gone", permanent=True, table=table)
        found = self._tables[table]
        if isinstance(found, CollectError):
            raise found
        return found

    def _readings(self, wording: Indicator) -> tuple[Reading, ...]:
        if wording.table not in self._metadata:
            address = f"/tables/{quote(wording.table, safe='')}/metadata?lang=sv"
            self._metadata[wording.table] = read_metadata(self._get(address), self._host)
        found: list[Reading] = []
        for question in questions(wording, self._metadata[wording.table]):
            for code in question.codes(question.time):
                period_of(code)  # a table of other periods is refused before it is read
            parts = list(islice(_parts(question, self._cells), _MOST_PARTS + 1))
            if len(parts) > _MOST_PARTS:
                raise CollectError("scb_too_many_cells", permanent=True, table=wording.table, cells=question.cells)
            for part in parts:
                found += self._part(wording, part, _MOST_HALVINGS)
        return tuple(found)

    def _part(self, wording: Indicator, question: Question, halvings: int) -> list[Reading]:
        """Return the values of a part; refused as too large it is asked for in halves."""
        address = f"{self._base}/tables/{quote(wording.table, safe='')}/data?lang=sv&outputFormat=json-stat2"
        self._window.wait()
        try:
            answer = self._ask.fetch(address, accept="application/json", json={"selection": question.selection})
        except StatusError as error:
            told = _problem(error)
            if error.status == 403 and told:
                halves = list(question.halves()) if halvings else []
                if not halves:
                    raise CollectError(
                        "scb_too_many_cells", permanent=True, table=wording.table, cells=question.cells
                    ) from error
                return [each for half in halves for each in self._part(wording, half, halvings - 1)]
            if error.status == 400:
                raise _refused(wording.table, question, told) from error
            raise
        return _as_readings(read_dataset(read_json(answer, self._host), self._host), question)

    def _get(self, path: str) -> Mapping[str, Any]:
        self._window.wait()
        return read_json(self._ask.fetch(f"{self._base}{path}", accept="application/json"), self._host)


def _parts(question: Question, most: int) -> Iterator[Question]:
    """Yield a question in parts of at most ``most`` cells, by area first, then by time."""
    if question.cells <= most:
        yield question
        return
    halves = list(question.halves())
    if not halves:
        yield question  # not to be cut any more: the source has the last word
    for half in halves:
        yield from _parts(half, most)


def _as_readings(dataset: Dataset, question: Question) -> list[Reading]:
    found = []
    sides = {each.id.casefold() for each in dataset.dimensions}
    free = {name.casefold() for name in (question.region, question.time, question.sex) if name}
    if question.time.casefold() not in sides:
        malformed(dataset.host, "id", question.time)
    for each in dataset.dimensions:
        if each.id.casefold() not in free and len(each.codes) > 1:
            malformed(dataset.host, "size", each.id)
    for codes, value, mark in dataset.cells():
        here = {name.casefold(): code for name, code in codes.items()}
        area = here.get(question.region.casefold(), question.area) if question.region else question.area
        sex = question.sexes.get(here.get(question.sex.casefold(), ""), None) if question.sex else Sex.TOTAL
        if sex is None or (question.areas and area not in question.areas):
            malformed(dataset.host, "code", str(codes))
        found.append(
            Reading(
                area=area, period=period_of(here[question.time.casefold()]), sex=sex, value=value, status=mark,
                preliminary=mark.casefold() == "p",
            )
        )  # fmt: skip
    return found


def _problem(error: StatusError) -> str:
    """Return what a refusal says for itself (RFC 7807), "" where it is none of the interface's own."""
    try:
        told = tidy.mapping(json.loads(error.body))
    except (ValueError, RecursionError):
        return ""
    return " ".join(filter(None, (tidy.line(told.get(name), 200) for name in ("title", "detail"))))


def _refused(table: str, question: Question, told: str) -> CollectError:
    """Return the error of a question that the interface does not take, with the code that it names."""
    names = [str(each["variableCode"]) for each in question.selection]
    codes = [code for each in question.selection for code in each["valueCodes"]]
    words = set(re.findall(r"[\w.+-]+", told))
    named = [each for each in (*codes, *names) if each in words]
    return CollectError("scb_refused", permanent=True, table=table, code=", ".join(named[:5]) or "?", told=told)
