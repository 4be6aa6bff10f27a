"""``skord issue``: the newsletter without a browser."""

from __future__ import annotations

from argparse import Namespace
from time import sleep
from typing import TYPE_CHECKING

from campaign.errors import InputError, NotFoundError
from skord.commands.account import administrator
from skord.commands.account import find as find_account
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.newsletter import Issue, Why
    from storage.store import Actor

#: How long a letter in another process's hands is waited for.
_PATIENCE_SECONDS = 30

#: So much of a title is printed in a table.
_TITLE_MAX = 60


def list_(house: House, args: Namespace) -> int:
    """Print every issue, the newest first."""
    from storage.issues import list_issues

    names = [args.newsletter] if args.newsletter else list(house.settings.newsletters)
    house.table(
        ("newsletter", "number", "week", "state", "send", "subject"),
        [
            (entry.newsletter, entry.number, str(entry.week), _state(house, entry), entry.send_at, entry.subject)
            for name in names
            for entry in list_issues(house.store, name)
        ],
    )
    return 0


def _state(house: House, issue: Issue) -> str:
    return str(issue.state) if house.as_json else house.language.t(f"digest.state.{issue.state}")


def draft(house: House, args: Namespace) -> int:
    """Draft an issue now, or bring the open draft up to date, and say why each story is in it or not."""
    from campaign.newsletter import SPECIAL_SECTIONS
    from campaign.periods import parse_week
    from digest.desk import draft_now
    from storage.issues import items
    from storage.store import JOB

    week = parse_week(args.week) if args.week else None
    made = draft_now(
        house.store, house.settings, newsletter(house, args.newsletter), by=JOB, now=house.clock(), week=week
    )
    shown = [item for item in items(house.store, made.id) if not item.left_out]
    told = [item.story_id for item in shown if item.story_id and item.section not in SPECIAL_SECTIONS]
    if house.as_json:
        house.give({"number": made.number, "week": str(made.week), "stories": told, "why": _reasons(house, made)})
        return 0
    house.print(house.language.t("cli.issue_drafted", number=made.number, count=len(told)))
    _print_reasons(house, made)
    return 0


def _reasons(house: House, issue: Issue) -> dict[str, list[dict[str, object]]]:
    """Return why each story is in an issue ("in"), or was looked at and is not ("out"), in words."""
    from digest.reasons import in_words
    from storage.issue_desk import omitted
    from storage.issues import items
    from storage.stories import get_leads

    everything = items(house.store, issue.id)
    inside = [item for item in everything if not item.left_out]
    missing = [(item.story_id, item.title, item.reason) for item in everything if item.left_out]
    missing += [(each.story_id, "", each.why) for each in omitted(house.store, issue.id)]
    asked = {item.story_id for item in everything} | {each[0] for each in missing}
    leads = get_leads(house.store, sorted(asked - {0}))

    def row(story_id: int, title: str, why: Why) -> dict[str, object]:
        lead = leads.get(story_id)
        named = " ".join((title or (lead.title or lead.text if lead else "")).split())[:_TITLE_MAX]
        return {"story": story_id or None, "title": named, "why": in_words(why, house.language)}

    return {
        "in": [row(item.story_id, item.title, item.reason) for item in inside],
        "out": [row(*each) for each in missing],
    }


def _print_reasons(house: House, issue: Issue) -> None:
    for side, rows in _reasons(house, issue).items():
        if rows:
            house.print("\n" + house.language.t(f"cli.issue_{side}"))
            house.table(("story", "title", "why"), [(each["story"], each["title"], each["why"]) for each in rows])


def yearbook(house: House, args: Namespace) -> int:
    """Draft the yearbook of a year: an ordinary draft, to be edited and approved."""
    from digest.yearbook_desk import draft_yearbook, year_named
    from storage.issues import items
    from storage.store import JOB

    name, year = newsletter(house, args.newsletter), year_named(args.year)
    made = draft_yearbook(house.store, house.settings, name, year, by=JOB, now=house.clock())
    told = [item.story_id for item in items(house.store, made.id)]
    if house.as_json:
        house.give({"number": made.number, "year": year, "stories": told})
    else:
        house.print(house.language.t("cli.yearbook_drafted", number=made.number, year=year, count=len(told)))
    return 0


def show(house: House, args: Namespace) -> int:
    """Print an issue as its text letter, why each story is in it or not, and how its deliveries stand."""
    from digest import edition as editions
    from storage.deliveries import balance

    issue = _issue(house, args)
    edition = editions.load(house.store, house.settings, issue.id, now=house.clock())
    drawn = editions.preview(house.store, house.settings, edition)
    counts = balance(house.store, issue.id)
    if house.as_json:
        house.give(
            {
                "number": issue.number,
                "week": str(issue.week),
                "state": str(issue.state),
                "send_at": issue.send_at,
                "text": drawn.text,
                "why": _reasons(house, issue),
                "deliveries": {name: getattr(counts, name) for name in counts.__slots__},
            }
        )
        return 0
    house.print(f"{issue.newsletter} {issue.number}, {issue.week}: {_state(house, issue)}\n")
    house.print(drawn.text)
    _print_reasons(house, issue)
    house.print("\n" + "  ".join(f"{name} {getattr(counts, name)}" for name in counts.__slots__))
    return 0


def approve(house: House, args: Namespace) -> int:
    """Approve an issue in the name of an account."""
    from digest.desk import NotReady
    from digest.desk import approve as record

    wanted = _issue(house, args)
    try:
        issue = record(house.store, house.settings, wanted.id, by=_person(house, args), now=house.clock())
    except NotReady as refused:
        for fault in refused.faults:
            house.print(house.language.t(f"digest.lint.{fault.key}", **fault.facts))
        raise
    house.tell("cli.issue_approved", number=issue.number, when=house.language.moment(issue.send_at))
    return 0


def send(house: House, args: Namespace) -> int:
    """Send an approved issue now; what was begun goes on where it was. 1 where letters failed or are in doubt."""
    from campaign.newsletter import IssueState
    from digest import desk
    from digest.outbox import send_due
    from digest.work import tick
    from storage.deliveries import audience_size, balance
    from storage.issues import get_issue
    from storage.senders import is_copy
    from storage.store import JOB

    if args.this_is_the_one:
        return _confirm(house, args.this_is_the_one)
    issue = _issue(house, args)
    if args.dry_run:
        count = audience_size(house.store, issue.newsletter)
        house.print(house.language.t("cli.issue_would_send", number=issue.number, count=count))
        return 0
    if issue.state not in (IssueState.APPROVED, IssueState.SENDING):
        house.tell("cli.issue_nothing_due", number=issue.number)
        return 1
    if issue.state is IssueState.APPROVED:
        desk.send_now(house.store, house.settings, issue.id, by=JOB, now=house.clock())
        tick(house.store, house.settings, clock=house.clock)
        if not get_issue(house.store, issue.id).state.out:
            _say_why(house, get_issue(house.store, issue.id))
            return 1
    report = send_due(house.store, house.settings, clock=house.clock)
    for _ in range(_PATIENCE_SECONDS):
        # A serving Skörd may be sending the very same letters: what it does is what is told.
        if not report.busy and get_issue(house.store, issue.id).state is not IssueState.SENDING:
            break
        sleep(1)
        report = send_due(house.store, house.settings, clock=house.clock)
    counts = balance(house.store, issue.id)
    if report.copy or is_copy(house.store):
        house.tell("sending.copy.cli")
    if report.problem is not None:
        house.print(str(house.language.explain(report.problem)))
    house.table(tuple(counts.__slots__), [tuple(getattr(counts, name) for name in counts.__slots__)])
    done = counts.audience is not None and not (counts.failed or counts.uncertain or counts.open)
    return 0 if done and report.problem is None else 1


def _say_why(house: House, issue: Issue) -> None:
    """Say why an issue that was to leave did not: its approval fell, its sender's domain is red."""
    say, why = house.language, issue.why
    if why is None or not say.has(f"digest.why.{why.key}"):
        house.tell("cli.issue_nothing_due", number=issue.number)
        return
    newsletter = house.settings.newsletters[issue.newsletter]
    name = newsletter.name or house.settings.campaigns[issue.campaign].name
    when = {"day": say.day(issue.send_at), "time": say.time(issue.send_at)}
    house.print(say.t(f"digest.why.{why.key}", **{"name": name, "number": issue.number, **when, **why.facts}))


def _confirm(house: House, name: str) -> int:
    """Record an administrator's word that letters leave from this database from now on."""
    from storage.senders import confirm, is_copy
    from storage.store import Actor

    by = Actor(kind="person", account_id=administrator(house, name).id)
    if not is_copy(house.store):
        house.tell("sending.copy.none")
        return 0
    house.tell("sending.confirmed", count=confirm(house.store, by=by, now=house.clock()))
    return 0


def newsletter(house: House, wanted: str | None) -> str:
    """Return the id of the wanted newsletter, or of the only one. Raises InputError ``newsletter_unknown``."""
    known = house.settings.newsletters
    if wanted is None and len(known) == 1:
        return next(iter(known))
    if wanted not in known:
        raise InputError("newsletter", "newsletter_unknown", known=", ".join(known))
    return wanted


def _issue(house: House, args: Namespace) -> Issue:
    """Return the issue of the number given; without one the open issue, else the newest."""
    from storage.issues import find_issue, list_issues, open_issue

    name = newsletter(house, args.newsletter)
    if args.number is not None:
        found = find_issue(house.store, name, args.number)
    else:
        found = open_issue(house.store, name) or next(iter(list_issues(house.store, name, limit=1)), None)
    if found is None:
        raise NotFoundError("issue_unknown", number=args.number or "–")
    return found


def _person(house: House, args: Namespace) -> Actor:
    from storage.store import Actor

    return Actor(kind="person", account_id=find_account(house, args.account).id)
