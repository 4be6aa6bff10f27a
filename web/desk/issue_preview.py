"""The letter beside its editor, as readers get it: wide or narrow, dark, without pictures, as plain text, for those who
chose an area, in each language; and what it weighs.

What is shown is taken out of the finished message itself, so that nothing is seen here that is not sent.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from campaign.language import Language
from campaign.records import NodeRef
from digest.edition import Drawn, draw, load, nobody
from digest.letter import Letter
from digest.message import Recipient
from digest.render import Rendered
from digest.weight import Weight, weigh
from web.desk.issue_view import IssueView, as_shown, issue_view
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

#: The letter brings its own sheet and stands in a frame of ours; it can run nothing and leads nowhere by itself.
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)

_CID = re.compile(r'"cid:([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the preview is looked at. ``area`` is the node that a reader chose, 0 for all; ``language`` "" the site's."""

    text: bool = False
    narrow: bool = False
    dark: bool = False
    bare: bool = False
    area: int = 0
    language: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The same as a query string has it."""
        chosen = {"text": self.text, "narrow": self.narrow, "dark": self.dark, "bare": self.bare}
        found = {name: "1" for name, on in chosen.items() if on}
        return (
            found
            | ({"area": str(self.area)} if self.area else {})
            | ({"reads": self.language} if self.language else {})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A letter taken out of its message."""

    html: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One letter as one kind of reader gets it."""

    view: IssueView
    shown: Shown

    @property
    def areas(self) -> tuple[NodeRef, ...]:
        """The focus areas that a reader can choose."""
        return self.view.edition.areas if self.view.can_edit else ()

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages in which the letter is written, none where there is only one."""
        codes = self.view.newsletter.languages
        return [pair for pair in self.view.desk.language_choices if pair[0] in codes] if len(codes) > 1 else []

    @cached_property
    def letter(self) -> Letter:
        """The letter that is shown, in the language that is asked for."""
        desk, code = self.view.desk, self.shown.language
        if not self.view.can_edit or code in ("", self.view.letter.language):
            return self.view.letter
        return load(desk.store, desk.settings, self.view.issue.id, now=desk.now, language=code).letter

    @cached_property
    def _drawn(self) -> Drawn:
        return draw(self.view.desk.store, self.view.desk.settings, self.letter, self.view.issue)

    @cached_property
    def _message(self) -> bytes:
        return self._drawn.master.join(self._recipient)

    @property
    def _recipient(self) -> Recipient:
        desk = self.view.desk
        to = nobody(desk.store, desk.settings, self.view.issue, now=desk.now)
        return replace(to, areas=(self.shown.area,)) if self.shown.area else to

    @cached_property
    def _parts(self) -> _Parts:
        """What the reader gets; of an issue that has left the copy without what was hidden since."""
        if not self.view.can_edit:
            rendered: Rendered = self.view.rendered
            return _Parts(html=rendered.html, text=rendered.text)
        return _opened(self._message, leave=self._recipient.leave_url, ours=self._ours)

    @property
    def _ours(self) -> tuple[str, str]:
        """The address of our own pictures as the letter has it, and as this page reaches them."""
        return f"{self.view.desk.settings.site.base_url}/media/", f"{self.view.desk.view.base}/media/"

    @property
    def text(self) -> str:
        """The plain part."""
        return self._parts.text

    @property
    def html(self) -> str:
        """The HTML part as the reader's mail program would show it."""
        return as_shown(self._parts.html, dark=self.shown.dark, images=not self.shown.bare)

    @cached_property
    def weight(self) -> Weight:
        """What the letter weighs that all readers get."""
        drawn = self._drawn
        whole = drawn.master.join(replace(self._recipient, areas=()))
        words = Language(self.letter.language, self.view.desk.language.zone)
        return weigh(self.letter, drawn.rendered, words, message=whole)


@router.get("/desk/issues/{issue_id}/preview")
def preview(desk: AtDesk, issue_id: Id) -> Response:
    """Show the letter alone, as a mail program would."""
    view = issue_view(desk, issue_id)
    made = Preview(view=view, shown=shown_as(desk, view))
    headers = {"Content-Security-Policy": _LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "no-store"}
    return HTMLResponse(made.html, headers=headers)


def shown_as(desk: Desk, view: IssueView | None = None) -> Shown:
    """Return how the person wants to look at the preview. What the newsletter does not offer counts as not asked."""
    toggled = desk.asked("toggle")

    def on(name: str) -> bool:
        return (_asked(desk, name) == "1") != (toggled == name)

    area, language = _asked(desk, "area"), _asked(desk, "reads")
    node = int(area) if area.isascii() and area.isdigit() and len(area) < 10 else 0
    if view is not None:
        node = node if node in {each.id for each in view.edition.areas} else 0
        language = language if language in view.newsletter.languages else ""
    return Shown(text=on("text"), narrow=on("narrow"), dark=on("dark"), bare=on("bare"), area=node, language=language)


def _asked(desk: Desk, name: str) -> str:
    return desk.form[name] or desk.asked(name)


def _opened(message: bytes, *, leave: str, ours: tuple[str, str]) -> _Parts:
    """Return a message's two parts, its own pictures in their places, the leave link leading nowhere."""
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    parts = [part for part in parsed.walk() if not part.is_multipart()]
    html = next(part.get_content() for part in parts if part.get_content_type() == "text/html")
    text = next(part.get_content() for part in parts if part.get_content_type() == "text/plain")
    pictures = {
        str(part["Content-ID"]).strip("<>"): (part.get_content_type(), part.get_content())
        for part in parts
        if part["Content-ID"]
    }

    def inside(found: re.Match[str]) -> str:
        kind, data = pictures.get(found[1], ("", b""))
        return f'"data:{kind};base64,{base64.b64encode(data).decode()}"' if kind else '""'

    html = _CID.sub(inside, html).replace(f'"{leave}"', '"#"').replace(f'"{ours[0]}', f'"{ours[1]}')
    return _Parts(html=html.replace("\r\n", "\n"), text=text.replace("\r\n", "\n"))
