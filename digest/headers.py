"""Writes header values to the byte: encoded words that are never glued, mailboxes, addresses of pages.

The standard library glues encoded words of long subjects together (``?==?``, which some servers refuse), and writes
addresses with other letters than ASCII in a form that no mail program understands.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlsplit, urlunsplit

_LINE, _WORD = 78, 75
_START, _END = "=?utf-8?{}?", "?="
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
#: Longest address in angle brackets: mail programs that fold longer ones make them useless.
LONGEST_ADDRESS = 76


def one_line(text: str) -> str:
    """Return text without line breaks and other control characters, which a header cannot hold."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def unstructured(name: str, text: str) -> bytes:
    """Return the value of a header of free text, folded; ``name`` is the header's."""
    told = one_line(text)
    if _goes_plain(told):
        return _folded(told.split(" "), len(name) + 2)
    return b"\r\n ".join(_encoded(told, _LINE - len(name) - 2))


def mailbox(header: str, name: str, address: str) -> bytes:
    """Return a mailbox with its name; ``address`` is ASCII."""
    told = one_line(name)
    if not told:
        return address.encode("ascii")
    last = f"<{address}>"
    if _goes_plain(told):
        quoted = '"' + told.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return _folded([told if _ATOMS.fullmatch(told) else quoted, last], len(header) + 2)
    words = [word.decode("ascii") for word in _encoded(told, _LINE - len(header) - 2)]
    return "\r\n ".join([*words[:-1], *_rows([words[-1], last], len(header) + 2 if len(words) == 1 else 1)]).encode()


def page(url: str) -> bytes:
    """Return the address of a page in angle brackets, in ASCII: host as punycode, the rest escaped."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    path, query = (quote(each, safe="/%:@!$&'()*+,;=~?-._") for each in (parts.path, parts.query))
    return f"<{urlunsplit((parts.scheme, host, path, query, ''))}>".encode("ascii")


def _goes_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and max(map(len, text.split(" "))) < _LINE - 20


def _folded(words: Iterable[str], used: int) -> bytes:
    return "\r\n ".join(_rows(words, used)).encode("ascii")


def _rows(words: Iterable[str], used: int) -> list[str]:
    """Return words in rows of at most 78 letters, the first with so many used already."""
    rows, room = [""], _LINE - used
    for word in words:
        if rows[-1] and len(rows[-1]) + 1 + len(word) > room:
            rows.append(word)
            room = _LINE - 1
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def _encoded(text: str, first: int) -> list[bytes]:
    """Return a text as encoded words, each a line's: the first at most ``first`` long, a letter never cut in two."""
    mostly_ascii = len(text.encode()) < 2 * len(text)
    kind, write = ("q", _q) if mostly_ascii else ("b", _b)
    start, rest = _START.format(kind), text
    words: list[bytes] = []
    while rest:
        room = min(_WORD, first if not words else _WORD) - len(start) - len(_END)
        taken = _most(rest, room, write)
        words.append(f"{start}{write(rest[:taken])}{_END}".encode("ascii"))
        rest = rest[taken:]
    return words


def _most(text: str, room: int, write: Callable[[str], str]) -> int:
    """Return how many letters of a text have room when they are written so."""
    count = min(len(text), room)
    while count > 1 and len(write(text[:count])) > room:
        count -= 1
    return count


def _q(text: str) -> str:
    return "".join("_" if each == 32 else chr(each) if each in _PLAIN else f"={each:02X}" for each in text.encode())


def _b(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
