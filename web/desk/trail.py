"""The trail in words: who did what, when and why, one line a press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from campaign.errors import Fact
from campaign.figures import Weight
from campaign.language import Language
from campaign.records import Post
from campaign.rules import Why
from storage.store import Store
from storage.stories import get_leads
from storage.trail import DecisionRecord, trail
from storage.undoing import CREDIT
from web.desk.rule_words import RuleWords

#: How a press is told that gave evidence another weight than the usual.
_WEIGHED: Mapping[object, str] = {Weight.TOUCHES: "evidence.did.touches", Weight.MILESTONE: "evidence.did.milestone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One press. ``title`` is the story's, "" where the line belongs to none or its story is known anyway."""

    group: str
    at: datetime
    sentence: str
    reason: str
    story_id: int | None
    title: str
    undoable: bool
    undone: bool


def lines(records: Iterable[DecisionRecord], language: Language, *, nodes: Mapping[int, str]) -> list[Line]:
    """Return the presses of a trail, newest first: rows that share a group are one line.

    What one press recorded of pictures is told whole, each thing once: their words, the right, what stays in view.
    """
    found: dict[str, Line] = {}
    for record in records:
        if record.group in found and record.media_id is not None:
            line, more = found[record.group], sentence(record, language, nodes)
            if more not in line.sentence.split("; "):
                found[record.group] = replace(line, sentence=f"{line.sentence}; {more}")
        if record.group not in found:
            found[record.group] = Line(
                group=record.group,
                at=record.at,
                sentence=sentence(record, language, nodes),
                reason=why(record, language),
                story_id=record.story_id,
                title="",
                undoable=record.undoable,
                undone=record.undone,
            )
    return list(found.values())


def why(record: DecisionRecord, language: Language) -> str:
    """Return why: a person's own words, or in words what a network or a rule said by name."""
    if "rule" in record.facts and isinstance(record.facts.get("why"), dict):
        return RuleWords(language=language, sources={}, nodes={}, places={}).why(Why.of(record.facts["why"]))
    key = f"withdrawal.{record.reason}"
    return language.t(key) if record.actor != "person" and language.has(key) else record.reason


def sentence(record: DecisionRecord, language: Language, nodes: Mapping[int, str]) -> str:
    """Return what happened in one sentence, with who did it."""
    name = str(record.facts.get("name") or "") if record.facts.keys() & {"rule", "strategy"} else ""
    who = language.t("rules.actor", name=name) if record.actor == "rule" and name else record.who
    who = who or language.t(f"desk.actor.{record.actor}")
    if record.action in (CREDIT, f"undo_{CREDIT}"):
        return _credited(record, language, who)
    if language.has(f"places.did.{record.action}"):
        return language.t(f"places.did.{record.action}", who=who, place=str(record.facts.get("name") or ""))
    if language.has(f"stories.did.{record.action}"):
        return _moved(record, language, who)
    weighed = _WEIGHED.get(record.facts.get("weight"), "") if record.action == "attach" else ""
    known = (weighed, f"desk.did.{record.action}", f"log.did.{record.action}")
    key = next((key for key in known if key and language.has(key)), "")
    if not key:
        return language.t("desk.did.other", who=who, action=record.action)
    said = language.t(
        key, who=who, name=name or str(record.facts.get("source") or ""), **_places(record, language, nodes)
    )
    return said + _right(record, language) if record.action == "right" else said


def _right(record: DecisionRecord, language: Language) -> str:
    """Return which right was recorded, from whom and until when; "" for an old line that does not know."""
    known = record.facts.get("to")
    if not isinstance(known, dict) or not language.has(key := f"log.right.{known.get('right')}"):
        return ""
    told = [language.t(key)]
    if known.get("right_from"):
        told.append(language.t("log.right.from", who=str(known["right_from"])))
    if known.get("right_until"):
        last = datetime.fromisoformat(str(known["right_until"])) - timedelta(seconds=1)
        told.append(language.t("log.right.until", day=language.date(last.astimezone(language.zone).date())))
    return f" ({', '.join(told)})"


def _places(record: DecisionRecord, language: Language, nodes: Mapping[int, str]) -> dict[str, Fact]:
    """Return what a sentence may name: the node, the flag, the issue's number, the account."""
    flag = str(record.facts.get("flag") or "")
    return {
        "node": _node(record, nodes) or language.t("desk.node.ended"),
        "flag": language.t(f"flags.name.{flag}") if language.has(f"flags.name.{flag}") else flag,
        "number": record.facts.get("number") or "",
        "about": record.about or language.t("log.somebody"),
    }


def _node(record: DecisionRecord, nodes: Mapping[int, str]) -> str:
    """Return what the node was called when it happened; an old line knows only what it is called now."""
    code, title = (str(record.facts.get(name) or "") for name in ("code", "title"))
    if not title:
        return nodes.get(int(record.facts.get("node") or 0)) or ""
    return f"{code} {title}" if code[:1].isdigit() else title


def _credited(record: DecisionRecord, language: Language, who: str) -> str:
    if record.action != CREDIT:
        return language.t("credit.did.undone", who=who)
    name = str(record.facts.get("name") or "")
    return language.t("credit.did.set" if name else "credit.did.cleared", who=who, name=name)


def _moved(record: DecisionRecord, language: Language, who: str) -> str:
    """Return in one sentence where posts were moved; of a rule also by what it judged."""
    said = language.t(f"stories.did.{record.action}", who=who)
    why = record.facts.get("why")
    if not why:
        return said
    percent = record.facts["percent"]
    return f"{said}: {language.t(f'stories.why.{why}' if percent else f'stories.why.{why}_alone', percent=percent)}"


def recent(store: Store, campaign: str, language: Language, *, nodes: Mapping[int, str], limit: int = 5) -> list[Line]:
    """Return the campaign's latest presses about stories, each with the story's title."""
    records = [
        record
        for record in trail(store, campaign=campaign, rules=False, limit=limit * 4)
        if record.story_id is not None
    ]
    found = [line for line in lines(records, language, nodes=nodes) if not line.undone][:limit]
    titles = _titles(store, [line.story_id for line in found if line.story_id is not None], language)
    return [replace(line, title=titles.get(line.story_id or 0, "")) for line in found]


def headline(post: Post, language: Language, *, most: int = 80) -> str:
    """Return a post's title, or its first words."""
    text = " ".join((post.title or post.warning or post.text).split())
    if not text:
        return language.t("desk.card.wordless")
    if len(text) <= most:
        return text
    at = text.rfind(" ", most // 2, most)
    return text[: at if at > 0 else most].rstrip(",.:;- ") + "…"


def _titles(store: Store, ids: Sequence[int], language: Language) -> dict[int, str]:
    leads = get_leads(store, list(dict.fromkeys(ids)))
    return {story_id: headline(post, language, most=60) for story_id, post in leads.items()}
