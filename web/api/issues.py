"""The letters that have left, as they may be read now."""

from __future__ import annotations

from datetime import datetime

from digest.letter import Item
from digest.published import Published, published, published_issues
from web.api import models
from web.api.call import Call, sealed
from web.api.problems import Trouble
from web.api.writing import Kept

_MOST_NUMBER = 2**31 - 1


def issues(call: Call, kept: Kept) -> models.IssuePage:  # noqa: ARG001 - every answer has the same shape
    """Answer with the issues of the campaign's newsletters, newest first."""
    found = call.house.keep(("api issues", call.campaign.id), lambda: _heads(call))
    beyond, limit = call.cursor(2), call.limit
    rest = [(mark, head) for mark, head in found if beyond is None or mark < beyond]
    here = rest[:limit]
    more = sealed(*here[-1][0]) if len(rest) > limit else None
    return models.IssuePage(items=[head for _, head in here], next=call.onward(more) if more else None)


def issue(call: Call, kept: Kept) -> models.Issue:  # noqa: ARG001 - every answer has the same shape
    """Answer with one issue."""
    newsletter, number = call.part["newsletter"], int(call.part["number"])
    if newsletter not in {each.id for each in call.view.newsletters} or number > _MOST_NUMBER:
        raise Trouble("missing")
    found = published(call.store, newsletter, number, now=call.now)
    if found is None:
        raise Trouble("missing")
    letter = found.letter
    return models.Issue(
        newsletter=newsletter,
        number=number,
        kind=str(found.issue.kind),  # type: ignore[arg-type] # the kinds of issues are those of the type
        week=str(found.issue.week),
        subject=letter.subject,
        preview=letter.preview,
        intro=letter.intro,
        sent_at=found.at,
        updated_at=found.updated,
        seal=found.seal,
        url=call.site(f"/issues/{newsletter}/{number}"),
        items=[
            _item(call, section.code, item) for section in letter.sections for item in section.items if not item.removed
        ],
    )


def _heads(call: Call) -> list[tuple[tuple[int, int], models.IssueHead]]:
    """Return every issue with its place: the moment that it left, and its id."""
    found = [
        ((_milliseconds(each.at), each.issue.id), _head(call, newsletter.id, each))
        for newsletter in call.view.newsletters
        for each in published_issues(call.store, newsletter.id, now=call.now)
    ]
    return sorted(found, key=lambda pair: pair[0], reverse=True)


def _head(call: Call, newsletter: str, found: Published) -> models.IssueHead:
    path = f"/issues/{newsletter}/{found.issue.number}"
    return models.IssueHead(
        newsletter=newsletter,
        number=found.issue.number,
        kind=str(found.issue.kind),  # type: ignore[arg-type] # as above
        week=str(found.issue.week),
        subject=found.letter.subject,
        preview=found.letter.preview,
        sent_at=found.at,
        updated_at=found.updated,
        url=call.site(path),
        api_url=call.api(path),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _item(call: Call, section: str, item: Item) -> models.IssueItem:
    return models.IssueItem(
        kind=item.kind,  # type: ignore[arg-type] # as above
        section=section,
        title=item.title,
        text=item.text,
        story=item.story_id or None,
        url=call.site(f"/stories/{item.story_id}") if item.story_id else item.url,
    )
