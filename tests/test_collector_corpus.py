"""Two thousand real and hostile feeds: every entry as feedparser reads it, every refusal by its name.

``data/refused_feeds.tsv`` says which file of the corpus is refused and by which name; every other file is a feed.
"""

from __future__ import annotations

import io
import json
import warnings
import xml.sax
from calendar import timegm
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import feedparser
import feedparser.api

from campaign.errors import CollectError
from collecting import posts, run, settings, source
from collector import bodies, feeds
from collector.entries import Parsed
from conftest import NOW
from servers import Reply, Request, Server
from storage.store import Store

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOST = "http://127.0.0.1:8001/"

REFUSED = dict(
    line.split("\t")
    for line in Path(__file__).with_name("data").joinpath("refused_feeds.tsv").read_text().splitlines()[1:]
)

# Where feedparser is known to be wrong: (file, its id) and why. Empty: no dated entry of this corpus meets the
# faults that ``collector/dates`` corrects; test_collector_dates.py shows them one by one.
KNOWN_WRONG: dict[tuple[str, str], str] = {}

Reading = dict[str, tuple[str, datetime]]


@cache
def _files(area: Path) -> tuple[str, ...]:
    rows = (area / "manifest.tsv").read_text().splitlines()[1:]
    return tuple(row.split("\t")[0] for row in rows)


def _expected(body: bytes, url: str) -> Reading:
    """What feedparser gives: id, link and moment of every entry that has all three; of equal ids the first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entries = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": "application/xml"},
            sanitize_html=False,
            resolve_relative_uris=False,
        ).entries
    found: Reading = {}
    for entry in entries:
        moment = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
        link = urljoin(url, entry.get("link") or "") if entry.get("link") else ""
        if entry.get("id") and moment and urlsplit(link).scheme in ("http", "https"):
            found.setdefault(entry["id"], (link, datetime.fromtimestamp(timegm(moment), UTC)))
    return found


def _parsed(area: Path, name: str) -> Parsed | str:
    try:
        return feeds.parse((area / name).read_bytes(), url=HOST + name, content_type="application/xml", zone=STOCKHOLM)
    except CollectError as error:
        return error.key


def test_every_entry_arrives_once_as_feedparser_reads_it(corpus: Path) -> None:
    """Every entry with an id, a web link and a date has the same id, link and moment as feedparser gives."""
    area, compared = corpus / "feeds", 0
    for name in _files(area):
        if name in REFUSED or name.endswith(".json"):
            continue
        parsed = _parsed(area, name)
        assert isinstance(parsed, Parsed), name
        ids = [dict(found.local).get("guid") for found in parsed.candidates]
        assert len([each for each in ids if each]) == len({each for each in ids if each}), name
        read = {dict(found.local).get("guid"): (found.url, found.published_at) for found in parsed.candidates}
        for each, expected in _expected((area / name).read_bytes(), HOST + name).items():
            if (name, each) not in KNOWN_WRONG:
                assert read.get(each) == expected, (name, each)
                compared += 1
    assert compared > 2000


def test_every_json_item_arrives_once(corpus: Path) -> None:
    """JSON Feed, which feedparser does not read: every item's id, link and moment, compared with the raw JSON."""
    area, compared = corpus / "feeds", 0
    for name in (each for each in _files(area) if each.endswith(".json") and each not in REFUSED):
        parsed = _parsed(area, name)
        assert isinstance(parsed, Parsed), name
        read = {dict(found.local)["guid"]: found for found in parsed.candidates}
        for item in json.loads((area / name).read_text())["items"]:
            found = read[str(item["id"])]
            if isinstance(item.get("url"), str):
                assert found.url == urljoin(HOST + name, item["url"]), name
            if "T" in str(item.get("date_published")):
                assert found.published_at == datetime.fromisoformat(item["date_published"]).astimezone(UTC), name
            compared += 1
    assert compared > 50


def test_every_refused_file_ends_in_its_name(corpus: Path) -> None:
    """Which file is refused, and why, stands in a table; no other file of the corpus is refused."""
    area = corpus / "feeds"
    outcome = {name: _parsed(area, name) for name in _files(area)}
    assert {name: key for name, key in outcome.items() if isinstance(key, str)} == REFUSED
    assert set(REFUSED.values()) <= {
        "feed_empty_body", "feed_entities", "feed_is_html", "feed_is_opml", "feed_json_bad", "feed_unreadable",
    }  # fmt: skip


def test_a_whole_collecting_stores_each_entry_once_and_a_second_nothing(corpus: Path, sqlite_store: Store) -> None:
    """Every file as a source of its own, over HTTP into the database: what feedparser reads stands there once.

    Left out are 745 files that differ in one piece of markup each; the tests above read them.
    """
    area = corpus / "feeds"
    names = {f"s{number}": name for number, name in enumerate(_files(area)) if "/sanitize/" not in name}

    def answer(request: Request) -> Reply:
        return Reply(body=(area / request.path[1:]).read_bytes(), headers={"Content-Type": "application/xml"})

    with Server({"*": answer}) as server:
        sources = [source(key, url=server.url("/" + quote(name)), keep="all") for key, name in names.items()]
        given = settings(*sources, allow=(server.address,))
        first = run(sqlite_store, given)
        again = run(sqlite_store, given, now=NOW + timedelta(hours=1))
    failed = {names[key]: result.error.key for key, result in first.items() if result.error is not None}
    assert failed == REFUSED
    assert sum(result.new + result.revised for result in again.values()) == 0
    assert {result.status for key, result in again.items() if names[key] not in REFUSED} == {"unchanged"}
    stored: dict[str, dict[str, tuple[str, datetime]]] = {}
    for row in posts(sqlite_store):
        if "guid" in row.local:
            per_source = stored.setdefault(row.source_id, {})
            assert row.local["guid"] not in per_source, row.local
            per_source[row.local["guid"]] = (row.url, row.published_at)
    for key, name in names.items():
        if name not in REFUSED and not name.endswith(".json"):
            for each, expected in _expected((area / name).read_bytes(), server.url("/" + name)).items():
                assert stored[key][each] == expected, (name, each)


def test_the_short_way_through_the_strict_parser_gives_what_the_long_one_gives(corpus: Path) -> None:
    """What our driver and feedparser's class with shortcuts read is what they read without, on every feed."""
    area, compared = corpus / "feeds", 0
    for name in _files(area):
        try:
            text = bodies.document(bodies.decode((area / name).read_bytes(), "application/xml")).text
        except CollectError:
            continue
        long = _outcome(_long_way, text)
        assert _outcome(feeds._strictly, text) == long, name
        compared += bool(long)
    assert compared > 1500


def _outcome(way: Callable[[str], Any], text: str) -> object:
    try:
        parser = way(text) if text else None
    except ValueError as error:
        return type(error)
    return parser and (parser.version, parser.feeddata, parser.entries, parser.namespaces_in_use)


def _long_way(text: str) -> Any:
    """What ``feeds`` does, with the standard library's driver and feedparser's own steps."""
    parser = type("_Plain", (feeds._Careful, feedparser.api.StrictFeedParser), {})("", None, "utf-8")
    parser.resolve_relative_uris = parser.sanitize_html = False
    reader = xml.sax.make_parser()
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    try:
        reader.parse(io.BytesIO(text.encode("utf-8", "replace")))
    except xml.sax.SAXException:
        return None
    return parser
