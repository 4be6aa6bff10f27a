"""What an editor does to an issue: words, order, leaving out, approving, sending, settling what is in doubt.

Every press is one form to the issue's own address. A script is answered with the whole page, of which it takes
the editor's part; without scripts the page is loaded anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, DigestError, InputError, NotFoundError
from campaign.newsletter import IssueState
from campaign.records import Role
from digest import desk as digest_desk
from digest.filling import fill_up
from digest.message import sender
from net.smtp import MailError
from storage import deliveries, issue_edits, issue_figures, issues, mail_checks, senders
from storage.areas import areas
from storage.stories import find_story
from web.desk.issue_fields import KINDS, Reading, read_written
from web.desk.issue_preview import shown_as
from web.desk.issue_view import issue_view
from web.desk.issues import MOVES, issue_page
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Do = Callable[[Desk, int], None]

_LAST = 1_000_000


@router.post("/desk/issues/{issue_id}")
def change_issue(desk: AtDesk, issue_id: Id) -> Response:
    """Do what the pressed button says."""
    name, _, detail = desk.form["press"].partition(":")
    do = _PRESSES.get(name)
    if do is None:
        raise NotFoundError("press_unknown")
    if name in _RISKY:
        desk.prove()
    if detail:
        desk.form["item"] = detail
    try:
        do(desk, issue_id)
    except (ConflictError, DigestError, InputError, MailError) as problem:
        return issue_page(desk, issue_view(desk, issue_id), problem=problem)
    said = desk.form["said"] or name
    if desk.is_htmx:
        return issue_page(desk, issue_view(desk, issue_id), said=said)
    item = desk.form["item"]
    about = {"item": item} if item and name in MOVES else {}
    anchor = f"#item-{item}" if item else ""
    return desk.go(desk.url(f"/desk/issues/{issue_id}", said=said, **about, **shown_as(desk).query) + anchor)


def _words(desk: Desk, issue_id: int) -> None:
    reading = _reading(desk)
    subject, preview, intro = reading.line("subject"), reading.line("preview"), reading.words("intro")
    reading.done()
    issue_edits.edit(
        desk.store, issue_id, by=desk.actor, now=desk.now, subject=subject, preview=preview, intro=intro,
        **_began(desk),
    )  # fmt: skip


def _item_words(desk: Desk, issue_id: int) -> None:
    reading = _reading(desk)
    title, text = reading.line("title"), reading.words("text")
    reading.done()
    issue_edits.edit_item(
        desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now, title=title, text=text, **_began(desk)
    )


def _write(desk: Desk, issue_id: int) -> None:
    """Put an item of the editor's own into the issue."""
    kind = next((each for each in KINDS if each == desk.form["kind"]), None)
    section = desk.form["section"]
    if kind is None or section not in issue_view(desk, issue_id).open_sections:
        raise NotFoundError("press_unknown")
    made = issue_edits.write_item(
        desk.store, issue_id, kind=kind, section=section, by=desk.actor, now=desk.now,
        **asdict(read_written(kind, desk.form, desk.settings.site.timezone)),
    )  # fmt: skip
    desk.form["item"] = str(made)


def _edit_written(desk: Desk, issue_id: int) -> None:
    item = next((each for each in issues.items(desk.store, issue_id) if each.id == _item(desk)), None)
    if item is None:
        raise NotFoundError("item_missing", item=_item(desk))
    issue_edits.edit_written(
        desk.store, issue_id, item.id, by=desk.actor, now=desk.now, **_began(desk),
        written=read_written(item.kind, desk.form, desk.settings.site.timezone),
    )  # fmt: skip


def _note(desk: Desk, issue_id: int) -> None:
    """Write over a section."""
    reading = _reading(desk)
    words = reading.words("note")
    reading.done()
    section = desk.form["section"]
    if section not in issue_view(desk, issue_id).sections:
        raise NotFoundError("node_missing")
    issue_edits.write_note(desk.store, issue_id, section, words, by=desk.actor, now=desk.now, **_began(desk))


def _own_words(desk: Desk, issue_id: int) -> None:
    issue_edits.edit_item(
        desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now, title="", text="", **_began(desk)
    )


def _move(by: int) -> Do:
    def move(desk: Desk, issue_id: int) -> None:
        place = int(desk.form["place"]) if desk.form["place"].isdigit() and len(desk.form["place"]) < 7 else 0
        issue_edits.move_item(
            desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now, place=max(0, place + by),
            **_ordered(desk),
        )  # fmt: skip

    return move


def _section(desk: Desk, issue_id: int) -> None:
    """Move an item into a section: to the place that is named, else last."""
    section, place = desk.form["section"], desk.form["place"]
    if section not in issue_view(desk, issue_id).sections:
        raise NotFoundError("node_missing")
    named = place.isascii() and place.isdigit() and len(place) < 7
    issue_edits.move_item(
        desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now, place=int(place) if named else _LAST,
        section=section, **(_ordered(desk) if named else {}),
    )  # fmt: skip


def _leave_out(for_good: bool) -> Do:
    def leave_out(desk: Desk, issue_id: int) -> None:
        issue_edits.leave_out(desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now, for_good=for_good)

    return leave_out


def _add(desk: Desk, issue_id: int) -> None:
    view = issue_view(desk, issue_id)
    story_id = _story(desk)
    known = next((item.section for item in view.edition.items if item.story_id == story_id), None)
    section = known if known is not None else _area_of(desk, view.issue.campaign, story_id)
    issue_edits.add_item(desk.store, issue_id, story_id, section=section, by=desk.actor, now=desk.now)


def _take_back(desk: Desk, issue_id: int) -> None:
    issue_edits.take_back(desk.store, issue_id, _item(desk), by=desk.actor, now=desk.now)


def _area_of(desk: Desk, campaign: str, story_id: int) -> str:
    """Return the code of the focus area that a story stands under, "" for none."""

    story = find_story(desk.store, story_id, public=False)
    tops = areas(desk.store, campaign)
    found = [tops[node.id].code for node in story.nodes if node.id in tops] if story else []
    return found[0] if found else ""


def _figure_out(left_out: bool) -> Do:
    def figure_out(desk: Desk, issue_id: int) -> None:
        issue_figures.change_figure(desk.store, issue_id, _figure(desk), by=desk.actor, now=desk.now, left_out=left_out)

    return figure_out


def _figure_words(desk: Desk, issue_id: int) -> None:
    reading = _reading(desk)
    text = reading.line("text")
    reading.done()
    issue_figures.change_figure(
        desk.store, issue_id, _figure(desk), by=desk.actor, now=desk.now, text=text,
        **_began(desk),
    )  # fmt: skip


def _approve(desk: Desk, issue_id: int) -> None:
    issue = digest_desk.approve(
        desk.store, desk.settings, issue_id, by=desk.actor, now=desk.now, changes=_changes(desk)
    )
    if issue.state is not IssueState.APPROVED:
        desk.form["said"] = "approve_first"


def _accept_mail(desk: Desk, issue_id: int) -> None:
    """Let letters leave although something of the sender's domain is red: an administrator's word."""
    if not desk.may_everywhere(Role.ADMINISTRATOR):
        raise DigestError("mail_accept_administrator")
    view = issue_view(desk, issue_id)
    domain = sender(view.newsletter).domain.lower()
    mail_checks.accept(desk.store, view.issue.campaign, domain, by=desk.actor, now=desk.now)


def _confirm_sender(desk: Desk, issue_id: int) -> None:  # noqa: ARG001 - every press has the same shape
    """Say that letters leave from this installation from now on: an administrator's word."""
    if not desk.may_everywhere(Role.ADMINISTRATOR):
        raise DigestError("sender_administrator")
    senders.confirm(desk.store, by=desk.actor, now=desk.now)


def _withdraw(desk: Desk, issue_id: int) -> None:
    digest_desk.withdraw(desk.store, issue_id, by=desk.actor, now=desk.now)


def _reschedule(desk: Desk, issue_id: int) -> None:
    text = desk.form["send_at"].strip()
    try:
        given = datetime.fromisoformat(text)
        at = given if given.tzinfo else given.replace(tzinfo=desk.language.zone)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError("send_at", "time_unknown") from error
    digest_desk.reschedule(desk.store, desk.settings, issue_id, at, by=desk.actor, now=desk.now)


def _send_now(desk: Desk, issue_id: int) -> None:
    """Send at once; only with the answer to the question to how many, since it cannot be undone."""
    if desk.form["sure"] != "yes":
        raise NotFoundError("press_unknown")
    digest_desk.send_now(desk.store, desk.settings, issue_id, by=desk.actor, now=desk.now)


def _fill(desk: Desk, issue_id: int) -> None:
    fill_up(desk.store, desk.settings, issue_id, by=desk.actor, now=desk.now)


def _test(desk: Desk, issue_id: int) -> None:
    if not desk.account.email:
        raise InputError("email", "test_address_missing")
    digest_desk.send_test(desk.store, desk.settings, issue_id, desk.account.email, now=desk.now)


def _pause(desk: Desk, issue_id: int) -> None:
    digest_desk.pause(desk.store, issue_id, by=desk.actor, now=desk.now)


def _resume(desk: Desk, issue_id: int) -> None:
    digest_desk.resume(desk.store, desk.settings, issue_id, by=desk.actor, now=desk.now)


def _stop(desk: Desk, issue_id: int) -> None:
    digest_desk.stop(desk.store, issue_id, by=desk.actor, now=desk.now)


def _cancel(desk: Desk, issue_id: int) -> None:
    digest_desk.cancel(desk.store, issue_id, by=desk.actor, now=desk.now)


def _settle(resend: bool) -> Do:
    def settle(desk: Desk, issue_id: int) -> None:
        chosen = desk.form["delivery"]
        ids = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None
        deliveries.decide_uncertain(desk.store, issue_id, resend=resend, by=desk.actor, now=desk.now, delivery_ids=ids)

    return settle


def _retry(desk: Desk, issue_id: int) -> None:
    deliveries.retry_failed(desk.store, issue_id, by=desk.actor, now=desk.now)


#: After these letters leave, or may leave twice: who presses them says first who they are.
_RISKY = frozenset(("approve", "send_now", "resend", "retry", "accept_mail", "confirm_sender"))

_PRESSES: dict[str, Do] = {
    "words": _words,
    "item": _item_words,
    "write": _write,
    "written": _edit_written,
    "note": _note,
    "own": _own_words,
    "up": _move(-1),
    "down": _move(1),
    "section": _section,
    "out": _leave_out(False),
    "for_good": _leave_out(True),
    "add": _add,
    "back": _take_back,
    "figure_out": _figure_out(True),
    "figure_back": _figure_out(False),
    "figure_words": _figure_words,
    "approve": _approve,
    "accept_mail": _accept_mail,
    "confirm_sender": _confirm_sender,
    "withdraw": _withdraw,
    "reschedule": _reschedule,
    "send_now": _send_now,
    "fill": _fill,
    "test": _test,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "cancel": _cancel,
    "resend": _settle(True),
    "arrived": _settle(False),
    "retry": _retry,
}


def _reading(desk: Desk) -> Reading:
    return Reading(desk.form, desk.settings.site.timezone)


def _began(desk: Desk) -> dict[str, Any]:
    """Return what the words of a form were written from: its fields' marks, else the issue's number of changes."""
    bases = {name.removeprefix("base-"): mark for name, mark in desk.form.items() if name.startswith("base-")}
    return {"bases": bases} if bases else {"changes": _changes(desk)}


def _ordered(desk: Desk) -> dict[str, Any]:
    """Return the order that a place was chosen in."""
    return {"order": desk.form["order"]} if desk.form["order"] else {"changes": _changes(desk)}


def _changes(desk: Desk) -> int | None:
    text = desk.form["changes"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _item(desk: Desk) -> int:
    text = desk.form["item"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError("item_missing", item=0)
    return int(text)


def _story(desk: Desk) -> int:
    text = desk.form["story"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError("story_missing", story=0)
    return int(text)


def _figure(desk: Desk) -> int:
    text = desk.form["figure"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError("indicator_missing")
    return int(text)
