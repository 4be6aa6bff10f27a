"""The rules: listed in plain sentences, tried before they are saved, put in order, paused, ended.

Nothing that only tries is kept. What publishes without a person asks again who is there.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.language import Explanation
from campaign.places import offer
from campaign.records import Role
from campaign.rules import Author, Conditions, Effect, Rule
from storage.facets import networks
from storage.posts import get_post
from storage.rule_trial import MOST_TRIED, try_rules
from storage.rules import (
    RuleCount,
    RuleRecord,
    add_rule,
    change_rule,
    check,
    end_rule,
    get_rule,
    hits_of,
    list_rules,
    move_rule,
    pause_rule,
    rule_counts,
    rule_trail,
    successor,
    wordings,
)
from storage.ruling import apply_to_waiting, undo_applied
from storage.strategy import list_nodes
from storage.trust import trust_source, trusted_sources
from web.desk.answers import number
from web.desk.queue import source_names, words_of
from web.desk.rule_forms import DAYS, RuleForm, read_rule
from web.desk.rule_words import RuleWords
from web.desk.trail import lines
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.rendering import language_name, network_name

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

#: What a rule did is counted over so many days.
_COUNTED = timedelta(days=30)

#: A rule whose decisions people take back as often as one in so many is in doubt.
_DOUBT_FROM = 10

#: So many posts of a trial, or of a rule's page, are shown; all are counted.
_SHOWN = 40

#: Languages to choose from, the most frequent in Sweden first.
_LANGUAGES = ("sv", "en", "nb", "nn", "no", "da", "fi", "de", "ar", "uk", "so", "fa", "pl")

_SAID = frozenset(("added", "changed", "paused", "resumed", "ended", "moved", "trusted", "distrusted"))


class Rules:
    """One person's look at the rules of one campaign."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @cached_property
    def tree(self) -> Any:
        """The nodes that a rule may suggest."""
        return list_nodes(self.desk.store, self.desk.campaign.id)

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """The places that a rule may suggest, as id and name."""
        known = offer(self.desk.campaign.places)
        return [(place.id, known.register.label(place)) for place in known.places]

    @cached_property
    def words(self) -> RuleWords:
        """What says rules in the person's language."""
        return words_of(self.desk, self.tree)

    @cached_property
    def own(self) -> list[str]:
        """The sources that are channels of one's own."""
        return [source.id for source in self.desk.settings.sources.values() if source.rights == "own"]

    @cached_property
    def networks(self) -> dict[str, str]:
        """The networks that posts came from, with what they are called."""
        name = network_name(self.desk.language)
        return {choice.value: name(choice.value) for choice in networks(self.desk.store, self.desk.campaign.id)}

    def choices(self, rule: Rule) -> dict[str, Any]:
        """Return what the form of a rule offers; what the rule has is offered too."""
        desk, asked = self.desk, rule.conditions
        name, spoken = network_name(desk.language), language_name(desk.language)
        sources = {
            source.id: source.name or source.id
            for source in desk.settings.sources.values()
            if not source.campaigns or desk.campaign.id in source.campaigns
        }
        return {
            "sources": sources | {each: sources.get(each, each) for each in asked.sources},
            "networks": self.networks | {each: name(each) for each in asked.networks},
            "languages": {each: spoken(each) or each for each in (*_LANGUAGES, *asked.languages)},
            "nodes": [
                (0, desk.t("rules.form.no_node")),
                *((each.id, f"{each.code} {each.title}") for each in self.tree),
            ],
            "places": [("", desk.t("rules.form.no_place")), *self.places],
            "days": [(0, desk.t("rules.form.no_day")), *((day, desk.t("rules.form.days", count=day)) for day in DAYS)],
            "effects": [(str(effect), desk.t(f"rules.effect.{effect}")) for effect in Effect],
        }

    def form(self, rule: Rule) -> dict[str, Any]:
        """Return what the template of the form is told."""
        return {"form": RuleForm(rule=rule), "choices": self.choices(rule), "says": self.words}


@router.get("/desk/rules")
def all_rules(desk: AtDesk) -> Response:
    """List the rules in their order, and the channels that may be trusted."""
    return _list(desk)


@router.get("/desk/rules/new")
def new_rule(desk: AtDesk) -> Response:
    """Show an empty form, or one about the author of a post."""
    asked = desk.asked("effect")
    effect = Effect(asked) if asked in list(Effect) else Effect.LAST
    rule = Rule(id=0, name="", conditions=Conditions(), effect=effect, facts={})
    post_id = number(desk.asked("post"))
    if post_id is None:
        return _form(desk, rule)
    author = _author_of(desk, post_id)
    for record in list_rules(desk.store, desk.campaign.id):
        if record.rule.effect is rule.effect and _is_about_authors(record.rule.conditions):
            return desk.go(desk.url(f"/desk/rules/{record.rule.id}", post=post_id) + "#edit")
    key = "rules.blocked_name" if rule.effect is Effect.HIDE else "rules.trusted_name"
    rule = Rule(id=0, name=desk.t(key), conditions=Conditions(authors=(author,)), effect=rule.effect, facts={})
    return _form(desk, rule)


@router.post("/desk/rules/new")
def make_rule(desk: AtDesk) -> Response:
    """Try a new rule, or save it."""
    rules = Rules(desk)
    rule, problem = _read(desk, rules)
    if problem is not None or desk.form["press"] != "save":
        return _form(desk, rule, problem, tried=problem is None)
    _prove_for(desk, rule)
    try:
        rule_id = add_rule(desk.store, desk.campaign.id, rule, by=desk.actor, now=desk.now)
    except InputError as error:
        return _form(desk, rule, error)
    return desk.go(desk.url(f"/desk/rules/{rule_id}", said="added"))


@router.get("/desk/rules/{rule_id}")
def one_rule(desk: AtDesk, rule_id: Id) -> Response:
    """Show what a rule does, what it did, and its form."""
    record = _find(desk, rule_id)
    rule = record.rule
    post_id = number(desk.asked("post"))
    if post_id is not None:
        rule = _with_author(rule, _author_of(desk, post_id))
    return _page(desk, record, rule)


@router.post("/desk/rules/{rule_id}")
def press_rule(desk: AtDesk, rule_id: Id) -> Response:
    """Try or save a new wording; pause, resume, end or move a rule; put it to what waits, or take that back."""
    record, press = _find(desk, rule_id), desk.form["press"]
    if press in ("try", "save"):
        return _reword(desk, record)
    if press in ("apply", "undo"):
        return _apply(desk, record) if press == "apply" else _undo(desk, record)
    try:
        said = _change(desk, record, press)
    except ConflictError as error:
        return _page(desk, record, record.rule, error)
    at = "" if press == "end" else f"#rule-{rule_id}"
    return desk.go(desk.url("/desk/rules", said=said) + at)


@router.post("/desk/sources/{source_id}/trust")
def trust(desk: AtDesk, source_id: str) -> Response:
    """Record that the organisation trusts a channel of its own, or does so no longer."""
    is_trusted = desk.form["press"] == "trust"
    if is_trusted:
        if source_id not in Rules(desk).own:
            raise NotFoundError("source_not_own", source=source_id)
        if desk.form["understood"] != "yes":
            return _list(desk, problem=InputError(f"understood-{source_id}", "trust_unsaid"))
        desk.prove()
    trust_source(desk.store, source_id, trusted=is_trusted, campaign=desk.campaign.id, by=desk.actor, now=desk.now)
    return desk.go(desk.url("/desk/rules", said="trusted" if is_trusted else "distrusted") + "#channels")


def _change(desk: Desk, record: RuleRecord, press: str) -> str:
    """Carry out a press about the rule as a whole and return what to say of it."""
    store, rule_id, by, now = desk.store, record.rule.id, desk.actor, desk.now
    if press in ("pause", "resume"):
        if press == "resume":
            _prove_for(desk, record.rule)
        pause_rule(store, rule_id, paused=press == "pause", by=by, now=now)
        return f"{press}d"
    if press == "end":
        end_rule(store, rule_id, by=by, now=now)
        return "ended"
    if press in ("up", "down"):
        move_rule(store, rule_id, up=press == "up", by=by, now=now)
        return "moved"
    raise NotFoundError("press_unknown")


def _reword(desk: Desk, record: RuleRecord) -> Response:
    rules = Rules(desk)
    rule, problem = _read(desk, rules)
    if problem is not None or desk.form["press"] != "save":
        return _page(desk, record, rule, problem, tried=problem is None)
    _prove_for(desk, rule)
    try:
        made = change_rule(desk.store, record.rule.id, rule, by=desk.actor, now=desk.now)
    except (InputError, ConflictError) as error:
        return _page(desk, record, rule, error)
    return desk.go(desk.url(f"/desk/rules/{made}", said="changed"))


def _apply(desk: Desk, record: RuleRecord) -> Response:
    _prove_for(desk, record.rule)
    try:
        done = apply_to_waiting(desk.store, record.rule.id, own=Rules(desk).own, by=desk.actor, now=desk.now)
    except ConflictError as error:
        return _page(desk, record, record.rule, error)
    return _page(desk, record, record.rule, applied=done)


def _undo(desk: Desk, record: RuleRecord) -> Response:
    undone, left = undo_applied(desk.store, desk.form["group"], by=desk.actor, now=desk.now)
    return _page(desk, record, record.rule, undone=(undone, left))


def _prove_for(desk: Desk, rule: Rule) -> None:
    """Ask who is there before a rule may publish without a person."""
    if rule.effect is Effect.PUBLISH:
        desk.prove()


def _read(desk: Desk, rules: Rules) -> tuple[Rule, InputError | None]:
    """Return the rule of a form, with what is wrong with it."""
    networks_known = rules.networks
    places = [place_id for place_id, _ in rules.places]
    try:
        rule = read_rule(desk.form, networks=networks_known, places=places)
    except InputError as problem:
        desk.form["more_than"] = ""
        return read_rule(desk.form, networks=networks_known, places=places), problem
    try:
        check(rule)
    except InputError as problem:
        # A rule without a name can be tried; it needs one to be saved.
        if not (problem.key == "rule_nameless" and desk.form["press"] == "try"):
            return rule, problem
    return rule, None


def _form(desk: Desk, rule: Rule, problem: InputError | None = None, *, tried: bool = False) -> Response:
    rules = Rules(desk)
    return desk.page(
        "desk/rule_new.html",
        status=422 if problem else 200,
        **rules.form(rule),
        wrong=_wrong(desk, problem),
        trials=_trials(desk, rules, [rule]) if tried else [],
        most=MOST_TRIED,
        shown=_SHOWN,
    )


def _page(
    desk: Desk, record: RuleRecord, rule: Rule, problem: InputError | ConflictError | None = None, *,
    tried: bool = False, applied: Any = None, undone: tuple[int, int] | None = None,
) -> Response:  # fmt: skip
    rules = Rules(desk)
    store, rule_id = desk.store, record.rule.id
    is_input = isinstance(problem, InputError)
    counted = rule_counts(store, [rule_id], since=desk.now - _COUNTED).get(rule_id, RuleCount())
    trail = rule_trail(store, record.campaign, [each.rule.id for each in wordings(store, rule_id)])
    return desk.page(
        "desk/rule.html",
        status=(422 if is_input else 409) if problem else 200,
        **rules.form(rule),
        record=record,
        counted=counted,
        in_doubt=_in_doubt(counted),
        hits=hits_of(store, rule_id, limit=_SHOWN),
        before=wordings(store, rule_id)[1:],
        successor=successor(store, rule_id),
        trail=lines(trail, desk.language, nodes={}),
        wrong=_wrong(desk, problem),
        told=desk.explain(problem) if problem is not None and not is_input else None,
        trials=_trials(desk, rules, [record.rule, rule]) if tried else [],
        edited=rule is not record.rule or bool(problem),
        applied=applied,
        undone=undone,
        most=MOST_TRIED,
        shown=_SHOWN,
        said=_said(desk),
    )


def _list(desk: Desk, problem: InputError | None = None) -> Response:
    rules = Rules(desk)
    records = list_rules(desk.store, desk.campaign.id)
    counted = rule_counts(desk.store, [record.rule.id for record in records], since=desk.now - _COUNTED)
    trusted = trusted_sources(desk.store)
    own = [(source_id, source_names(desk).get(source_id, source_id), trusted.get(source_id)) for source_id in rules.own]
    return desk.page(
        "desk/rules.html",
        status=422 if problem else 200,
        records=records,
        says=rules.words,
        counted=counted,
        none=RuleCount(),
        in_doubt=_in_doubt,
        channels=own,
        wrong=_wrong(desk, problem),
        may_trust=desk.may_everywhere(Role.ADMINISTRATOR),
        trail=lines(rule_trail(desk.store, desk.campaign.id, None, limit=20), desk.language, nodes={}),
        said=_said(desk),
    )


def _said(desk: Desk) -> str:
    said = desk.asked("said")
    return desk.t(f"rules.said.{said}") if said in _SAID else ""


def _trials(desk: Desk, rules: Rules, tried: list[Rule]) -> list[Any]:
    return try_rules(desk.store, desk.campaign.id, tried, own=rules.own)


def _in_doubt(counted: RuleCount) -> bool:
    return bool(counted.undone) and counted.undone * _DOUBT_FROM >= counted.acted


def _wrong(desk: Desk, problem: SkordError | None) -> dict[str, str]:
    if not isinstance(problem, InputError):
        return {}
    told: Explanation = desk.explain(problem)
    return {problem.field: f"{told.what} {told.do}"}


def _find(desk: Desk, rule_id: int) -> RuleRecord:
    record = get_rule(desk.store, rule_id)
    if record.campaign != desk.campaign.id:
        raise NotFoundError("rule_missing", rule=rule_id)
    return record


def _author_of(desk: Desk, post_id: int) -> Author:
    post = get_post(desk.store, post_id)
    if post is None or post.campaign != desk.campaign.id or not (post.author_handle or post.author_name):
        raise NotFoundError("rule_authorless")
    handle = post.author_handle.lstrip("@")
    return Author(name=f"@{handle}" if handle else post.author_name, network=post.network)


def _is_about_authors(conditions: Conditions) -> bool:
    return bool(conditions.authors) and Conditions(authors=conditions.authors) == conditions


def _with_author(rule: Rule, author: Author) -> Rule:
    authors = tuple(dict.fromkeys((*rule.conditions.authors, author)))
    return Rule(
        id=rule.id, name=rule.name, conditions=Conditions(authors=authors), effect=rule.effect, facts=rule.facts
    )
