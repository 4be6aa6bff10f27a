"""How a story is cited: in running text, in the Harvard way, and as a record for a reference manager. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from campaign.language import Language

_LONGEST = 120

#: What BibTeX gives a meaning, and how each is written as itself.
_IN_BIBTEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "$": r"\$", "#": r"\#", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is cited. ``author`` and ``title`` are "" where there is none; ``network`` where it was told, as people say
    it; ``own``: it was written by the archive's own editors. ``language`` is that of the words, "" for unknown.
    """

    key: str
    author: str
    title: str
    network: str
    own: bool
    published_on: date
    read_on: date
    archive: str
    owner: str
    address: str
    language: str = ""


def titled(words: str) -> str:
    """Return foreign words as the title of a source: one line, nothing unseen, cut at a word."""
    plain = one_line(words)
    if len(plain) <= _LONGEST:
        return plain.rstrip(" .")
    return plain[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"


def one_line(words: str) -> str:
    """Return words without line breaks and without letters that turn or hide what stands around them."""
    return " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in words).split())


def plain(source: Source, language: Language) -> str:
    """Return a reference for running text."""
    return language.t(
        "story.cite.plain_text_own" if source.own else "story.cite.plain_text", **_facts(source, language)
    )


def harvard(source: Source, language: Language) -> str:
    """Return a reference as lists of sources have it: author, year, title, where, when it was read."""
    return language.t("story.cite.harvard_text", **_facts(source, language))


def bibtex(source: Source, language: Language) -> str:
    """Return a record for BibTeX and biblatex, in UTF-8."""
    fields = {
        "author": "{" + _bib(source.author or language.t("story.cite.nobody")) + "}",
        "title": "{" + _bib(source.title or language.t("story.cite.untitled")) + "}",
        "year": str(source.published_on.year),
        "date": source.published_on.isoformat(),
        "howpublished": _bib(source.network),
        "organization": _bib(source.owner),
        "note": _bib(source.archive),
        "url": re.sub(r"[{}\\\s]", "", source.address),
        "urldate": source.read_on.isoformat(),
        "langid": {"sv": "swedish", "en": "english"}.get(source.language[:2], ""),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@online{{{source.key},", *lines, "}"]) + "\n"


def ris(source: Source, language: Language) -> str:
    """Return a record in the RIS format, which Zotero, EndNote and Mendeley read."""
    fields = (
        ("TY", "ELEC"),
        ("AU", one_line(source.author or language.t("story.cite.nobody"))),
        ("TI", source.title or language.t("story.cite.untitled")),
        ("T2", one_line(source.archive)),
        ("PY", str(source.published_on.year)),
        ("DA", source.published_on.strftime("%Y/%m/%d")),
        ("PB", one_line(source.owner)),
        ("M3", one_line(source.network)),
        ("LA", source.language),
        ("UR", source.address),
        ("Y2", source.read_on.strftime("%Y/%m/%d")),
        ("ER", ""),
    )
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value or tag == "ER")


def _facts(source: Source, language: Language) -> dict[str, str | int]:
    return {
        "author": one_line(source.author) or language.t("story.cite.nobody"),
        "title": language.t("public.open_quote") + (source.title or language.t("story.cite.untitled"))
        + language.t("public.close_quote"),
        "network": source.network,
        "year": source.published_on.year,
        "date": language.date(source.published_on),
        "archive": source.archive,
        "owner": source.owner,
        "address": source.address,
        "read_on": language.date(source.read_on),
    }  # fmt: skip


def _bib(words: str) -> str:
    return "".join(_IN_BIBTEX.get(letter, letter) for letter in one_line(words))
