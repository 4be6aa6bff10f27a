"""The index that a site in a folder is searched by: plain scripts that each hand over some data when they are loaded.

Words lie sorted by their first letters without diacritics (``words-sk.js``), the things that are found a hundred a file
(``docs-3.js``), what narrows one value a file (``list-year-2026.js``). While it grows, only the words are held; where
each stands waits in files. ``web/static/folder_search.js`` reads it.
"""

from __future__ import annotations

import json
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaign import compounds, hashtags
from campaign.known_words import known_words
from campaign.roots import root
from campaign.words import LONGEST_WORD, MOST_WORDS, split
from skord.exports.folders import Sink

#: Things in one file, letters of one that are shown and looked through for phrases, and bytes that wait in memory.
PER_FILE = 100
_MOST_TEXT = 4_000
_WAITING = 8_000_000
#: A file of words that would be larger is divided by the third letter.
_LARGE = 120_000
#: Roots that begin or end like a word: so many at most are looked at.
_MOST_ALIKE = 2_000

#: Ends of words that are taken off where a word stands nowhere as it was typed, the longest first.
ENDINGS = (
    "ningen", "ningar", "arnas", "ernas", "ornas", "heten", "heter", "ande", "ende", "arna", "erna", "orna", "aste",
    "des", "ens", "ets", "ars", "ers", "ors", "ade", "are", "ing", "ast", "en", "et", "ar", "er", "or", "na", "ns",
    "ts", "ad", "at", "de", "s", "t", "a", "n", "e", "r",
)  # fmt: skip
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """One thing that can be found. ``words`` is what it is found by; ``text`` what of it is shown, ``facts`` the line
    below. ``lists`` name what it is narrowed by; ``language`` is that of its words, "" for the page's own.
    """

    path: str
    title: str
    text: str
    words: str
    facts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    language: str = ""


class Index:
    """The index while it grows, as a context. Things come in the order in which they are to be shown."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._folder = tempfile.TemporaryDirectory(prefix="skord-index-")
        self._buckets: dict[str, bytearray] = defaultdict(bytearray)
        self._waiting = 0
        self._docs: list[list[object]] = []
        self._lists: dict[str, _Numbers] = defaultdict(_Numbers)
        self._forms: dict[str, str] = {}
        self._seen: set[str] = set()
        self.count = self.bytes = 0

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, doc: Doc) -> None:
        """Take one thing."""
        number, self.count = self.count, self.count + 1
        roots = set()
        for word in set(split(doc.words)[:MOST_WORDS]):
            own = root(word)
            roots.add(own)
            self._know(word, own)
        where = _in_36(number)
        for each in sorted(roots | {f"#{tag}" for tag in map(tag_key, (*doc.tags, *hashtags.find(doc.words))) if tag}):
            self._wait(each, f"p\t{each}\t{where}\n")
        for name in doc.lists:
            self._lists[name].add(number)
        self._docs.append([doc.path, doc.title, doc.text[:_MOST_TEXT], list(doc.facts), doc.language])
        if len(self._docs) == PER_FILE:
            self._put_docs()

    def finish(self, head: Mapping[str, object]) -> None:
        """Write what waits. ``head`` is what the script must know beyond what the index itself tells."""
        self._put_docs()
        for name, numbers in sorted(self._lists.items()):
            self._put(f"list-{name}", ("lists", name, numbers.told))
        self._flush()
        alike = _Alike(self._forms)
        shards: list[str] = []
        for path in sorted(Path(self._folder.name).iterdir()):
            shards += self._put_words(path, alike)
        told = {"count": self.count, "per": PER_FILE, "shards": " ".join(sorted(shards)), "endings": ENDINGS}
        told |= {"small": known_words("small"), "fold": _odd_letters(), **head}
        self._sink.put("search/head.js", f"window.skordHead={_json(told)};\n".encode())
        self.bytes += len(_json(told))

    def _know(self, word: str, own: str) -> None:
        if word in self._seen:
            return
        if len(self._seen) > 500_000:
            self._seen.clear()  # what is noted twice is written once
        self._seen.add(word)
        if word != own:
            self._wait(word, f"w\t{word}\t{own}\n")
        if word.isalpha() and 2 < len(word) < 50 and len(word) <= len(self._forms.get(own, word)):
            self._forms[own] = min(word, self._forms.get(own, word), key=lambda each: (len(each), each))

    def _wait(self, word: str, line: str) -> None:
        told = line.encode("utf-8", "replace")
        self._buckets[shard(word, 2)] += told
        self._waiting += len(told)
        if self._waiting > _WAITING:
            self._flush()

    def _flush(self) -> None:
        for name, lines in self._buckets.items():
            with (Path(self._folder.name) / name).open("ab") as file:
                file.write(lines)
        self._buckets.clear()
        self._waiting = 0

    def _put_docs(self) -> None:
        if self._docs:
            name = (self.count - 1) // PER_FILE
            self._put(f"docs-{name}", ("docs", str(name), self._docs))
            self._docs.clear()

    def _put_words(self, path: Path, alike: _Alike) -> list[str]:
        """Write the words that begin with two letters; return the names of the files that it took."""
        parts = {path.name: _Shard()}
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, word, told = line.split("\t")
            parts[path.name].take(kind, word, told)
        if path.stat().st_size > _LARGE:
            parts = parts[path.name].divided()
        for name, part in sorted(parts.items()):
            self._put(f"words-{name}", ("words", name, part.told(alike)))
        return list(parts)

    def _put(self, name: str, told: tuple[object, ...]) -> None:
        body = f"skord({_json(told)[1:-1]});\n".encode("utf-8", "replace")
        self._sink.put(f"search/{name}.js", body)
        self.bytes += len(body)


class _Numbers:
    """Rising numbers as they are written: each as what it is more than the one before, in base 36."""

    def __init__(self) -> None:
        self._last, self._parts = 0, bytearray()

    def add(self, number: int) -> None:
        """Add one."""
        self._parts += f"{_in_36(number - self._last)} ".encode()
        self._last = number

    @property
    def told(self) -> str:
        """What is written."""
        return self._parts.decode().rstrip()


class _Shard:
    """Words and roots with the same first letters."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._roots: dict[str, _Numbers] = defaultdict(_Numbers)

    def take(self, kind: str, word: str, told: str) -> None:
        """Take one line of what waited: a word with its root, or a root with where it stands."""
        if kind == "w":
            self._words[word] = told
        else:
            self._roots[word].add(int(told, 36))

    def divided(self) -> dict[str, _Shard]:
        """Return the same by three letters."""
        found: dict[str, _Shard] = defaultdict(_Shard)
        for word, own in self._words.items():
            found[shard(word, 3)]._words[word] = own
        for own, numbers in self._roots.items():
            found[shard(own, 3)]._roots[own] = numbers
        return dict(found)

    def told(self, alike: _Alike) -> dict[str, object]:
        """Return what is written: ``w`` words with their roots, ``p`` where roots stand, ``x`` compounds of roots."""
        inside = {own: alike.compounds_of(own) for own in sorted(self._roots)}
        return {
            "w": dict(sorted(self._words.items())),
            "p": {own: numbers.told for own, numbers in sorted(self._roots.items())},
            "x": {own: " ".join(found) for own, found in inside.items() if found},
        }


class _Alike:
    """The roots of the archive, to find what a word stands inside of."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self._forms = forms
        self._roots = sorted(forms)
        self._backwards = sorted(each[::-1] for each in forms)

    def compounds_of(self, own: str) -> tuple[str, ...]:
        """Return the roots of compounds that a root is part of."""
        word = self._forms.get(own, "")
        if not word or not compounds.is_fit(word):
            return ()
        near = {each for form in compounds.forms(word) for each in _from(self._roots, form)}
        near |= {each[::-1] for each in _from(self._backwards, own[::-1])}
        near.discard(own)
        return compounds.chosen(word, near, self._known) if near else ()

    def _known(self, roots: set[str]) -> set[str]:
        return {each for each in roots if each in self._forms}


def _from(words: list[str], start: str) -> Iterator[str]:
    at = bisect_left(words, start)
    for each in words[at : at + _MOST_ALIKE]:
        if not each.startswith(start):
            return
        yield each


def shard(word: str, letters: int) -> str:
    """Return the name of the file that a word lies in: its first letters without diacritics, safe in every system."""
    bare = hashtags.fold(word.lstrip("#"))[:letters]
    return "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in bare) or "_"


def tag_key(tag: str) -> str:
    """Return a tag as it is looked for: its letters and digits."""
    return "".join(each for word in split(hashtags.key(tag)) for each in word if each != "_")[:LONGEST_WORD]


def _odd_letters() -> dict[str, str]:
    """Return the letters that are written with others where a keyboard lacks them, beyond those with marks."""
    return {each: hashtags.fold(each) for each in "øæßđłœþð"}


def _in_36(number: int) -> str:
    told = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        told = _DIGITS[rest] + told
    return _DIGITS[number] + told


def _json(value: object) -> str:
    """Return a value as a script may hold it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def words_of(parts: Iterable[str]) -> str:
    """Return what something is found by, as one text."""
    return "\n".join(each for each in parts if each)
