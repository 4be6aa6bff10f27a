"""Why a story needs a second pair of eyes, and what in its words may be a reason to ask for one.

A flag is set by a person, always. What is found here is a proposal with its reason: words that mean something in one
case and nothing in the next are told from their false friends by tables, which the tests hold to account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from campaign.records import Post
from campaign.words import split


class Flag(StrEnum):
    """Why two people must approve a story. Its words stand under ``flags.name`` and ``flags.think``."""

    CHILD = "child"
    PATIENT = "patient"
    PROTECTED = "protected"
    SENSITIVE = "sensitive"
    CRIME = "crime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A flag that a person may want to set, and why: ``words`` (those found), ``marked`` or ``warning`` (by the
    author), ``number`` (a personal identity number, which is never repeated)."""

    flag: Flag
    why: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is looked for. A word counts where it is one of ``whole``, begins as in ``begins`` or ends as in ``ends``,
    unless it begins as in ``not_begins`` or ends as in ``not_ends``; ``phrases`` stand in the text as they are."""

    whole: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    not_begins: tuple[str, ...] = ()
    not_ends: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    def has(self, word: str) -> bool:
        """Return whether a word counts."""
        if word in self.whole:
            return True
        if word.startswith(self.not_begins) or word.endswith(self.not_ends):
            return False
        return word.startswith(self.begins) or word.endswith(self.ends)


def _forms(*stems: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem + ending for stem in stems for ending in endings)


_PUPIL = _forms("elev", endings=("", "er", "erna", "ers", "ernas"))
#: Somebody of so many years. "Fyller fem" says nothing of whom: firms and associations do that as well.
_YEARS_OLD = _forms(
    "ett", "två", "tre", "fyr", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv", "tretton", "fjorton",
    "femton", "sexton", "sjutton",
    endings=("åring", "åringen", "åringar", "åringarna", "åringars"),
)  # fmt: skip
_PATIENT = _forms("patient", endings=("", "en", "er", "erna", "ens", "ers", "ernas"))

_SWEDISH: Mapping[Flag, _Words] = {
    Flag.CHILD: _Words(
        whole=(
            *_PUPIL, *_YEARS_OLD, "barn", "barnen", "barnens", "barns", "tonåring", "tonåringar", "minderårig",
            "minderåriga",
            "nyfödd", "nyfödda", "bebis", "bebisar", "spädbarn", "småbarn", "dagisbarn", "barngrupp", "barngruppen",
        ),
        begins=("förskol", "grundskol", "lågstadi", "mellanstadi", "högstadi", "fritidshem", "skolbarn", "skolklass",
                "barnkonvention", "barnavård", "familjehem"),
        ends=("skoleelev", "skoleelever", "skoleleverna", "skolelev", "skolelever", "skolbarn", "skolklass"),
        not_begins=("förskollärarutbildning", "grundskollärarutbildning"),
    ),
    Flag.PATIENT: _Words(
        whole=(*_PATIENT, "brukare", "brukaren", "brukarna", "vårdtagare", "vårdtagaren", "inneliggande", "hemtjänst",
               "hemtjänsten", "lss"),
        begins=("sjukhus", "vårdcentral", "äldreboende", "vårdboende", "akutmottagning", "intensivvård", "cancervård",
                "psykiatri", "hospis", "palliativ", "rehabilitering", "gruppbostad", "vårdavdelning", "barnavdelning",
                "förlossning", "habilitering", "patient"),
        ends=_PATIENT,
        not_begins=("patientia", "sjukhusclown"),
        not_ends=("impatient",),
    ),
    Flag.PROTECTED: _Words(
        begins=("kvinnojour", "tjejjour", "sekretessmark", "kvarskrivning", "hedersvåld", "hedersrelaterad"),
        phrases=("skyddade personuppgifter", "skyddad identitet", "skyddad adress", "skyddade uppgifter",
                 "hemlig adress", "skyddat boende", "skyddad folkbokföring", "fingerade personuppgifter"),
    ),
    Flag.SENSITIVE: _Words(
        whole=("hiv", "adhd", "autism", "gravid", "gravida", "facklig", "fackligt", "fackliga", "sjukskriven",
               "sjukskrivna", "homosexuell", "homosexuella", "bisexuell", "transperson", "transpersoner", "hbtq",
               "hbtqi", "muslim", "muslimer", "muslimsk", "jude", "judar", "judisk", "judiska", "kristen", "kristna",
               "moské", "moskén", "synagoga", "samer", "romer", "asylsökande", "papperslös", "papperslösa",
               "demens", "dement", "funktionsnedsättning", "funktionsnedsättningar", "missbruk", "missbrukare"),
        begins=("cancer", "depress", "självmord", "suicid", "fackförbund", "fackförening", "partimedlem",
                "flykting", "etnisk", "ätstörning", "sjukskriv"),
        ends=("cancer", "sjukdom", "sjukdomar", "diagnos", "diagnosen"),
        not_begins=("nulägesdiagnos", "depressionsrör"),
        not_ends=("nulägesdiagnos", "nulägesdiagnosen", "växtsjukdom", "växtsjukdomar", "barnsjukdomar", "feldiagnos"),
    ),
    Flag.CRIME: _Words(
        whole=("brott", "brottet", "brotten", "rånad", "rånade", "rånare", "stöld", "stölder", "mord", "mordet",
               "åtalad", "åtalade", "åtal", "häktad", "häktade", "häktet", "gripen", "gripna", "misstänkt",
               "misstänkta", "dömd", "dömda", "fängelse", "våldtäkt", "våldtagen", "narkotika", "inbrott", "inbrottet",
               "hotad", "hotade", "skjuten", "skjutning", "skjutningen", "gängkriminell", "gängkriminella", "kriminell",
               "kriminella", "polisanmäld", "polisanmälan", "anhållen", "anhållna", "rattfylla"),
        begins=("brottsling", "brottsoffer", "brottsmiss", "brottsutred", "misshand", "våldsbrott", "bedrägeri",
                "förskingr", "polisanmäl", "mordförsök", "sexualbrott", "narkotikabrott"),
        ends=("brottslighet",),
    ),
}  # fmt: skip

_ENGLISH: Mapping[Flag, _Words] = {
    Flag.CHILD: _Words(
        whole=("child", "children", "child's", "kid", "kids", "pupil", "pupils", "schoolchildren", "schoolchild",
               "toddler", "toddlers", "teenager", "teenagers", "baby", "babies", "preschool", "kindergarten"),
        begins=("preschool", "kindergart"),
        phrases=("primary school", "nursery school", "day care centre"),
    ),
    Flag.PATIENT: _Words(
        whole=("patient", "patients", "hospital", "hospitals", "inpatient", "outpatient", "hospice"),
        phrases=("care home", "nursing home", "home care", "intensive care"),
    ),
    Flag.PROTECTED: _Words(
        phrases=("protected identity", "protected address", "women's shelter", "secret address",
                 "protected personal data"),
    ),
    Flag.SENSITIVE: _Words(
        whole=("hiv", "adhd", "autism", "pregnant", "cancer", "depression", "suicide", "homosexual", "gay", "lesbian",
               "transgender", "muslim", "muslims", "jewish", "christian", "christians", "mosque", "synagogue",
               "refugee", "refugees", "dementia", "disability", "disabilities"),
        phrases=("trade union", "asylum seeker", "sick leave", "party member", "ethnic origin"),
    ),
    Flag.CRIME: _Words(
        whole=("crime", "crimes", "criminal", "criminals", "murder", "murdered", "rape", "raped", "robbery", "robbed",
               "theft", "stolen", "arrested", "convicted", "prison", "assault", "assaulted", "burglary", "fraud",
               "narcotics"),
        phrases=("charged with", "police report"),
    ),
}  # fmt: skip

#: A personal identity number, or a co-ordination number: with and without century, hyphen or plus.
_NUMBER = re.compile(r"(?<![\d-])(?:(?:19|20)\d{2}|\d{2})(\d{2})(\d{2})[-+ ]?\d{4}(?![\d-])")

#: So many of the words that were found are told.
_MOST_FOUND = 3

#: So many words of one story are looked at.
_MOST_WORDS = 4_000


def propose(posts: Iterable[Post], *, language: str = "sv") -> list[Proposal]:
    """Return the flags that a story's posts may need, with the reasons, in the order of ``Flag``.

    ``language`` is the site's: of a post whose source does not say in which language it is, that one is taken.
    """
    found: dict[Flag, dict[str, None]] = {flag: {} for flag in Flag}
    why: dict[Flag, str] = {}
    for post in posts:
        text = f"{post.title}\n{post.warning}\n{post.text}"
        for flag, words in _found(text, post.language or language).items():
            found[flag] |= dict.fromkeys(words)
        if has_number(text):
            why[Flag.PROTECTED] = "number"
        if post.warning:
            why.setdefault(Flag.SENSITIVE, "warning")
        elif post.sensitive:
            why.setdefault(Flag.SENSITIVE, "marked")
    return [
        Proposal(flag=flag, why=why.get(flag, "words"), found=() if flag in why else tuple(found[flag])[:_MOST_FOUND])
        for flag in Flag
        if flag in why or found[flag]
    ]


def propose_for_text(text: str, *, language: str = "sv") -> list[Flag]:
    """Return the flags that a text's own words speak for; for what is no stored post yet."""
    flags = {flag for flag, words in _found(text, language).items() if words}
    return [flag for flag in Flag if flag in flags or (flag is Flag.PROTECTED and has_number(text))]


def has_number(text: str) -> bool:
    """Return whether a Swedish personal identity number stands in a text: a day that can be, and a right check digit.

    Numbers of organisations, whose third digit is two at least, and telephone numbers are none.
    """
    return any(_is_personal(match) for match in _NUMBER.finditer(text))


def _is_personal(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])[-10:]
    month, day = int(match[1]), int(match[2])
    try:
        date(2000, month, day - 60 if day > 60 else day)
    except ValueError:
        return False
    return _check_sum(digits) % 10 == 0


def _check_sum(digits: str) -> int:
    doubled = (int(digit) * (2 - number % 2) for number, digit in enumerate(digits))
    return sum(value - 9 if value > 9 else value for value in doubled)


def _found(text: str, language: str) -> dict[Flag, list[str]]:
    lists = _ENGLISH if language.casefold().startswith("en") else _SWEDISH
    words = list(dict.fromkeys(split(text)[:_MOST_WORDS]))
    whole = " ".join(text.casefold().split())
    return {
        flag: [word for word in words if wanted.has(word)] + [phrase for phrase in wanted.phrases if phrase in whole]
        for flag, wanted in lists.items()
    }
