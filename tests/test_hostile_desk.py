"""Many at the desk at once, on both databases: whatever comes together, what stands afterwards is whole."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from builders import account, candidate, ingest, judge, newest, node, picture
from campaign.collecting import Signal, Withdrawal
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.flags import Flag
from campaign.records import Candidate, Review, Right
from campaign.rules import Conditions, Effect, Rule
from conftest import NOW
from storage import schema
from storage.bulk import Deed, Press, decide_many, examine, read_press, undo_many
from storage.credits import set_credit
from storage.decisions import Action, decide, decide_together
from storage.evidence import attach, detach
from storage.excerpts import clear_excerpt, set_excerpt
from storage.flags import set_flag
from storage.ingest import _ingest
from storage.media import set_file
from storage.merging import join, split
from storage.notes import add_note
from storage.pairs import _in_turn
from storage.places import set_place, unset_place
from storage.posts import public_query
from storage.rights import describe, set_alt, set_right, withdraw
from storage.rules import add_rule
from storage.ruling import apply_to_waiting, undo_applied
from storage.store import Actor, Store
from storage.undoing import undo
from storage.withdrawals import _withdraw

CAMPAIGN = "hallandvaxer"
LATER = NOW + timedelta(days=2)
REFUSALS = (ConflictError, InputError, NotFoundError)


class Desk:
    """One person (or collector) who presses at random, and what they remember of their presses."""

    def __init__(self, store: Store, seed: int, actor: Actor, nodes: list[int], arrived: list[Candidate]) -> None:
        self.store, self.chance, self.actor = store, random.Random(seed), actor
        self.nodes, self.arrived = nodes, arrived
        self.groups: list[str] = []
        self.bulks: list[str] = []
        self.rule: int | None = None

    def press(self) -> None:
        """Do one thing chosen at random; what the desk refuses is an answer."""
        acts: list[Callable[[], str | None]] = [
            self._decide, self._decide, self._decide, self._attach, self._place, self._flag, self._note,
            self._picture, self._picture, self._excerpt, self._join, self._split, self._credit,
            self._undo, self._undo, self._undo, self._bulk, self._together, self._rules, self._file,
        ]  # fmt: skip
        try:
            group = self.chance.choice(acts)()
        except REFUSALS:
            return
        if group:
            self.groups.append(group)

    def collect(self) -> None:
        """Bring edits, removals and returns of posts that are there, some unlike in order, and a new one."""
        some = self.chance.sample(self.arrived, 3)
        new = candidate(text="Rabatt! #hallandväxer")
        edited = [_worded(each, f"{each.text} Ändrad {self.chance.random()}") for each in some]
        told = [
            Withdrawal(
                network=each.network, identity=each.identity, signal=self.chance.choice(list(Signal)), reason="x"
            )
            for each in self.chance.sample(self.arrived, 2)
        ]
        told = [each for each in told if each.signal is not Signal.GONE]
        with self.store.write() as connection:
            _in_turn(connection)
            _ingest(
                connection, campaign=CAMPAIGN, source_id=None, candidates=[*edited, new], judge=judge, now=LATER
            )  # fmt: skip
            _withdraw(connection, told, now=LATER)

    def _story(self) -> Any:
        return self.chance.choice([each for each in newest(self.store) if each.posts])

    def _common(self) -> dict[str, Any]:
        return {"by": self.actor, "now": LATER}

    def _decide(self) -> str:
        story = self._story()
        action = self.chance.choice([*Action, Action.APPROVE, Action.APPROVE])
        until = LATER + timedelta(days=3) if action is Action.LATER else None
        seen = {post.id: post.version_id for post in story.posts}
        return decide(
            self.store, story.id, action, seen=seen, changes=story.changes, later_until=until,
            press=uuid.UUID(int=self.chance.getrandbits(128)).hex, **self._common(),
        ).group  # fmt: skip

    def _attach(self) -> str:
        act = self.chance.choice([attach, detach])
        return act(self.store, self._story().id, self.chance.choice(self.nodes), **self._common())

    def _place(self) -> str:
        act = self.chance.choice([set_place, unset_place])
        return act(self.store, self._story().id, self.chance.choice(["1380", "1383"]), **self._common())

    def _flag(self) -> str:
        on, flag = self.chance.random() < 0.5, self.chance.choice([Flag.CHILD, Flag.CRIME])
        return set_flag(self.store, self._story().id, flag, on=on, **self._common()).group

    def _note(self) -> str:
        add_note(self.store, self._story().id, "Ringde dem.", **self._common())
        return ""

    def _picture(self) -> str:
        media = [each for story in newest(self.store) for post in story.posts for each in post.media]
        chosen = self.chance.choice(media).id
        act = self.chance.choice(
            [
                lambda: set_right(self.store, chosen, Right.PERMISSION, right_from="Kim", **self._common()),
                lambda: set_right(self.store, chosen, Right.REFUSED, **self._common()),
                lambda: withdraw(self.store, chosen, **self._common()),
                lambda: set_alt(self.store, chosen, self.chance.choice(["En bro.", "Ett band."]), **self._common()),
            ]
        )
        return act()

    def _file(self) -> str:
        media = [each for story in newest(self.store) for post in story.posts for each in post.media]
        set_file(self.store, self.chance.choice(media).id, self.chance.choice("ab") * 64, width=9, height=9)
        return ""

    def _excerpt(self) -> str:
        story = self._story()
        if self.chance.random() < 0.3:
            return clear_excerpt(self.store, story.id, **self._common())
        post = story.posts[0]
        return set_excerpt(
            self.store, story.id, post_id=post.id, version_id=post.version_id, start=0, end=5, **self._common()
        )

    def _join(self) -> str:
        one, other = self._story(), self._story()
        return join(self.store, one.id, other.id, **self._common()).group

    def _split(self) -> str:
        story = self._story()
        return split(self.store, story.id, [story.posts[-1].id], **self._common()).group

    def _credit(self) -> str:
        post = self._story().posts[0].id
        return set_credit(self.store, post, self.chance.choice(["Kim", "Robin", ""]), **self._common())

    def _undo(self) -> str:
        if self.groups:
            undo(self.store, self.chance.choice(self.groups), press=uuid.uuid4().hex, **self._common())
        return ""

    def _bulk(self) -> str:
        if self.bulks and self.chance.random() < 0.4:
            undo_many(self.store, self.bulks.pop(), **self._common())
            return ""
        ids = [each.id for each in newest(self.store)]
        deed = self.chance.choice(list(Deed))
        marks, _ = examine(self.store, ids, deed)
        bulk = uuid.uuid4().hex
        decide_many(
            self.store, Press(bulk=bulk, campaign=CAMPAIGN, deed=deed, node_id=self.nodes[0]), marks, **self._common()
        )
        self.bulks.append(bulk)
        return ""

    def _focus(self) -> str:
        media = [each for story in newest(self.store) for post in story.posts for each in post.media]
        x, y = self.chance.randrange(101), self.chance.randrange(101)
        return describe(self.store, self.chance.choice(media).id, focus=(x, y), **self._common())

    def _bulk_kept(self) -> str:
        self.bulks, kept = [], self.bulks
        self._bulk()
        made = self.bulks
        self.bulks = kept
        return f"bulk:{made[0]}"

    def _rules_kept(self) -> str:
        assert self.rule is not None
        group = apply_to_waiting(self.store, self.rule, own=[], **self._common()).group
        return f"rule:{group}" if group else ""

    def _together(self) -> str:
        ids = [each.id for each in self.chance.sample(newest(self.store), 4)]
        decide_together(self.store, ids, self.chance.choice([Action.RESTORE, Action.FEATURE]), **self._common())
        return ""

    def _rules(self) -> str:
        if self.rule is not None:
            apply_to_waiting(self.store, self.rule, own=[], **self._common())
        return ""


def _worded(arrived: Candidate, text: str) -> Candidate:
    return candidate(
        identity=arrived.identity, url=arrived.url, text=text, html=text, media=arrived.media,
        published_at=arrived.published_at,
    )  # fmt: skip


def _stocked(store: Store, count: int) -> list[Candidate]:
    arrived = [candidate(media=(picture(),) if number % 2 else ()) for number in range(count)]
    ingest(store, *arrived)
    return arrived


def _people(store: Store, seed: int, count: int) -> list[Desk]:
    arrived, nodes = _stocked(store, 9), [node(store), node(store, code="konkurrens")]
    actors = [Actor(kind="person", account_id=account(store, name=f"n{number}")) for number in range(count)]
    rule = Rule(id=0, name="E", conditions=Conditions(words=("ändrad", "rabatt")), effect=Effect.HIDE, facts={})
    rule_id = add_rule(store, CAMPAIGN, rule, by=actors[0], now=NOW)
    desks = [Desk(store, seed * 100 + number, actor, nodes, arrived) for number, actor in enumerate(actors)]
    for desk in desks:
        desk.rule = rule_id
    return desks


def _all_at_once(works: list[Callable[[], None]]) -> list[BaseException]:
    wrong: list[BaseException] = []
    start = threading.Barrier(len(works))

    def work(each: Callable[[], None]) -> None:
        start.wait()
        try:
            each()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _times(count: int, act: Callable[[], None]) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(count):
            act()

    return repeated


def check_whole(store: Store) -> None:
    """Check everything that holds of the desk's tables whatever was pressed, in whatever order."""
    with store.read() as connection:
        posts = connection.execute(select(schema.post)).all()
        stories = connection.execute(select(schema.story)).all()
        rows = connection.execute(select(schema.decision).order_by(schema.decision.c.id)).all()
        seen = {row.id for row in connection.execute(public_query())}
        evidence = connection.execute(select(schema.evidence.c.story_id)).scalars().all()
        places = connection.execute(select(schema.story_place.c.story_id)).scalars().all()
    by_id = {row.id: row for row in rows}
    empty = {story.id for story in stories if story.merged_into is not None}
    _check_posts(posts, empty, rows, by_id)
    _check_undone(rows, by_id)
    assert not empty & {*evidence, *places}
    for story in stories:
        mine = [post for post in posts if post.story_id == story.id]
        if story.merged_into is not None:
            assert not mine
            assert not story.waiting
            continue
        _check_story(story, mine)
        if story.flags:
            alone = [post for post in mine if post.id in seen and len(_approvers(rows, post)) < 2]
            assert not alone, (story, alone)


def _check_story(story: Any, mine: list[Any]) -> None:
    order = (Review.APPROVED, Review.NEW, Review.LATER, Review.HIDDEN)
    reviews = {post.review for post in mine}
    assert story.review == next(each for each in order if each in reviews), story
    edited = any(post.review == "approved" and post.approved_version_id != post.version_id for post in mine)
    here = {post.review for post in mine if post.state != "gone"}
    assert story.waiting == (edited or "new" in here or {"approved", "later"} <= here), (story, mine)
    assert story.sort_key == max(post.sort_key for post in mine)
    assert (story.approved_at is not None) == (story.review == "approved"), story
    if story.first_by is not None:
        asked = [post for post in mine if post.review != "hidden"] or mine
        open_posts = [post for post in asked if post.approved_version_id != post.version_id]
        assert open_posts, story


def _check_posts(posts: Any, empty: set[int], rows: Any, by_id: dict[int, Any]) -> None:
    for post in posts:
        assert post.story_id not in empty
        assert (post.approved_version_id is not None) == (post.review == "approved"), post
        # What a post is follows from the last decision about it that stands.
        last = [
            row for row in rows
            if row.post_id == post.id and row.media_id is None and row.undone_by is None and row.before is not None
            and row.action in ("approve", "hide", "later", "restore")
        ]  # fmt: skip
        if post.review == "approved":
            assert last, post
            assert last[-1].action == "approve"
            assert last[-1].version_id == post.approved_version_id


def _check_undone(rows: Any, by_id: dict[int, Any]) -> None:
    for row in rows:
        if row.undone_by is not None:
            back = by_id[row.undone_by]
            assert back.action == f"undo_{row.action}"
            assert back.facts["undoes"] == row.group
    groups: dict[str, set[bool]] = {}
    for row in rows:
        if row.before is not None:
            groups.setdefault(row.group, set()).add(row.undone_by is not None)
    assert all(len(states) == 1 for states in groups.values())
    undone = [row.facts["undoes"] for row in rows if row.action.startswith("undo_")]
    presses = [row.group for row in rows if row.undone_by is not None]
    assert sorted(undone) == sorted(presses)


def _approvers(rows: Any, post: Any) -> set[int]:
    """Return who stands behind the approved version of a post."""
    mine = [
        row for row in rows
        if row.post_id == post.id and row.undone_by is None and row.action == "approve"
        and row.version_id == post.approved_version_id
    ]  # fmt: skip
    last = mine[-1]
    return {last.account_id} | ({last.facts["first"]} if last.facts.get("first") else set())


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_presses_at_once_what_stands_is_whole(store: Store, seed: int) -> None:
    """Four people and a collector work on the same stories: nobody waits for ever, and what is left holds together."""
    people = _people(store, seed, 4)
    collector = Desk(store, seed * 100 + 77, Actor(kind="job"), people[0].nodes, people[0].arrived)
    works = [_times(40, each.press) for each in people] + [_times(12, collector.collect)]
    assert _all_at_once(works) == []
    check_whole(store)


_DRAWN = {"story": {"changes", "sort_key"}, "evidence": {"id"}, "story_place": {"id"}}
"""What counts presses, and names that are given anew: not what was decided."""


def _state(store: Store, stories: set[int]) -> dict[str, Any]:
    """Return everything that presses decide about, without the trail and without stories made since and empty."""
    found: dict[str, Any] = {"ids": stories}
    tables = (schema.story, schema.post, schema.media, schema.evidence, schema.story_place, schema.pair)
    with store.read() as connection:
        for table in tables:
            rows = [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            if table is schema.story:
                rows = [_merged(row) for row in rows if row["id"] in stories]
            kept = [{name: row[name] for name in row if name not in _DRAWN.get(table.name, ())} for row in rows]
            found[table.name] = sorted(map(repr, kept))
        found["public"] = sorted((row.id, row.shown_version_id) for row in connection.execute(public_query()))
    return found


def _merged(row: dict[str, Any]) -> dict[str, Any]:
    """Of a story that another took up nothing counts but which."""
    return row if row["merged_into"] is None else {"id": row["id"], "merged_into": row["merged_into"]}


def _ids(store: Store) -> set[int]:
    with store.read() as connection:
        return set(connection.execute(select(schema.story.c.id)).scalars())


def _take_back(desk: Desk, group: str) -> None:
    """Undo a press of one of the three kinds."""
    kind, _, name = group.rpartition(":")
    common = {"by": desk.actor, "now": LATER}
    if kind == "bulk":
        assert undo_many(desk.store, name, **common) == ()
    elif kind == "rule":
        assert undo_applied(desk.store, name, **common)[1] == 0
    else:
        undo(desk.store, name, **common)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_pressed_is_taken_back_whole(store: Store, seed: int) -> None:
    """One person's presses, undone one by one from the last to the first, leave everything as it stood before each."""
    (desk,) = _people(store, 500 + seed, 1)
    colleague = Desk(store, 900 + seed, Actor(kind="person", account_id=account(store, name="b")), desk.nodes, [])
    for _ in range(8):
        colleague.press()
    desk.collect()
    acts = [
        desk._decide, desk._decide, desk._decide, desk._attach, desk._place, desk._flag, desk._picture, desk._excerpt,
        desk._join, desk._split, desk._credit, desk._focus, desk._bulk_kept, desk._rules_kept,
    ]  # fmt: skip
    taken: list[tuple[str, str, dict[str, Any]]] = []
    for _ in range(40):
        act = desk.chance.choice(acts)
        before = _state(store, _ids(store))
        try:
            group = act()
        except REFUSALS:
            continue
        if group:
            taken.append((act.__name__, group, before))
    assert len(taken) > 15
    for name, group, before in reversed(taken):
        _take_back(desk, group)
        after = _state(store, before["ids"])
        assert [(name, set(after[part]) ^ set(before[part])) for part in before if after[part] != before[part]] == []
    check_whole(store)


def test_one_press_about_many_sent_twice_at_once_is_one(store: Store) -> None:
    """Whichever of the two is faster: each story is decided once, and the press knows them all."""
    _stocked(store, 60)
    by = Actor(kind="person", account_id=account(store))
    ids = sorted(_ids(store))
    marks, _ = examine(store, ids, Deed.HIDE)
    asked = Press(bulk=uuid.uuid4().hex, campaign=CAMPAIGN, deed=Deed.HIDE)
    sent = [lambda: decide_many(store, asked, marks, by=by, now=LATER)] * 2
    assert _all_at_once(sent) == []
    assert read_press(store, asked.bulk).stories == tuple(ids)
    with store.read() as connection:
        told = connection.execute(select(schema.decision.c.action)).scalars().all()
    assert (told.count("hide"), told.count("bulk_hide")) == (60, 1)
    assert undo_many(store, asked.bulk, by=by, now=LATER) == ()
    check_whole(store)


def test_one_press_on_a_card_sent_twice_at_once_is_one(store: Store) -> None:
    """Both are answered alike, and the trail has it once."""
    _stocked(store, 1)
    by, (home,) = Actor(kind="person", account_id=account(store)), _ids(store)
    goal = node(store)
    for number, act in enumerate(
        (
            lambda press: decide(store, home, Action.LATER, by=by, now=LATER, press=press),
            lambda press: attach(store, home, goal, by=by, now=LATER, press=press),
            lambda press: set_place(store, home, "1380", by=by, now=LATER, press=press),
            lambda press: set_flag(store, home, Flag.CHILD, on=True, by=by, now=LATER, press=press),
            lambda press: add_note(store, home, "Ringde.", by=by, now=LATER, press=press),
        )
    ):
        press = f"{number:032x}"
        assert _all_at_once([lambda act=act, press=press: act(press)] * 2) == []
        with store.read() as connection:
            rows = connection.execute(select(schema.decision).where(schema.decision.c.group == press)).all()
        assert len(rows) == 1


def test_what_many_decide_by_hand_never_waits_for_each_other(store: Store) -> None:
    """Presses about several stories in the opposite order, and about one of them, are all carried out."""
    _stocked(store, 6)
    by, ids = Actor(kind="person", account_id=account(store)), sorted(_ids(store))

    def alone() -> None:
        for home in reversed(ids):
            decide(store, home, Action.COMING, by=by, now=LATER)

    def together() -> None:
        decide_together(store, ids, Action.FEATURE, by=by, now=LATER)

    assert _all_at_once([_times(5, alone), _times(5, alone), _times(8, together), _times(8, together)]) == []
    with store.read() as connection:
        told = connection.execute(select(schema.decision.c.action)).scalars().all()
        rises = set(connection.execute(select(schema.story.c.changes)).scalars())
    assert (told.count("coming"), told.count("feature")) == (60, 96)
    assert rises == {26}


_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import NOW
from storage.bulk import Deed, Press, decide_many, examine
from storage.store import Actor, open_store
store = open_store(sys.argv[1], media=Path("."), secret=b"x")
marks, _ = examine(store, range(1, 1000), Deed.HIDE)
print("began", flush=True)
decide_many(store, Press(bulk=sys.argv[2], campaign="hallandvaxer", deed=Deed.HIDE), marks,
            by=Actor(kind="person", account_id=1), now=NOW)
"""


def test_a_press_about_five_hundred_that_is_killed_is_finished_by_sending_it_again(sqlite_store: Store) -> None:
    """What was done stands whole, the press sent again does the rest, and one undo takes all of it back."""
    store = sqlite_store
    by = Actor(kind="person", account_id=account(store))
    ingest(store, *(candidate() for _ in range(500)))
    marks, _ = examine(store, sorted(_ids(store)), Deed.HIDE)
    bulk, url = uuid.uuid4().hex, store.engine.url.render_as_string()
    begun = subprocess.Popen(
        [sys.executable, "-c", _KILLED, url, bulk, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert begun.stdout is not None
    assert begun.stdout.readline() == "began\n"
    while not _hidden(store):
        assert begun.poll() is None
    begun.kill()
    begun.wait()
    begun.stdout.close()
    done = _hidden(store)
    assert 0 < done < 500
    assert done % 50 == 0
    check_whole(store)
    press = Press(bulk=bulk, campaign=CAMPAIGN, deed=Deed.HIDE)
    assert len(decide_many(store, press, marks, by=by, now=LATER).stories) == 500
    assert _hidden(store) == 500
    assert undo_many(store, bulk, by=by, now=LATER) == ()
    assert _hidden(store) == 0
    check_whole(store)


def _hidden(store: Store) -> int:
    with store.read() as connection:
        query = select(func.count()).where(schema.story.c.review == "hidden")
        return int(connection.execute(query).scalar_one())
