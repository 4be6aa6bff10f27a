"""A mail server that keeps every letter on this machine, and pages to read them.

Letters lie as ``.eml`` files in a folder, named by the order in which they came.
"""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote

from aiosmtpd.controller import Controller

from campaign.language import Language
from skord.sample.servers import NOTHING, Answer, Serving

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_STYLE = """
:root { color-scheme: light dark; --edge: light-dark(#d9d2c2, #3b4340) }
* { box-sizing: border-box }
body { font: 1rem/1.5 ui-sans-serif, system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem;
  background: light-dark(#f6f2e8, #171b1a); color: light-dark(#22302c, #e8e4da) }
h1 { font: 600 1.7rem/1.2 ui-serif, Georgia, serif; text-wrap: balance; margin: .2rem 0 .6rem }
a { color: inherit } a:focus-visible { outline: 3px solid #2f6b3c; outline-offset: 2px }
table { width: 100%; border-collapse: collapse } td, th { text-align: left; padding: .55rem .6rem; vertical-align: top;
  border-bottom: 1px solid var(--edge) } th { font-weight: 600; font-size: .86rem }
td:nth-child(n+2) { white-space: nowrap; font-size: .9rem }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem .9rem;
  font-size: .92rem } dt { opacity: .75 } dd { margin: 0; overflow-wrap: anywhere }
nav { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0 .6rem }
nav a[aria-current] { font-weight: 700; text-decoration: none }
iframe { width: 100%; height: 78vh; border: 1px solid var(--edge); background: #fff; border-radius: 4px }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: light-dark(#fffdf7, #1f2523);
  border: 1px solid var(--edge); padding: 1rem; border-radius: 4px } .note { opacity: .8; font-size: .92rem }
@media (max-width: 40rem) { thead { display: none } tr, td { display: block; overflow-wrap: anywhere }
  tr { border-bottom: 1px solid var(--edge); padding: .5rem 0 } td { border: 0; padding: .1rem 0 }
  td:nth-child(n+2) { white-space: normal; opacity: .8 } }
"""
_NUMBER = re.compile(r"(\d{6})\.eml")
_PICTURE = re.compile(r"([0-9a-f]{2})[0-9a-f]{62}-\d{1,4}\.jpg")
_LINKED = re.compile(r"http://[\w.:-]+(/media/[0-9a-f]{64}-\d{1,4}\.jpg)")
_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A caught letter as the list shows it. ``number`` counts from 1 in the order of arrival."""

    number: int
    to: str
    subject: str
    at: datetime | None


class Letters:
    """The caught letters, on disk. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = threading.Lock()
        numbers = sorted(int(found[1]) for path in folder.iterdir() if (found := _NUMBER.fullmatch(path.name)))
        self._known = [self._letter(number, self._path(number).read_bytes()) for number in numbers]

    def keep(self, body: bytes) -> Letter:
        """Write a letter down and return it."""
        with self._lock:
            number = self._known[-1].number + 1 if self._known else 1
            part = self._path(number).with_suffix(".part")
            part.write_bytes(body)
            part.replace(self._path(number))
            letter = self._letter(number, body)
            self._known.append(letter)
        return letter

    def newest(self) -> list[Letter]:
        """Return every letter, newest first."""
        with self._lock:
            return self._known[::-1]

    def read(self, number: int) -> EmailMessage | None:
        """Return a letter, None where none has that number."""
        path = self._path(number)
        if not path.exists():
            return None
        found = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def source(self, number: int) -> str:
        """Return a letter as it came."""
        return self._path(number).read_bytes().decode("utf-8", "replace")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.eml"

    def _letter(self, number: int, body: bytes) -> Letter:
        head = message_from_bytes(body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.default)
        moment = head["date"].datetime if head["date"] is not None else None
        return Letter(
            number=number,
            to=str(head["to"] or ""),
            subject=str(head["subject"] or ""),
            at=moment,
        )


class Post:
    """The mail server. ``refused`` are addresses that it says do not exist, as a real one would."""

    def __init__(self, letters: Letters, *, port: int = 0, refused: frozenset[str] = frozenset()) -> None:
        self.letters, self._refused = letters, refused
        self.port = port or _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or say that there is no such mailbox."""
        if address in self._refused:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a letter before saying yes to it."""
        content = envelope.content or b""
        self.letters.keep(content if isinstance(content, bytes) else content.encode())
        return "250 OK"

    def start(self) -> Post:
        """Begin to take letters, in a thread."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """End taking letters."""
        self._controller.stop()

    def __enter__(self) -> Post:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _free_port() -> int:
    """Return a port that nobody listens on; the controller wants to know its own before it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox(Serving):
    """The pages that show the letters.

    ``pictures`` is the folder of the pictures that letters link to: shown from here, since a site may forbid its
    pictures on the pages of another.
    """

    def __init__(
        self, letters: Letters, language: Language, *, pictures: Path, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.letters, self.language, self._pictures = letters, language, pictures
        super().__init__(host=host, port=port)

    def answer(self, path: SplitResult) -> Answer:
        """Answer with the list, a letter, or one of its forms."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        match parts:
            case [""]:
                return self._list()
            case ["media", name] if found := _PICTURE.fullmatch(name):
                file = self._pictures / found[1] / name
                return Answer(body=file.read_bytes(), kind="image/jpeg") if file.exists() else NOTHING
            case [number, *form] if number.isascii() and number.isdigit():
                letter = self.letters.read(int(number))
                return self._letter(int(number), letter, form or ["html"]) if letter else NOTHING
        return NOTHING

    def _list(self) -> Answer:
        t = self.language.t
        groups: dict[str, list[Letter]] = {}
        for letter in self.letters.newest():
            groups.setdefault(letter.subject, []).append(letter)
        rows = "".join(self._row(group) for group in list(groups.values())[:_SHOWN])
        heads = "".join(f"<th scope=col>{t(f'demo.mail.{name}')}</th>" for name in ("subject", "count", "date"))
        body = rows and f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return self._page(
            t("demo.mail.title"),
            f"<h1>{t('demo.mail.title')}</h1><p class=note>{t('demo.mail.note')}</p>"
            f"{body or '<p>' + t('demo.mail.none') + '</p>'}",
        )

    def _row(self, group: list[Letter]) -> str:
        newest = group[0]
        to = self.language.t("demo.mail.letters", count=len(group)) if len(group) > 1 else escape(newest.to)
        date = self.language.moment(newest.at) if newest.at else ""
        return f'<tr><td><a href="/{newest.number}">{escape(newest.subject)}</a></td><td>{to}</td><td>{date}</td></tr>'

    def _letter(self, number: int, letter: EmailMessage, form: list[str]) -> Answer:
        if form == ["body"]:
            return _body(number, letter)
        if form[0] == "cid" and len(form) == 2:
            return _inline(letter, form[1])
        t = self.language.t
        heads = ("from", "to", "subject", "date")
        told = "".join(
            f"<dt>{t(f'demo.mail.head.{name}')}</dt><dd>{escape(str(letter[name]))}</dd>"
            for name in heads
            if letter[name]
        )
        text, html = letter.get_body(("plain",)), letter.get_body(("html",))
        shown = form[0] if form[0] != "html" or html is not None else "text"
        links = "".join(
            f'<a href="/{number}/{name}"{" aria-current=page" if name == shown else ""}>{t(f"demo.mail.{name}")}</a>'
            for name in ("html", "text", "source")
        )
        if shown == "html":
            sandbox = "allow-popups allow-popups-to-escape-sandbox"
            inner = f'<iframe sandbox="{sandbox}" src="/{number}/body" title="{t("demo.mail.html")}"></iframe>'
        else:
            words = self.letters.source(number) if shown == "source" else str(text.get_content()) if text else ""
            inner = f"<pre>{escape(words)}</pre>"
        others = self._others(str(letter["subject"] or ""), number)
        return self._page(
            str(letter["subject"] or ""),
            f'<nav><a href="/">← {t("demo.mail.title")}</a></nav><h1>{escape(str(letter["subject"] or ""))}</h1>'
            f"<dl>{told}</dl>{others}<nav>{links}</nav>{inner}",
        )

    def _others(self, subject: str, number: int) -> str:
        """Return links to the same letter as others got it."""
        same = [letter for letter in self.letters.newest() if letter.subject == subject and letter.number != number][
            :20
        ]
        links = ", ".join(f'<a href="/{letter.number}">{escape(letter.to)}</a>' for letter in reversed(same))
        return f'<p class="note">{self.language.t("demo.mail.also")} {links}</p>' if same else ""

    def _page(self, title: str, body: str) -> Answer:
        page = (
            f'<!doctype html><html lang="{self.language.code}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f"<title>{escape(title)}</title>"
            f"<style>{_STYLE}</style><body>{body}</body></html>"
        )
        return Answer(body=page.encode(), kind="text/html; charset=utf-8")


def _body(number: int, letter: EmailMessage) -> Answer:
    """Return a letter's HTML as a mail program would show it: no scripts, links in a window of their own."""
    part = letter.get_body(("html",))
    if part is None:
        return NOTHING
    html = re.sub(
        r"cid:([^\"')\s]+)", lambda found: f"/{number}/cid/{quote(found[1], safe='@')}", str(part.get_content())
    )
    html = _LINKED.sub(r"\1", html)
    html = re.sub(r"<head[^>]*>", lambda found: found[0] + '<base target="_blank">', html, count=1)
    rules = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src * data:"
    return Answer(body=html.encode(), kind="text/html; charset=utf-8", headers={"Content-Security-Policy": rules})


def _inline(letter: EmailMessage, name: str) -> Answer:
    for part in letter.walk():
        if part["content-id"] and str(part["content-id"]).strip("<> ") == name:
            content = part.get_payload(decode=True)
            return Answer(body=content if isinstance(content, bytes) else b"", kind=part.get_content_type())
    return NOTHING
