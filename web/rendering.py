"""Turns a template and what it tells into a page. One environment for the public side and the desk.

A template sees the view as ``view`` and, for short, ``t`` (a sentence), ``lang`` (dates and numbers), ``url`` (an
address within this campaign and language) and ``static`` (a file of ours with its content in its address).
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import nh3
from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from campaign.figure_words import period_words, value_words
from campaign.language import LANGUAGES, Language
from campaign.settings import CampaignSettings, NewsletterSettings, Settings
from digest.guard import form_mark
from digest.markdown import to_html
from digest.subscribe import wording
from web.colours import area_class
from web.templating import QuickContext

_TAGS = {"p", "br", "a", "ul", "ol", "li", "blockquote", "strong", "b", "em", "i", "code", "pre", "del", "s"}
_SCHEMES = {"http", "https", "mailto"}

Query = Mapping[str, str | int | None]

#: What a public page may be asked, in the order of its one address; anything else in a query string changes nothing.
_ASKED = ("q", "year", "month", "week", "day", "area", "network", "place", "from", "kind", "sort", "older", "newer")

#: Letters that stand in paths as they are.
_IN_PATHS = "/:@!$'()*,;=+-._~"


class StaticFiles:
    """The files of ``web/static``, read once; ``stamp`` changes when any of them does."""

    def __init__(self) -> None:
        self._files = dict(_walk(files("web").joinpath("static"), ""))
        self._packed = {
            name: gzip.compress(body, 9, mtime=0) for name, body in self._files.items() if not name.endswith(".woff2")
        }
        whole = hashlib.sha256()
        for name, body in sorted(self._files.items()):
            whole.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
        self.stamp = whole.hexdigest()[:12]

    def below(self, start: str) -> list[str]:
        """Return the names of the files that begin so, in order."""
        return sorted(name for name in self._files if name.startswith(start))

    def find(self, name: str) -> tuple[bytes, bytes | None, str] | None:
        """Return a file's bytes, the same packed with gzip (None for fonts), and its type; None for no such file."""
        body = self._files.get(name)
        if body is None:
            return None
        kind = "font/woff2" if name.endswith(".woff2") else mimetypes.guess_type(name)[0] or "text/plain"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        return body, self._packed.get(name), kind


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where a page stands and who reads it: language, campaign, address, moment.

    ``path`` is the address below language and campaign ("/archive"); ``query`` its query string without "?".
    ``campaign`` is None on pages of the whole installation; ``revision`` is that of the public content. ``followed``:
    the campaign has a published measuring point.
    """

    settings: Settings
    language: Language
    path: str
    now: datetime
    campaign: CampaignSettings | None = None
    query: str = ""
    revision: int = 0
    followed: bool = False

    @property
    def base(self) -> str:
        """The path of the installation's own address, "" at the root of its host."""
        return urlsplit(self.settings.site.base_url).path.rstrip("/")

    @property
    def other(self) -> str:
        """The code of the language that this page can also be read in."""
        return next(code for code in LANGUAGES if code != self.language.code)

    def url(self, path: str, /, **query: str | int | None) -> str:
        """Return the address of a path in this language and campaign; empty parts of the query are left out."""
        return self.prefix(self.language.code) + path + as_query(query)

    def plain(self, path: str, /, **query: str | int | None) -> str:
        """Return the address of a path that has no language and no campaign ("/desk/…", "/media/…")."""
        return self.base + path + (as_query(query) if query else "")

    def absolute(self, path: str, /, **query: str | int | None) -> str:
        """Return ``url`` with scheme and host, for feeds, letters and canonical links."""
        site = urlsplit(self.settings.site.base_url)
        return f"{site.scheme}://{site.netloc}{self.url(path, **query)}"

    def in_language(self, code: str) -> str:
        """Return the address of this very page in another language."""
        return self.prefix(code) + self.path + (f"?{self.query}" if self.query else "")

    @property
    def canonical(self) -> str:
        """The one address of this page in its language: with scheme and host, and of the query only what is asked."""
        return self.alternate(self.language.code)

    def alternate(self, code: str) -> str:
        """Return the one address of this page in a language."""
        site = urlsplit(self.settings.site.base_url)
        told = dict(parse_qsl(self.query))
        asked = as_query({name: told[name] for name in _ASKED if name in told})
        return f"{site.scheme}://{site.netloc}{self.prefix(code)}{quote(self.path, safe=_IN_PATHS)}{asked}"

    def prefix(self, code: str) -> str:
        """Return what stands before every path of a language in this campaign."""
        language = "" if code == self.settings.site.language else f"/{code}"
        several = self.campaign is not None and len(self.settings.campaigns) > 1
        return self.base + language + (f"/c/{self.campaign.id}" if several and self.campaign else "")

    @property
    def newsletters(self) -> list[NewsletterSettings]:
        """The newsletters of this campaign, in the order of the file."""
        if self.campaign is None:
            return []
        return [each for each in self.settings.newsletters.values() if each.campaign == self.campaign.id]

    @property
    def name(self) -> str:
        """What stands at the top of the page: the campaign's name, else the installation's."""
        return self.campaign.name if self.campaign else self.settings.site.name


def as_query(query: Query) -> str:
    """Return a query string with its "?", "" where nothing is asked."""
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else ""


class Renderer:
    """Renders every template of the web. Thread-safe once built."""

    def __init__(self, settings: Settings, *, version: str, secret: bytes = b"", development: bool = False) -> None:
        self.settings = settings
        self._secret = secret
        self.version = version
        self.static_files = StaticFiles()
        self._environment = _environment(auto_reload=development)
        self._environment.globals |= {
            "area_class": area_class,
            "has_number": has_number,
            "period_words": period_words,
            "value_words": value_words,
            "version": version,
        }

    @cached_property
    def base(self) -> str:
        """The path before every address of this installation."""
        return urlsplit(self.settings.site.base_url).path.rstrip("/")

    def static(self, name: str) -> str:
        """Return the address of a file of ours; its content is in the address, so it may be kept for ever."""
        return f"{self.base}/static/{self.static_files.stamp}/{name}"

    def page(self, template: str, view: View, /, **told: Any) -> str:
        """Return a rendered template. Names in ``told`` win over the view's own."""
        own: dict[str, Any] = {
            "view": view,
            "site": self.settings.site,
            "campaign": view.campaign,
            "t": view.language.t,
            "lang": view.language,
            "url": view.url,
            "plain": view.plain,
            "static": self.static,
            "now": view.now,
            "own_words": _own_words(view),
            "form_mark": lambda: form_mark(self._secret, view.now),
            "wording": lambda newsletter: wording(view.settings, newsletter, view.language).text,
            "network_name": network_name(view.language),
            "language_name": language_name(view.language),
        }
        return self._environment.get_template(template).render(own | told)


def has_number(code: str) -> bool:
    """Return whether a node's code is a number ("1.2") and not a word, which would tell a reader nothing."""
    return any(each.isdigit() for each in code)


def _own_words(view: View) -> Markup:
    """Return the attribute for words of the configuration and the strategy, which stand in the site's language only."""
    site = view.settings.site.language
    return Markup("") if view.language.code == site else Markup(' lang="{}"').format(site)


def network_name(language: Language) -> Callable[[str], str]:
    """Return the function that names a network in a language; an unknown one keeps its own name."""

    def name(network: str) -> str:
        key = f"network.{network}"
        return language.t(key) if language.has(key) else network.capitalize()

    return name


def language_name(language: Language) -> Callable[[str], str]:
    """Return the function that names a language code in a language ("da" → "danska"), "" for an unknown one."""

    def name(code: str) -> str:
        try:
            return str(Locale.parse(code, sep="-").get_display_name(language.locale) or "")
        except (UnknownLocaleError, ValueError):
            return ""

    return name


def safe_html(text: str) -> Markup:
    """Return foreign HTML with nothing left that could act, style or load anything.

    It was cleaned when it came in; it is cleaned again here, because this is the last door before the page.
    """
    return Markup(nh3.clean(text, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=_REL))  # noqa: S704


_REL = "noopener noreferrer nofollow ugc"


def markdown(text: str) -> Markup:
    """Return the HTML of what an editor or the configuration wrote in Markdown."""
    return Markup(to_html(text))  # noqa: S704 - to_html lets nothing through but words, lists, emphasis and links


def prose(text: str) -> Markup:
    """Return the HTML of Markdown from a strategy, whose file is wrapped by hand: the lines of a paragraph flow."""
    return Markup(to_html(text, breaks=False))  # noqa: S704 - as above


def web_address(text: str) -> str:
    """Return a foreign address if it is http or https, else ""."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def host(text: str) -> str:
    """Return the host of an address as people say it, without "www."; "" where it has none."""
    try:
        return (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def iso(moment: datetime) -> str:
    """Return a moment for ``<time datetime>``, to the second and in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _environment(*, auto_reload: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=auto_reload,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    environment.context_class = QuickContext
    environment.filters |= {
        "safe_html": safe_html,
        "markdown": markdown,
        "prose": prose,
        "web_address": web_address,
        "host": host,
        "iso": iso,
    }
    return environment
