"""A desk with everything on it that is hard to lay out, read aloud or click: for the tests of how its pages are met."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from PIL import Image
from sqlalchemy import insert

from builders import account, approved, candidate, ingest, judge, newest, node, picture, story
from campaign.errors import CollectError
from campaign.figures import Direction, Indicator, Origin, Reading, Sex, Status, Target, Weight
from campaign.flags import Flag
from campaign.newsletter import Why
from campaign.periods import Week
from campaign.records import Right, Role, Story
from campaign.rules import Author, Conditions, Effect, Rule
from campaign.snapshots import SnapshotKind
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_edit import split
from campaign.writing import Draft, DraftPicture
from conftest import HALLAND, NOW
from desk import PASSWORD, Running, running, settings
from digest import edition as editions
from digest.desk import draft_now
from digest.letter import to_json
from storage import schema
from storage.analyses import write_analysis
from storage.bulk import Deed, Press, decide_many, examine
from storage.cases import open_case
from storage.corrections import corrections
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.excerpts import set_excerpt
from storage.flags import set_flag
from storage.indicators import list_indicators
from storage.ingest import _ingest
from storage.issue_edits import NewItem, Schedule, save_draft
from storage.issue_states import approve, freeze
from storage.measurements import put_readings
from storage.media import set_failed, set_file
from storage.memberships import set_membership
from storage.merging import join
from storage.notes import add_note
from storage.people import add_account, disable, set_preferences
from storage.places import set_place
from storage.presence import look
from storage.rights import set_asked, set_right
from storage.rules import add_rule, change_rule, end_rule, pause_rule
from storage.snapshots import freeze as freeze_point
from storage.snapshots import publish
from storage.sources import sync_sources
from storage.store import JOB, Actor, Store
from storage.strategy import find_strategy, list_nodes, save_strategy
from storage.subscribers import Home, Wording, add
from storage.tasks import add_task, end_task, take_task
from storage.trust import trust_source
from storage.undoing import undo
from storage.uploads import take_upload
from storage.views import Keeper, save_view
from storage.writing import write

#: One word, as Swedish officials make them, and a name without a single place to break.
LONG_WORD = "Regionutvecklingsstrategisamordningsfunktionsbeskrivningsunderlagsarbetsgrupp"
NO_SPACES = "kommunikationsavdelningen_för_samhällsplanering.och.kollektivtrafik@" + "mycket" * 14
ARABIC = "افتتاح مسار دراجات جديد بطول 12,5 كم في Laholm يوم 2026-11-15، والجميع مدعوون #hallandväxer"
#: A strategy with a document of its own, beside the one that only has parts.
STRATEGY = "utvecklingsstrategi-2021-2030"
HEBREW_NAME = "משפחת כהן מהלמסטאד"
LONG_TEXT = (
    "Samhällsbyggnadsnämnden beslutade på torsdagen att gång- och cykelvägen ska byggas ut i två etapper. " * 100
)

#: The colours of ten pictures, so that they can be told from each other where they are looked at.
_COLOURS = (
    "#7a9a7e", "#a7836b", "#6f7fa0", "#c2a24e", "#4f6d5c", "#93627a", "#55808f", "#b08a8a", "#8d8f4f", "#5b5b73",
)  # fmt: skip

#: The strategy that the desk has.
PLAN = "halland-2014-2020"

CAMPAIGN = replace(HALLAND, places=("Hallands län", "Tylösand, Halmstad"))


@dataclass(frozen=True, kw_only=True)
class Things:
    """What addresses of the desk name: lists of ids, the first the most usual."""

    stories: dict[str, int]
    sources: list[str]
    rules: list[int]
    issues: list[int]
    tasks: list[int]
    media: list[int]
    written: int
    upload: int
    bulk: str
    points: tuple[int, ...] = ()
    strategy: str
    nodes: list[int]
    indicators: list[int]


@contextlib.contextmanager
def hard_desk(store: Store) -> Iterator[tuple[Running, Things]]:
    """Serve a desk with hard cases of everything, and say what is where."""
    source = replace(settings().sources["nyheter"], rights="own")
    other = replace(source, id=f"kalla-{'lang' * 12}", name=f"{LONG_WORD} i Hylte", rights="none", kind="mastodon")
    other = replace(other, options={"server": "https://exempel.social"})
    sources = {each.id: each for each in (source, other)}
    with running(store, campaigns={CAMPAIGN.id: CAMPAIGN}, sources=sources) as site:
        sync_sources(store, site.settings, now=NOW)
        yield site, _things(site)


def _things(site: Running) -> Things:
    store = site.store
    anna = Actor(kind="person", account_id=account(store))
    karim = Actor(kind="person", account_id=_people(store))
    areas = [node(store), _long_node(store)]
    rules = _rules(store, anna, areas[0])
    stories = _stories(store, anna, karim, areas)
    media = _pictures(store, anna, stories["ten"])
    written, upload = _written(store, anna, areas)
    issues = _issues(site, anna)
    _around(store, anna, stories)
    points = _points(store, anna)
    nodes = [*_strategy(store, anna, stories), areas[0]]
    return Things(
        points=points, indicators=[each.id for each in list_indicators(store, CAMPAIGN.id, STRATEGY)],
        stories=stories, sources=list(site.settings.sources), rules=rules, issues=issues,
        tasks=_tasks(store, anna), media=media, written=written, upload=upload, bulk=_bulk(store, anna),
        strategy=STRATEGY, nodes=nodes,
    )  # fmt: skip


def _points(store: Store, by: Actor) -> tuple[int, ...]:
    """Two measuring points with long words, the second public, and an analysis as long as they come."""
    made: list[int] = []
    goal = next(each for each in list_nodes(store, CAMPAIGN.id) if each.kind == "goal")
    for number, status in enumerate((Status.UNSURE, Status.MISSED)):
        write_analysis(store, goal.id, status=status, text=f"{LONG_WORD} {number}. {LONG_TEXT[:900]}", by=by, now=NOW)
        day = (NOW - timedelta(days=400 * (1 - number))).date()
        point = freeze_point(
            store, PLAN, kind=SnapshotKind.BASELINE, title=f"Mätpunkt {number} {LONG_WORD}", text=LONG_TEXT[:500],
            as_of=day, by=by, now=NOW,
        )  # fmt: skip
        made.append(point.id)
    publish(store, made[1], by=by, now=NOW)
    return tuple(made)


def _people(store: Store) -> int:
    """Accounts with roles here and there; the id of a colleague."""
    karim = add_account(
        store,
        "karim",
        role=Role.EDITOR,
        password=PASSWORD,
        now=NOW,
        email=NO_SPACES[:60].replace("ö", "o").replace("ä", "a") + "@exempel.se",
    )
    set_preferences(
        store, karim.id, display_name=f"Karim {LONG_WORD}", email=karim.email, language="sv", shortcuts=True
    )
    partner = add_account(store, "partner-" + "namn" * 12, role=Role.NONE, password=None, now=NOW)
    set_membership(store, partner.id, CAMPAIGN.id, Role.REVIEWER, now=NOW)
    gone = add_account(store, "slutat", role=Role.READER, password=None, now=NOW)
    disable(store, gone.id, now=NOW)
    return karim.id


def _long_node(store: Store) -> int:
    title = f"En socialt hållbar delregion med {LONG_WORD.lower()}"
    made = node(store, code="lang", title=title, position=1)
    for number in range(4):
        goal = node(store, code=f"mal-{number}", title=f"Mål {number}: {title}", position=number + 2)
        with store.write() as connection:
            where = schema.node.c.id == goal
            connection.execute(schema.node.update().where(where).values(kind="goal", parent_id=made))
    return made


def _strategy(store: Store, by: Actor, stories: dict[str, int]) -> list[int]:
    """A strategy in two versions: a goal in force and one that was split, with evidence at both."""
    goal = Node(
        code="1.1", parent="1", kind=NodeKind.GOAL, title=f"Mål om {LONG_WORD.lower()}", why=LONG_TEXT[:600],
        how=(NO_SPACES, "Att bygga"), responsible=(f"Länsstyrelsen i {LONG_WORD}",), agenda=(4, 11), words=(NO_SPACES,),
    )  # fmt: skip
    first = Strategy(
        id=STRATEGY, title=f"Strategi för {LONG_WORD}", owner=f"Region {LONG_WORD}", note="Påhittat exempel",
        period_from=date(2021, 1, 1), period_to=date(2030, 12, 31),
        nodes=(
            Node(code="1", title=ARABIC, colour="#2f6b3c"), goal, replace(goal, code="1.2", title=f"Delat {LONG_WORD}"),
            Node(code="D", kind=NodeKind.THEME, title=f"Digitalisering och {LONG_WORD}"),
        ),
        indicators=(
            Indicator(
                code="langt", title=f"Andel {LONG_WORD}", nodes=("1.1",), unit=NO_SPACES[:60], decimals=1, by_sex=True,
                origin=Origin.KOLADA, kpi="N01951", areas=("13", "G39001"), area_names=(("G39001", LONG_WORD),),
                targets=(Target(value=85.5, year=2030),), note=LONG_TEXT[:400],
            ),
            Indicator(code="tomt", title="Utan värden", nodes=("1.1",), direction=Direction.DOWN, public=False),
        ),
    )  # fmt: skip
    save_strategy(store, CAMPAIGN.id, first, origin="file", by=by, now=NOW)
    tree = find_strategy(store, STRATEGY)
    assert tree is not None
    ids = [each.id for code in ("1.1", "1.2") if (each := tree.find(code))]
    for made, name in zip(ids, ("told", "long"), strict=True):
        attach(store, stories[name], made, by=by, now=NOW, weight=Weight.MILESTONE, reason=NO_SPACES)
    told, _ = list_indicators(store, CAMPAIGN.id, STRATEGY)
    years = {2020: 79.5, 2021: None, 2022: 80.25, 2023: 81.0, 2024: 83.1}
    for sex in Sex:
        known = [Reading(area="13", period=str(year), value=value, sex=sex) for year, value in years.items()]
        put_readings(store, told.id, known, now=NOW - timedelta(days=30))
    put_readings(store, told.id, [Reading(area="13", period="2024", value=82.9)], now=NOW)
    parted = split(first, "1.2", [(code, f"{code} {LONG_WORD}") for code in ("1.3", "1.4")])
    save_strategy(store, CAMPAIGN.id, parted, origin="desk", by=by, now=NOW, reason=f"Beslut i {NO_SPACES}")
    return ids


def _rules(store: Store, by: Actor, area: int) -> list[int]:
    def kept(name: str, effect: Effect, facts: dict[str, Any] | None = None, **asked: Any) -> int:
        rule = Rule(id=0, name=name, conditions=Conditions(**asked), effect=effect, facts=facts or {})
        return add_rule(store, CAMPAIGN.id, rule, by=by, now=NOW)

    hides = kept("Reklam", Effect.HIDE, words=("rabatt",))
    suggests = kept(f"Cykel och {LONG_WORD}", Effect.SUGGEST, {"node": area}, words=("cykelväg", "samhällsbyggnad*"))
    first = kept("Kända avsändare", Effect.FIRST, authors=(Author(name=NO_SPACES, network="mastodon"),))
    old = kept("قاعدة", Effect.LATER, words=("مسار",), languages=("ar",))
    reworded = change_rule(
        store, old, Rule(id=0, name="قاعدة 2", conditions=Conditions(words=("دراجات",)), effect=Effect.LAST, facts={}),
        by=by, now=NOW,
    )  # fmt: skip
    pause_rule(store, first, paused=True, by=by, now=NOW)
    ended = kept("Avslutad", Effect.PROPOSE, media=True, more_than=2)
    end_rule(store, ended, by=by, now=NOW)
    return [hides, suggests, first, reworded, old, ended]


def _stories(store: Store, anna: Actor, karim: Actor, areas: list[int]) -> dict[str, int]:
    made: dict[str, Story] = {}
    made["long"] = story(
        store, title=f"{LONG_WORD} invigd i Gullbrandstorp", author_name=LONG_WORD, author_handle=NO_SPACES,
        text=f"{'å' * 180} https://www.exempel.se/{'mapp/' * 40} cykelväg i Halmstad #hallandväxer",
        tags=("hallandvaxer", LONG_WORD.lower()),
    )  # fmt: skip
    made["arabic"] = story(store, text=ARABIC, language="ar", author_name=HEBREW_NAME, author_handle="")
    made["empty"] = story(store, text="", html="", media=(picture(alt=None),), author_name="", author_handle="")
    made["essay"] = story(store, text=LONG_TEXT[:10_000], title="Tiotusen tecken", author_name="Laholms kommun")
    made["ten"] = story(
        store, title="Tio bilder från invigningen", text="Alla var där! #hallandväxer",
        media=tuple(picture(alt=_alt(number)) for number in range(10)),
    )  # fmt: skip
    made["plain"] = story(store, text="Bygget av badhuset i Hylte är klart. #hallandväxer")
    made["warned"] = story(store, warning="Blod syns", sensitive=True, text="En olycka på E6 #hallandväxer", shy=True)
    made["flagged"] = story(store, text="Barnen på förskolan planterar träd #hallandväxer")
    made["hidden"] = story(store, text="Rabatt på allt i Laholm! #hallandväxer")
    made["later"] = story(store, text="Om Tylösand i sommar #hallandväxer")
    made["edited"] = _edited(store, anna)
    made["joined"] = _joined(store, anna)
    made["told"] = approved(store, title="Bron öppnar", text="Bron i Laholm öppnar på fredag. #hallandväxer")
    made["foreign"] = story(store, text="Wir besuchen die neue Brücke in Laholm und freuen uns sehr.", language="sv")
    set_flag(store, made["flagged"].id, Flag.CHILD, on=True, by=anna, now=NOW, reason=LONG_WORD)
    decide(store, made["flagged"].id, Action.APPROVE, by=karim, now=NOW)
    decide(store, made["later"].id, Action.LATER, by=anna, now=NOW, later_until=NOW + timedelta(days=9))
    for each in areas:
        attach(store, made["essay"].id, each, by=anna, now=NOW)
    for action in (Action.FEATURE, Action.COMING):
        decide(store, made["essay"].id, action, by=karim, now=NOW)
    set_place(store, made["essay"].id, "laholm", name="Laholm", by=anna, now=NOW)
    lead = made["essay"].lead
    set_excerpt(
        store, made["essay"].id, post_id=lead.id, version_id=lead.version_id, start=0, end=101, by=anna, now=NOW
    )
    _liked(store, made["plain"].lead.id, made["told"].lead.id)
    add_note(store, made["long"].id, f"Ring {NO_SPACES} först.\n\n{ARABIC}", by=karim, now=NOW)
    add_note(store, made["long"].id, "Ringde, de svarar på måndag.", by=anna, now=NOW)
    look(store, karim.account_id or 0, CAMPAIGN.id, made["plain"].id, now=NOW)
    return {name: each.id for name, each in made.items()}


def _alt(number: int) -> str | None:
    return (None, "", f"En {LONG_WORD.lower()} i höstsol.", ARABIC, "Barn klipper ett band.")[number % 5]


def _edited(store: Store, by: Actor) -> Story:
    made = approved(store, title="Före", text="Invigningen är på lördag klockan 12 i Skogaby. #hallandväxer")
    text = f"Invigningen är på söndag klockan 14 i {LONG_WORD}. #hallandväxer"
    ingest(store, candidate(identity=made.lead.identity, title="Efter ändringen", text=text))
    return made


def _joined(store: Store, by: Actor) -> Story:
    text = "Simhallen i Falkenberg öppnar igen efter renoveringen. #hallandväxer"
    one = story(store, text=text)
    other = story(store, text=ARABIC, language="ar", network="bluesky", identity="at://did:plc:x/app.bsky.feed.post/1")
    join(store, one.id, other.id, by=by, now=NOW)
    return next(each for each in newest(store) if len(each.posts) == 2)


def _liked(store: Store, one: int, other: int) -> None:
    with store.write() as connection:
        connection.execute(
            insert(schema.pair).values(
                post_id=min(one, other), other_id=max(one, other), verdict="maybe", why="text", percent=72, at=NOW
            )
        )


def _pictures(store: Store, by: Actor, story_id: int) -> list[int]:
    """Copies, rights and failures for the ten pictures."""
    media = [each for made in newest(store) if made.id == story_id for each in made.lead.media]
    for number, each in enumerate(media[:8]):
        name = f"{number:02d}" * 32
        folder = store.media / name[:2]
        folder.mkdir(parents=True)
        for width in (480, 960, 1600):
            Image.new("RGB", (width, width * 2 // 3), _COLOURS[number]).save(folder / f"{name}-{width}.jpg")
        set_file(store, each.id, name, width=1600, height=1066)
    set_right(store, media[0].id, Right.OWN, by=by, now=NOW)
    set_right(
        store, media[1].id, Right.PERMISSION, right_from=NO_SPACES, proof=f"Mejl, {LONG_WORD}", by=by, now=NOW,
        until=NOW + timedelta(days=3),
    )  # fmt: skip
    set_right(store, media[2].id, Right.REFUSED, by=by, now=NOW)
    set_asked(store, [media[3].id], by=by, now=NOW)
    set_failed(store, media[9].id, CollectError("dns_failed", host="exempel.social"), now=NOW)
    return [each.id for each in media]


def _written(store: Store, by: Actor, areas: list[int]) -> tuple[int, int]:
    """A story of our own with an uploaded picture: its post and the picture."""
    body = io.BytesIO()
    Image.new("RGB", (640, 480), "#7a9a7e").save(body, "JPEG")
    file = take_upload(store, io.BytesIO(body.getvalue()), name=f"{LONG_WORD}.jpg")
    draft = Draft(
        title="Ny brygga", text="Nu går det att bada från rullstol.", author="Region Halland",
        pictures=(DraftPicture(file=file, name=f"{LONG_WORD}.jpg", alt="En brygga."),),
    )  # fmt: skip
    done = write(store, CAMPAIGN.id, draft, by=by, now=NOW, press="a" * 32, language="sv", nodes=areas[:1])
    made = next(each for each in newest(store) if each.id == done.story_id)
    return done.post_id, made.lead.media[0].id


def _issues(site: Running, by: Actor) -> list[int]:
    """A letter that was sent and whose stories changed since, and the next draft."""
    store = site.store
    told = [each for each in newest(store) if each.lead.title in ("Bron öppnar", "Före", "Efter ändringen")]
    told.append(approved(store, title=f"{LONG_WORD} i brevet", text=ARABIC, language="ar"))
    issue = save_draft(
        store, campaign=CAMPAIGN.id, newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=each.id, section="", position=0, reason=Why(key="approved")) for each in told],
    )  # fmt: skip
    made = editions.load(store, site.settings, issue.id)
    approve(store, issue.id, made.content, by=by, now=NOW, changes=issue.changes)
    content, letter = made.content, to_json(made.letter)
    freeze(store, issue.id, content=content, letter=letter, renders={"master": b"m"}, now=NOW, by=JOB)
    undo(store, decide(store, told[-1].id, Action.HIDE, by=by, now=NOW).group, by=by, now=NOW)
    assert corrections(store, issue.id)
    approved(store, title="Till nästa brev", text=LONG_TEXT[:4_000])
    draft = draft_now(store, site.settings, "veckobrevet", by=by, now=NOW)
    return [getattr(draft, "id", issue.id + 1), issue.id]


def _around(store: Store, anna: Actor, stories: dict[str, int]) -> None:
    """Cases, subscribers, saved views, a trusted source, something undone."""
    for number in range(2):
        message = ("Ta bort oss, tack.", f"{NO_SPACES} {ARABIC}")[number]
        open_case(store, CAMPAIGN.id, story_id=stories["plain"], message=message, contact=NO_SPACES[-60:], now=NOW)
    wording = Wording(text="Ja", version="1", language="sv")
    home = Home(campaign=CAMPAIGN.id, newsletter="veckobrevet")
    for name in ("a", "b" * 60):
        add(store, home, f"{name}@{'mycket-' * 8}lang.exempel.se", wording=wording, now=NOW)
    for shared, name in ((True, f"Allt från {LONG_WORD}"[:60]), (False, "عربي")):
        keeper = Keeper(campaign=CAMPAIGN.id, account_id=anna.account_id or 0, shares=True)
        save_view(store, keeper, name=name, query="network=mastodon", shared=shared, now=NOW)
    trust_source(store, "nyheter", trusted=True, campaign=CAMPAIGN.id, by=anna, now=NOW)
    with store.write() as connection:
        _ingest(
            connection, campaign=CAMPAIGN.id, source_id="nyheter", candidates=[candidate(network="feed")],
            judge=judge, now=NOW, own=True,
        )  # fmt: skip
        trouble = {"key": "dns_failed", "facts": {"host": "exempel.social"}, "permanent": False}
        where = schema.source.c.id != "nyheter"
        connection.execute(schema.source.update().where(where).values(error=trouble, failures=4))


def _tasks(store: Store, by: Actor) -> list[int]:
    """A pasted link that is looked at, and one that nobody could read."""
    ids = []
    for name in ("borta", "vantar"):
        url = f"https://www.exempel.se/{name}/{LONG_WORD}"
        ids.append(add_task(store, "link", {"url": url}, now=NOW, account_id=by.account_id, campaign=CAMPAIGN.id))
        if name == "borta":
            take_task(store, now=NOW)
            end_task(store, ids[0], now=NOW, error=CollectError("link_closed", host="www.exempel.se"))
    return ids[::-1]


def _bulk(store: Store, by: Actor) -> str:
    """Many stories put aside by one press, some left out."""
    ids = [story(store, text=f"Nummer {number} av många #hallandväxer").id for number in range(3)]
    marks, _ = examine(store, ids, Deed.LATER)
    decide(store, ids[0], Action.FEATURE, by=by, now=NOW)
    press = Press(bulk="c" * 32, campaign=CAMPAIGN.id, deed=Deed.LATER)
    decide_many(store, press, marks, by=by, now=NOW)
    return press.bulk
