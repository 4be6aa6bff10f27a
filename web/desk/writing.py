"""Writing a story at the desk, and editing one that was written here.

A form that comes back keeps everything: pictures are taken in before anything is judged, and named in the form by what
they hold. Two who edit the same text are shown each other's words; nobody's are overwritten unseen.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.datastructures import UploadFile
from starlette.responses import Response

from campaign.credit import as_credit
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.language import Explanation
from campaign.records import Review
from campaign.writing import (
    ALT_MAX,
    AUTHOR_MAX,
    MOST_PICTURES,
    TEXT_MAX,
    TITLE_MAX,
    Draft,
    DraftPicture,
    is_file_name,
    uploaded,
)
from storage.decisions import Action, decide
from storage.media import media_failures
from storage.people import list_accounts
from storage.posts import get_post
from storage.rights import set_alt
from storage.strategy import list_nodes
from storage.uploads import MOST_BYTES, take_upload
from storage.writing import Outcome, Written, get_written, rewrite, write
from web.desk import writing_places
from web.desk.cards import changes
from web.desk.differences import Piece
from web.desk.uploads import PictureForm
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_KEY = re.compile(r"[0-9a-f]{32}")
_EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands in the form, as a person left it.

    ``day`` is as the browser writes it, ``nodes`` and ``places`` are ids, ``place`` is a name.
    """

    title: str = ""
    text: str = ""
    author: str = ""
    day: str = ""
    pictures: tuple[DraftPicture, ...] = ()
    nodes: frozenset[int] = frozenset()
    places: frozenset[str] = frozenset()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What somebody else saved meanwhile, and how it differs from what stands in the form."""

    who: str
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    words: Draft


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One form: a new story (``known`` None) or one that is edited.

    ``key`` names a new story before it is saved; ``version`` is the text that the form began with.
    """

    words: Words
    key: str = ""
    version: int = 0
    known: Written | None = None
    wrong: Mapping[str, list[Explanation]] = field(default_factory=dict)
    theirs: Theirs | None = None

    @property
    def name(self) -> str:
        """Under which the browser keeps what is not saved yet."""
        return f"post-{self.known.post_id}" if self.known else f"new-{self.key}"


@router.get("/desk/stories/new")
def new(desk: AtDesk) -> Response:
    """Show an empty form."""
    today = desk.now.astimezone(desk.language.zone).date().isoformat()
    words = Words(author=desk.settings.site.owner, day=today)
    return _show(desk, Sheet(words=words, key=secrets.token_hex(16)))


@router.post("/desk/stories/new")
def save_new(desk: AtDesk) -> Response:
    """Store a new story, or take in pictures and show the form again."""
    key = desk.form["draft"]
    if not _KEY.fullmatch(key):
        raise NotFoundError("press_unknown")
    sheet = Sheet(words=_read(desk), key=key)
    ready = _ready(desk, sheet)
    if isinstance(ready, Response):
        return ready
    try:
        places = writing_places.places_of(desk, ready.words.places, ready.words.place)
        done = write(
            desk.store, desk.campaign.id, _draft(desk, ready, None), by=desk.actor, now=desk.now, press=key,
            language=desk.settings.site.language, nodes=sorted(ready.words.nodes),
        )  # fmt: skip
    except InputError as problem:
        return _show(desk, replace(ready, wrong=_wrong(desk, problem)))
    except ConflictError as problem:
        known = get_written(desk.store, _number(str(problem.facts["post"])))
        return _both(desk, replace(ready, known=known))
    writing_places.place(desk, done.story_id, places)
    return _saved(desk, ready, done)


@router.get("/desk/posts/{post_id}/write")
def edit(desk: AtDesk, post_id: Id) -> Response:
    """Show a story that was written here, to be edited."""
    known = get_written(desk.store, post_id)
    return _show(desk, Sheet(words=_words(desk, known), version=known.version_id, known=known))


@router.post("/desk/posts/{post_id}/write")
def save_edited(desk: AtDesk, post_id: Id) -> Response:
    """Store a story's new words; where somebody else was faster, show both."""
    known = get_written(desk.store, post_id)
    sheet = Sheet(words=_read(desk), version=_number(desk.form["version"]), known=known)
    ready = _ready(desk, sheet)
    if isinstance(ready, Response):
        return ready
    try:
        done = rewrite(
            desk.store, post_id, _draft(desk, ready, known), version_id=ready.version, by=desk.actor, now=desk.now,
            language=desk.settings.site.language,
        )  # fmt: skip
    except InputError as problem:
        return _show(desk, replace(ready, wrong=_wrong(desk, problem)))
    except ConflictError:
        return _both(desk, replace(ready, known=get_written(desk.store, post_id)))
    return _saved(desk, ready, done)


@router.post("/desk/stories/pictures")
def take_pictures(desk: AtDesk) -> Response:
    """Take in pictures for a script, and return their parts of the form."""
    pictures, wrong = _taken(desk)
    return desk.page("desk/parts/write_pictures.html", pictures=pictures, wrong=wrong, limits=_LIMITS)


@router.get("/desk/media/{media_id}/copy")
def copy_of_picture(desk: AtDesk, media_id: Id) -> Response:
    """Tell a script how an uploaded picture is getting on; nothing while it waits."""
    post_id = _number(desk.asked("of"))
    post = get_post(desk.store, post_id) if post_id else None
    media = next((each for each in post.media if each.id == media_id), None) if post else None
    if media is None:
        raise NotFoundError("media_missing")
    failure = media_failures(desk.store, [media_id]).get(media_id)
    if media.file is None and failure is None:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return desk.page("desk/parts/upload_done.html", m=media, failure=failure)


_LIMITS = {"title": TITLE_MAX, "text": TEXT_MAX, "author": AUTHOR_MAX, "alt": ALT_MAX, "pictures": MOST_PICTURES}


def _show(desk: Desk, sheet: Sheet, *, status: int | None = None) -> Response:
    known = sheet.known
    return desk.page(
        "desk/write.html",
        status=status or (422 if sheet.wrong else 200),
        sheet=sheet,
        words=sheet.words,
        wrong=sheet.wrong,
        tree=list_nodes(desk.store, desk.campaign.id) if known is None else [],
        places=writing_places.buttons_of(desk) if known is None else (),
        place_labels=writing_places.labels_of(desk) if known is None else [],
        names=list(dict.fromkeys((desk.settings.site.owner, desk.account.called))),
        limits=_LIMITS,
        most_bytes=MOST_BYTES // 1_000_000,
        today=desk.now.astimezone(desk.language.zone).date().isoformat(),
    )


def _ready(desk: Desk, sheet: Sheet) -> Sheet | Response:
    """Take in the chosen pictures; return the form as it is to be saved, or the answer to a press that saves nothing.

    Nothing is saved while a file could not be taken in, or a picture that is to be shown lacks words.
    """
    pictures, wrong = _taken(desk)
    known = [each.file for each in sheet.words.pictures]
    fresh = [each for each in pictures if each.file not in known]
    room = MOST_PICTURES - len(known)
    if len(fresh) > room:
        wrong.append(desk.explain(InputError("pictures", "upload_many", most=MOST_PICTURES)))
    words = replace(sheet.words, pictures=(*sheet.words.pictures, *fresh[:room]))
    press, _, file = desk.form["press"].partition(":")
    if press == "remove":
        words = replace(words, pictures=tuple(each for each in words.pictures if each.file != file))
    if press == "first":
        words = replace(words, pictures=tuple(sorted(words.pictures, key=lambda each: each.file != file)))
    sheet = replace(sheet, words=words, wrong={"pictures": wrong} if wrong else {})
    if wrong or press in ("upload", "remove", "first"):
        return _show(desk, sheet)
    if press == "approve":
        bare = {f"alt-{each.file}": [_bare(desk)] for each in words.pictures if each.wordless}
        if bare:
            return _show(desk, replace(sheet, wrong=bare))
    return sheet


def _bare(desk: Desk) -> Explanation:
    return desk.explain(InputError("alt", "writing_alt"))


def _taken(desk: Desk) -> tuple[list[DraftPicture], list[Explanation]]:
    """Keep the files of a form; return those that were taken in, and why others were not."""
    taken: list[DraftPicture] = []
    wrong: list[Explanation] = []
    for each in _files(desk):
        name = " ".join((each.filename or "").replace("\\", "/").rpartition("/")[2].split())[:100]
        try:
            taken.append(DraftPicture(file=take_upload(desk.store, each.file, name=name), name=name))
        except InputError as problem:
            wrong.append(desk.explain(problem))
    return list({each.file: each for each in taken}.values()), wrong


def _files(desk: Desk) -> list[UploadFile]:
    return desk.form.files if isinstance(desk.form, PictureForm) else []


def _both(desk: Desk, sheet: Sheet) -> Response:
    """Show what somebody else saved beside the form, which is about their text from now on."""
    known = sheet.known
    assert known is not None
    theirs = Theirs(
        who=_who(desk, known),
        title=changes(known.draft.title, sheet.words.title),
        text=changes(known.draft.text, sheet.words.text),
        words=known.draft,
    )
    return _show(desk, replace(sheet, version=known.version_id, theirs=theirs), status=409)


def _who(desk: Desk, known: Written) -> str:
    found = {account.id: account.called for account in list_accounts(desk.store)}
    return found.get(known.author_id or 0) or desk.t("desk.actor.person")


def _saved(desk: Desk, sheet: Sheet, done: Written) -> Response:
    """Record what the pictures show, approve where that was pressed, and lead to the story."""
    _describe(desk, done.post_id, sheet.words.pictures)
    said = "wrote" if done.outcome is Outcome.NEW else "rewrote"
    query = {"said": said, "written": sheet.name}
    if desk.form["press"] == "approve":
        # Each person's own: of what two must approve the second's is another press.
        press = hashlib.sha256(f"approve {done.post_id} {done.version_id} {desk.account.id}".encode()).hexdigest()[:32]
        try:
            decided = decide(
                desk.store, done.story_id, Action.APPROVE, by=desk.actor, now=desk.now,
                seen={done.post_id: done.version_id}, press=press,
            )  # fmt: skip
            if decided.review is Review.APPROVED and not decided.waiting:  # a flagged one needs another's yes
                query["said"] = "wrote_approved"
        except ConflictError as problem:
            query["problem"] = problem.key
    return desk.go(desk.url(f"/desk/stories/{done.story_id}", **query))


def _describe(desk: Desk, post_id: int, pictures: tuple[DraftPicture, ...]) -> None:
    """Record what pictures show where that changed: at once and in the trail, as on the story's card."""
    post = get_post(desk.store, post_id)
    shown = {uploaded(media.url): media for media in post.media} if post else {}
    for each in pictures:
        media = shown.get(each.file)
        if media is None or (each.alt, each.decorative) == (media.alt or "", media.decorative):
            continue
        set_alt(desk.store, media.id, each.alt, by=desk.actor, now=desk.now, decorative=each.decorative)


def _draft(desk: Desk, sheet: Sheet, known: Written | None) -> Draft:
    """Return what is to be stored. InputError beside the field that is wrong."""
    words = sheet.words
    return Draft(
        title=words.title,
        text=words.text,
        author=words.author or desk.settings.site.owner,
        published_at=_published(desk, words.day, known),
        pictures=words.pictures,
    )


def _published(desk: Desk, day: str, known: Written | None) -> datetime | None:
    """Return when it happened: the middle of an earlier day; None for today, and where the day was left as it stood."""
    if not day or (known and day == _day(desk, known.draft.published_at)):
        return None
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise InputError("day", "writing_day") from error
    today = desk.now.astimezone(desk.language.zone).date()
    if not _EARLIEST <= wanted <= today:
        raise InputError("day", "writing_day")
    if wanted == today:
        return desk.now if known else None
    return datetime.combine(wanted, time(12), desk.language.zone).astimezone(UTC)


def _words(desk: Desk, known: Written) -> Words:
    given = known.draft
    return Words(
        title=given.title, text=given.text, author=given.author, day=_day(desk, given.published_at),
        pictures=given.pictures,
    )  # fmt: skip


def _day(desk: Desk, moment: datetime | None) -> str:
    return moment.astimezone(desk.language.zone).date().isoformat() if moment else ""


def _read(desk: Desk) -> Words:
    form = desk.form
    files = [name.removeprefix("picture-") for name in form if name.startswith("picture-")]
    return Words(
        title=" ".join(form["title"].split())[:TITLE_MAX],
        text="\n".join(line.rstrip() for line in form["text"].split("\n")).strip()[:TEXT_MAX],
        author=as_credit(form["author"])[:AUTHOR_MAX],
        day=form["day"].strip(),
        pictures=tuple(_picture(desk, file) for file in files if is_file_name(file))[:MOST_PICTURES],
        places=frozenset(name.removeprefix("place-") for name in form if name.startswith("place-")),
        place=form["place"].strip()[:100],
        nodes=frozenset(_number(name.removeprefix("node-")) for name in form if name.startswith("node-")) - {0},
    )


def _picture(desk: Desk, file: str) -> DraftPicture:
    return DraftPicture(
        file=file,
        name=desk.form[f"picture-{file}"][:100],
        alt=" ".join(desk.form[f"alt-{file}"].split())[:ALT_MAX],
        decorative=desk.form[f"decorative-{file}"] == "yes",
    )


def _wrong(desk: Desk, problem: InputError) -> dict[str, list[Explanation]]:
    return {problem.field: [desk.explain(problem)]}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
