"""Who may open which page of the desk: one table, everything else is refused. And the cookie that carries a login.

The cookie is ``SameSite=Lax``: a strict one would not be sent when an editor follows the link in a mail, and the
desk changes nothing by GET, so that nothing is lost by it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from campaign.records import Role
from campaign.settings import Settings
from storage.logins import LONGEST

COOKIE = "skord"
#: Binds the form of somebody who has not logged in yet.
VISITOR_COOKIE = "skord_form"

_ANYBODY, _READER, _REVIEWER, _EDITOR, _ADMINISTRATOR = Role

#: The least role for every route of the desk, in the campaign that the request is about. None: nobody needs to have
#: logged in; ``_ANYBODY``: whoever has, also without a role in any campaign.
ROLES: dict[tuple[str, str], Role | None] = {
    ("GET", "/desk/login"): None,
    ("POST", "/desk/login"): None,
    ("GET", "/desk/login/oidc"): None,
    ("GET", "/desk/login/oidc/back"): None,
    ("GET", "/desk/setup/{secret}"): None,
    ("POST", "/desk/setup/{secret}"): None,
    ("POST", "/desk/logout"): _ANYBODY,
    ("GET", "/desk"): _READER,
    ("GET", "/desk/pulse"): _READER,
    ("POST", "/desk/pulse"): _READER,
    ("GET", "/desk/stories/new"): _REVIEWER,
    ("POST", "/desk/stories/new"): _REVIEWER,
    ("POST", "/desk/stories/pictures"): _REVIEWER,
    ("GET", "/desk/posts/{post_id}/write"): _REVIEWER,
    ("POST", "/desk/posts/{post_id}/write"): _REVIEWER,
    ("GET", "/desk/media/{media_id}/copy"): _READER,
    ("GET", "/desk/stories/{story_id}"): _READER,
    ("GET", "/desk/media/{media_id}"): _READER,
    ("POST", "/desk/stories/{story_id}/decide"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/nodes"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/excerpt"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/notes"): _REVIEWER,
    ("POST", "/desk/notes/{note_id}/remove"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/flags"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/places"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/join"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/follows"): _REVIEWER,
    ("POST", "/desk/stories/{story_id}/split"): _REVIEWER,
    ("POST", "/desk/undo"): _REVIEWER,
    ("POST", "/desk/media/{media_id}"): _REVIEWER,
    ("POST", "/desk/media/{media_id}/withdraw"): _REVIEWER,
    ("POST", "/desk/media/{media_id}/asked"): _REVIEWER,
    ("POST", "/desk/media/{media_id}/fetch"): _REVIEWER,
    ("GET", "/desk/media/{media_id}/ask"): _REVIEWER,
    ("GET", "/desk/pictures"): _READER,
    ("POST", "/desk/posts/{post_id}/credit"): _REVIEWER,
    ("POST", "/desk/bulk"): _REVIEWER,
    ("GET", "/desk/bulk/{bulk}"): _REVIEWER,
    ("POST", "/desk/bulk/{bulk}"): _REVIEWER,
    ("POST", "/desk/bulk/{bulk}/undo"): _REVIEWER,
    ("POST", "/desk/views"): _REVIEWER,
    ("POST", "/desk/views/{view_id}"): _REVIEWER,
    ("GET", "/desk/links/new"): _REVIEWER,
    ("POST", "/desk/links/new"): _REVIEWER,
    ("GET", "/desk/links/{task_id}"): _REVIEWER,
    ("POST", "/desk/links/{task_id}"): _REVIEWER,
    ("GET", "/desk/log"): _READER,
    ("POST", "/desk/log/export"): _READER,
    ("GET", "/desk/sources"): _READER,
    ("GET", "/desk/channels"): _READER,
    ("GET", "/desk/sources/{source_id}"): _READER,
    ("POST", "/desk/sources/{source_id}/collect"): _EDITOR,
    ("POST", "/desk/sources/{source_id}/try"): _EDITOR,
    ("GET", "/desk/rules"): _READER,
    ("GET", "/desk/rules/new"): _EDITOR,
    ("POST", "/desk/rules/new"): _EDITOR,
    ("GET", "/desk/rules/{rule_id}"): _READER,
    ("POST", "/desk/rules/{rule_id}"): _EDITOR,
    ("POST", "/desk/sources/{source_id}/trust"): _ADMINISTRATOR,
    ("GET", "/desk/strategy"): _READER,
    ("GET", "/desk/strategy/new"): _EDITOR,
    ("POST", "/desk/strategy/new"): _EDITOR,
    ("GET", "/desk/strategy/new/file"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/sheet"): _READER,
    ("POST", "/desk/strategy/{strategy}/sheet"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/sheet/file"): _READER,
    ("GET", "/desk/strategy/{strategy}/figures"): _READER,
    ("POST", "/desk/strategy/{strategy}/figures"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/figures/new"): _EDITOR,
    ("POST", "/desk/strategy/{strategy}/figures/new"): _EDITOR,
    ("GET", "/desk/figures/{indicator_id}"): _READER,
    ("POST", "/desk/figures/{indicator_id}"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}"): _READER,
    ("GET", "/desk/strategy/{strategy}/edit"): _EDITOR,
    ("POST", "/desk/strategy/{strategy}/edit"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/mapping"): _READER,
    ("POST", "/desk/strategy/{strategy}/mapping"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/nodes/new"): _EDITOR,
    ("POST", "/desk/strategy/{strategy}/nodes/new"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/versions"): _READER,
    ("GET", "/desk/strategy/{strategy}/versions/{number}"): _READER,
    ("POST", "/desk/strategy/{strategy}/versions/{number}"): _EDITOR,
    ("GET", "/desk/nodes/{node_id}"): _READER,
    ("POST", "/desk/nodes/{node_id}"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/snapshots"): _READER,
    ("POST", "/desk/strategy/{strategy}/snapshots"): _EDITOR,
    ("GET", "/desk/snapshots/{snapshot_id}"): _READER,
    ("POST", "/desk/snapshots/{snapshot_id}"): _EDITOR,
    ("GET", "/desk/snapshots/{snapshot_id}/preview"): _READER,
    ("GET", "/desk/snapshots/{snapshot_id}/compare"): _READER,
    ("GET", "/desk/strategy/{strategy}/followup"): _READER,
    ("POST", "/desk/strategy/{strategy}/followup"): _EDITOR,
    ("GET", "/desk/strategy/{strategy}/followup/table"): _READER,
    ("GET", "/desk/strategy/{strategy}/followup/file"): _READER,
    ("GET", "/desk/wall"): _READER,
    ("POST", "/desk/wall"): _EDITOR,
    ("GET", "/desk/export"): _EDITOR,
    ("POST", "/desk/export"): _EDITOR,
    ("GET", "/desk/export/{export_id}/file"): _EDITOR,
    ("GET", "/desk/cases"): _EDITOR,
    ("POST", "/desk/cases/{case_id}"): _EDITOR,
    ("POST", "/desk/corrections/{correction_id}"): _EDITOR,
    ("GET", "/desk/issues"): _EDITOR,
    ("POST", "/desk/issues"): _EDITOR,
    ("GET", "/desk/issues/{issue_id}"): _EDITOR,
    ("POST", "/desk/issues/{issue_id}"): _EDITOR,
    ("GET", "/desk/issues/{issue_id}/preview"): _EDITOR,
    ("POST", "/desk/issues/{issue_id}/seen"): _EDITOR,
    ("POST", "/desk/issues/{issue_id}/pictures/{media_id}"): _EDITOR,
    ("POST", "/desk/issues/{issue_id}/markdown"): _EDITOR,
    ("GET", "/desk/subscribers"): _EDITOR,
    ("POST", "/desk/subscribers"): _EDITOR,
    ("GET", "/desk/subscribers/import"): _EDITOR,
    ("POST", "/desk/subscribers/import"): _EDITOR,
    ("GET", "/desk/subscribers/import/report"): _EDITOR,
    ("GET", "/desk/subscribers/{subscriber_id}"): _EDITOR,
    ("POST", "/desk/subscribers/{subscriber_id}"): _EDITOR,
    ("GET", "/desk/subscribers/export"): _EDITOR,
    ("GET", "/desk/account"): _ANYBODY,
    ("POST", "/desk/account"): _ANYBODY,
    ("POST", "/desk/account/password"): _ANYBODY,
    ("POST", "/desk/account/logout"): _ANYBODY,
    ("GET", "/desk/account/tokens"): _ANYBODY,
    ("POST", "/desk/account/tokens"): _ANYBODY,
    ("POST", "/desk/account/tokens/{token_id}"): _ANYBODY,
    ("GET", "/desk/prove"): _ANYBODY,
    ("POST", "/desk/prove"): _ANYBODY,
    ("GET", "/desk/accounts"): _ADMINISTRATOR,
    ("POST", "/desk/accounts"): _ADMINISTRATOR,
    ("POST", "/desk/accounts/{account_id}"): _ADMINISTRATOR,
}

#: Pages that concern the whole installation: the role must be held everywhere, one in a single campaign is not enough.
EVERYWHERE = frozenset(("/desk/accounts", "/desk/accounts/{account_id}", "/desk/sources/{source_id}/trust"))

_NEXT = re.compile(r"/desk(?:[/?][!-\[\]-~]*)?")


def safe_next(asked: str) -> str:
    """Return where to go after a form: a page of the desk as asked, else its first page.

    Never another host: what is not "/desk" followed by a slash or a question mark, in printable ASCII without
    backslashes, is not followed.
    """
    if _NEXT.fullmatch(asked) and "//" not in asked.partition("?")[0] and "/../" not in f"{asked}/":
        return asked
    return "/desk"


def give_login(response: Response, settings: Settings, token: str) -> None:
    """Let the browser hold a login."""
    _set(response, settings, COOKIE, token, max_age=int(LONGEST.total_seconds()))


def take_login(response: Response, settings: Settings) -> None:
    """Let the browser forget its login."""
    response.delete_cookie(COOKIE, path=cookie_path(settings), httponly=True, samesite="lax")


def bind_visitor(response: Response, settings: Settings, binding: str) -> None:
    """Let the browser of somebody who has not logged in hold what its form is bound to."""
    _set(response, settings, VISITOR_COOKIE, binding, max_age=None)


def login_token(request: Request) -> str:
    """Return the token that the browser holds, "" where it holds none."""
    return request.cookies.get(COOKIE, "")


def cookie_path(settings: Settings) -> str:
    """Return the path under which cookies are sent: the desk's alone, never the public side's."""
    return urlsplit(settings.site.base_url).path.rstrip("/") + "/desk"


def _set(response: Response, settings: Settings, name: str, value: str, *, max_age: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=cookie_path(settings),
        httponly=True,
        secure=settings.site.base_url.startswith("https:"),
        samesite="lax",
    )
