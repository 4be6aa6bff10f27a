"""Reading config.toml: what it becomes, and everything wrong with it told at once with its line."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import ConfigError, Problem
from campaign.kinds import KINDS
from campaign.language import LANGUAGES, Language, catalogue
from campaign.settings import (
    FetchSettings,
    MailSettings,
    NewsletterSettings,
    PrivacySettings,
    Settings,
    WeekTime,
    WorkSettings,
)
from campaign.toml_file import parse
from skord import config
from skord.config_schema import KEYED, PLAIN

ROOT = Path(__file__).parent.parent
STOCKHOLM = ZoneInfo("Europe/Stockholm")
SWEDISH = Language("sv", STOCKHOLM)

HEAD = """\
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"
[campaign.halland]
name = "Halland växer"
hashtags = ["#hallandväxer"]
"""
FIRST = HEAD.count("\n") + 1  # the line of whatever follows HEAD
FEED = '[source.nyheter]\nkind = "feed"\nurl = "https://example.se/rss"\n'
CAMPAIGN_B = '[campaign.b]\nname = "B"\nhashtags = ["#b"]\n'
LETTER = (
    '[newsletter.brev]\ncampaign = "halland"\ndraft = "thursday 14:00"\nsend = "friday 08:00"\n'
    'from = "Halland växer <brev@example.se>"\n'
)


def load(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    """Write a configuration and read it."""
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file, environ or {})


def problems(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[Problem]:
    """Return what is wrong with a configuration."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, environ)
    return caught.value.problems


def told(found: list[Problem]) -> list[tuple[str, int, str]]:
    """Return path, line and key of each problem."""
    return [(problem.path, problem.line, problem.key) for problem in found]


# What is added after HEAD, and the one problem: path, line counted from the first added line, key.
BAD = [
    # unknown things
    ("[sajt]\nx = 1\n", "sajt", 1, "unknown_table"),
    ("[sources.x]\n", "sources", 1, "unknown_table_near"),
    (FEED + 'evry = "1h"\n', "source.nyheter.evry", 4, "unknown_key_near"),
    (FEED + "zzzzzzz = 1\n", "source.nyheter.zzzzzzz", 4, "unknown_key"),
    ('[source.n]\nkind = "feed"\nulr = "https://example.se/rss"\n', "source.n.ulr", 3, "unknown_key_near"),
    (FEED + 'servers = ["https://mastodon.nu"]\n', "source.nyheter.servers", 4, "unknown_key"),
    # shapes
    ('[mail]\nport = "25"\n', "mail.port", 2, "type_number"),
    ("[mail]\nport = true\n", "mail.port", 2, "type_number"),
    ("[mail]\nhost = 25\n", "mail.host", 2, "type_text"),
    ('[fetch]\nallow = "127.0.0.1:8001"\n', "fetch.allow", 2, "type_list"),
    ("[[source]]\nid = 1\n", "source", 1, "not_keyed"),
    ('[source]\nkind = "feed"\n', "source.kind", 2, "not_keyed"),
    ("[[mail]]\n", "mail", 1, "not_table"),
    (FEED + "campaign = 1\n", "source.nyheter.campaign", 4, "type_text_or_list"),
    ('[newsletter."Mitt brev"]\n' + LETTER.split("\n", 1)[1], "newsletter.Mitt brev", 1, "id"),
    # required
    ('[source.n]\nkind = "feed"\n', "source.n", 1, "missing"),
    ('[source.n]\nurl = "https://example.se/rss"\n', "source.n", 1, "missing"),
    ('[source.n]\nkind = "mastodon"\n', "source.n", 1, "missing_any"),
    ('[campaign.b]\nname = "B"\nhashtags = []\n', "campaign.b.hashtags", 3, "empty_list"),
    ('[campaign.b]\nname = "  "\nhashtags = ["#b"]\n', "campaign.b.name", 2, "empty"),
    ('[campaign.b]\nname = "B\\nBcc: x"\nhashtags = ["#b"]\n', "campaign.b.name", 2, "line_break"),
    # strangers' pictures are nobody's own
    *(
        (f'[source.n]\nkind = "{kind}"\n{more}\nrights = "own"\n', "source.n.rights", 4, "rights_strangers")
        for kind, more in (
            ("mastodon", 'server = "https://mastodon.nu"'),
            ("x", "posts_per_month = 100"),
            ("bluesky", 'identifier = "halland.example.se"'),
            ("youtube", "search = true"),
            ("jetstream", 'keep = "tagged"'),
        )
    ),
    # durations, paces, sizes
    *(
        (FEED + f"every = {raw}\n", "source.nyheter.every", 4, key)
        for raw, key in (
            ('"15"', "duration"),
            ('"15 minuter"', "duration"),
            ('"0m"', "duration"),
            ('"-1h"', "duration"),
            ('"1.5h"', "duration"),
            ("15", "type_text"),
            ('"9999999d"', "duration"),
            ('"14m"', "every_floor"),
            ('"30s"', "every_floor"),
        )
    ),
    *((f'[fetch]\nper_host = "{raw}"\n', "fetch.per_host", 2, "pace") for raw in ("1", "0/s", "1/d", "s/1")),
    *((f'[fetch]\nmax_bytes = "{raw}"\n', "fetch.max_bytes", 2, "size") for raw in ("5", "5 MiB", "0MB", "MB")),
    ('[fetch]\n[fetch.hosts]\n"mastodon.nu" = "ofta"\n', "fetch.hosts.mastodon.nu", 3, "pace"),
    ('[fetch.hosts]\n"https://mastodon.nu" = "1/s"\n', "fetch.hosts.https://mastodon.nu", 2, "host"),
    ("[fetch]\nhosts = 1\n", "fetch.hosts", 2, "not_table"),
    *(
        (f'[fetch]\nallow = ["{raw}"]\n', "fetch.allow", 2, "host_port")
        for raw in ("127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "http://127.0.0.1:80", "::1:80")
    ),
    # hashtags
    *(
        (f'[campaign.b]\nname = "B"\nhashtags = ["{raw}"]\n', "campaign.b.hashtags", 3, "hashtag")
        for raw in ("hallandväxer", "#halland växer", "#halland#växer", "#2026", "#", "", " #b", "#b-2026", "x#b")
    ),
    ('[campaign.b]\nname = "B"\nhashtags = [\n  "#b",\n  "b",\n]\n', "campaign.b.hashtags", 5, "hashtag"),
    ('[campaign.b]\nname = "B"\nhashtags = [\n  "#b",\n  7,\n]\n', "campaign.b.hashtags", 5, "type_item"),
    ('[campaign.b]\nname = "B"\nhashtags = ["#b"]\naliases = ["b"]\n', "campaign.b.aliases", 4, "hashtag"),
    # addresses
    *(
        (f'[source.n]\nkind = "feed"\nurl = "{raw}"\n', "source.n.url", 3, key)
        for raw, key in (
            ("example.se/rss", "url"),
            ("ftp://example.se/rss", "url"),
            ("file:///etc/passwd", "url"),
            ("https://", "url"),
            ("https://example.se:port/", "url"),
            ("https://example.se/a b", "url"),
            ("https://[::1/", "url"),
            ("https://anna:hemligt@example.se/rss", "url_user"),
        )
    ),
    (
        '[source.n]\nkind = "mastodon"\nservers = [\n"https://mastodon.nu",\n"mastodon.se",\n]\n',
        "source.n.servers",
        5,
        "url",
    ),
    # times, zones, pauses
    *(
        (LETTER.replace("friday 08:00", raw), "newsletter.brev.send", 4, "week_time")
        for raw in ("08:00", "friday", "fre 08:00", "friday 24:00", "friday 8:60", "friday 08:00 UTC")
    ),
    (LETTER.replace("friday 08:00", "thursday 14:00"), "newsletter.brev.send", 4, "draft_is_send"),
    (FEED + 'timezone = "Europe/Halmstad"\n', "source.nyheter.timezone", 4, "zone"),
    (FEED + 'timezone = "Europe"\n', "source.nyheter.timezone", 4, "zone"),
    (FEED + 'timezone = "/etc/passwd"\n', "source.nyheter.timezone", 4, "zone"),
    (LETTER + 'pause = ["v. 28"]\n', "newsletter.brev.pause", 6, "pause"),
    (LETTER + 'pause = ["2026-02-30/2026-03-01"]\n', "newsletter.brev.pause", 6, "pause"),
    (LETTER + 'pause = ["2026-08-02/2026-07-06"]\n', "newsletter.brev.pause", 6, "pause_backwards"),
    (LETTER + "pause = [2026-07-06]\n", "newsletter.brev.pause", 6, "type_item"),
    # mail
    *(
        (LETTER.replace("Halland växer <brev@example.se>", raw), "newsletter.brev.from", 5, key)
        for raw, key in (
            ("Halland växer", "sender"),
            ("Halland växer <brev>", "sender"),
            ("Halland växer brev@example.se", "sender"),
            ("A <a@b.se>, B <b@b.se>", "sender"),
            ("A <a@b.se>\\nBcc: c@b.se", "line_break"),
        )
    ),
    (LETTER + 'editors = ["anna@example.se", "anna"]\n', "newsletter.brev.editors", 6, "address"),
    (LETTER + 'reply_to = "anna@"\n', "newsletter.brev.reply_to", 6, "address"),
    (LETTER + "min_items = 0\n", "newsletter.brev.min_items", 6, "range"),
    (LETTER + "min_items = 9\nmax_items = 8\n", "newsletter.brev.max_items", 7, "items_crossed"),
    (LETTER + "min_items = 21\n", "newsletter.brev.min_items", 6, "items_crossed"),
    (LETTER + 'holidays = "ibland"\n', "newsletter.brev.holidays", 6, "choice"),
    (LETTER + 'pictures = "alla"\n', "newsletter.brev.pictures", 6, "choice"),
    (LETTER + 'uncertain = "kanske"\n', "newsletter.brev.uncertain", 6, "choice"),
    ('[mail]\nsecurity = "ssl"\n', "mail.security", 2, "choice"),
    ("[mail]\nport = 65536\n", "mail.port", 2, "range"),
    # references and files
    (LETTER.replace('"halland"', '"haland"'), "newsletter.brev.campaign", 2, "reference_near"),
    (LETTER.replace('"halland"', '"q"'), "newsletter.brev.campaign", 2, "reference"),
    (FEED + 'campaign = [\n"halland",\n"haland",\n]\n', "source.nyheter.campaign", 6, "reference_near"),
    (FEED + "campaign = []\n", "source.nyheter.campaign", 4, "empty_list"),
    (
        '[campaign.b]\nname = "B"\nhashtags = ["#b"]\nstrategy = "finns-inte.toml"\n',
        "campaign.b.strategy",
        4,
        "strategy_missing",
    ),
    ('[campaign.b]\nname = "B"\nhashtags = ["#b"]\naccent = "grön"\n', "campaign.b.accent", 4, "colour"),
    (CAMPAIGN_B + 'places = [\n"Hallands län",\n"Halmstd",\n]\n', "campaign.b.places", 6, "place_unknown_near"),
    (CAMPAIGN_B + 'places = ["Järna"]\n', "campaign.b.places", 4, "place_many"),
    (FEED + 'place = "Atlantis"\n', "source.nyheter.place", 4, "place_unknown"),
    ('[source.n]\nkind = "feeed"\nurl = "https://example.se"\n', "source.n.kind", 2, "choice"),
    (FEED + 'keep = "some"\n', "source.nyheter.keep", 4, "choice"),
    (FEED + 'rights = "all"\n', "source.nyheter.rights", 4, "choice"),
    # storage and work
    *(
        (f'[storage]\nurl = "{raw}"\n', "storage.url", 2, key)
        for raw, key in (
            ("mysql://localhost/skord", "storage_scheme"),
            ("data/skord.db", "storage_scheme"),
            ("postgresql://", "storage_scheme"),
            ("sqlite://", "storage_memory"),
            ("sqlite:///", "storage_memory"),
            ("sqlite:///:memory:", "storage_memory"),
            ("sqlite:///?mode=memory", "storage_memory"),
        )
    ),
    ('[work]\nengine = "procrastinate"\n', "work.engine", 2, "engine_unbuilt"),
    ('[work]\nengine = "celery"\n', "work.engine", 2, "choice"),
    # secrets
    ('[mail]\npassword = "hemligt"\n', "mail.password", 2, "secret_written"),
    ('[mail]\npassword_file = "finns-inte"\n', "mail.password_file", 2, "secret_missing"),
    ('[mail]\npassword_file = "."\n', "mail.password_file", 2, "secret_unreadable"),
    ("[mail]\npassword_file = 1\n", "mail.password_file", 2, "type_text"),
    (FEED + 'token = "hemligt"\n', "source.nyheter.token", 4, "secret_written"),
]


@pytest.mark.parametrize(("text", "path", "line", "key"), BAD)
def test_each_mistake_is_told_with_its_place(tmp_path: Path, text: str, path: str, line: int, key: str) -> None:
    """One mistake gives one problem, at the path and line where a person finds it."""
    assert told(problems(tmp_path, HEAD + text)) == [(path, FIRST - 1 + line, key)]


SITE_BAD = [
    (HEAD.replace('name = "Halland växer"\n', "", 1), "site", 1, "missing"),
    (HEAD.replace(":8000", ":8000/"), "site.base_url", 4, "url_slash"),
    (HEAD.replace("http://127", "127"), "site.base_url", 4, "url"),
    (HEAD.replace(":8000", ":8000/a?b=c"), "site.base_url", 4, "url"),
    (HEAD.replace("info@example.se", "info"), "site.contact", 5, "address"),
    (HEAD.replace("info@example.se", "a b@example.se"), "site.contact", 5, "address"),
    (HEAD.replace('Halland"', 'Halland"\nlanguage = "no"'), "site.language", 4, "choice"),
    (HEAD.replace('Halland"', 'Halland"\ntimezone = "Sverige"'), "site.timezone", 4, "zone"),
]


@pytest.mark.parametrize(("text", "path", "line", "key"), SITE_BAD)
def test_mistakes_about_the_site_are_told(tmp_path: Path, text: str, path: str, line: int, key: str) -> None:
    """A mistake in [site] is told at its line."""
    assert told(problems(tmp_path, text)) == [(path, line, key)]


BROKEN = [
    ("[site]\nname = Halland\n", 2, "syntax"),
    ('[site]\nname = "Halland\nowner = "x"\n', 2, "syntax"),
    ("[site]\n\nname\n", 3, "syntax"),
    ('[site]\nabout = """\naldrig slut\n', 3, "syntax_end"),
    ("[site]\nx = [1,\n2\n", 3, "syntax_end"),
    ('[site]\nname = "a"\n\nname = "b"\n', 4, "twice"),
    ("[site]\n[mail]\n[site]\n", 3, "twice"),
    ("[site]\n[campaign.hallandväxer]\n", 2, "bare_key"),
    ('[site]\nägare = "x"\n', 2, "bare_key"),
    ('[site]\r\nname = "a"\r\nname = "b"\r\n', 3, "twice"),
]


@pytest.mark.parametrize(("text", "line", "key"), BROKEN)
def test_broken_toml_is_told_with_its_own_line(tmp_path: Path, text: str, line: int, key: str) -> None:
    """What is no TOML gives one problem at the line where reading stopped."""
    assert told(problems(tmp_path, text)) == [("", line, key)]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Mistakes in different tables, of different sorts, come in one list sorted by line."""
    text = HEAD + FEED + 'evry = "1h"\nkeep = 1\n' + LETTER.replace('"halland"', '"q"') + '[mial]\nport = "x"\n'
    assert told(problems(tmp_path, text)) == [
        ("source.nyheter.evry", FIRST + 3, "unknown_key_near"),
        ("source.nyheter.keep", FIRST + 4, "type_text"),
        ("newsletter.brev.campaign", FIRST + 6, "reference"),
        ("mial", FIRST + 10, "unknown_table_near"),
    ]


def test_an_empty_file_names_what_it_needs(tmp_path: Path) -> None:
    """An empty configuration is told as its required settings, not as a crash."""
    assert sorted((problem.path, problem.facts.get("name", "")) for problem in problems(tmp_path, "")) == [
        ("campaign", ""),
        ("site", "base_url"),
        ("site", "contact"),
        ("site", "name"),
        ("site", "owner"),
    ]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path without a file gives one problem without a line."""
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "ingen.toml", {})
    assert told(caught.value.problems) == [("", 0, "file_missing")]


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    """A path that cannot be read as a file gives one problem."""
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path, {})
    assert told(caught.value.problems) == [("", 0, "file_unreadable")]


def test_bytes_that_are_not_utf8_are_told_with_their_line(tmp_path: Path) -> None:
    """A file saved as Latin-1 is refused at its first such line."""
    file = tmp_path / "config.toml"
    file.write_bytes('[site]\nname = "a"\nowner = "Länet"\n'.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        config.load(file, {})
    assert told(caught.value.problems) == [("", 3, "encoding")]


def test_a_byte_order_mark_is_let_through(tmp_path: Path) -> None:
    """A file as Windows editors save it loads."""
    file = tmp_path / "config.toml"
    file.write_text(HEAD.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert config.load(file, {}).site.name == "Halland växer"


# --- lines


TANGLED = r"""# one
[a] # = "
text = ~~~
[no]
x = 1 # no
\"~~ ~~~
literal = '''
[no]
'''
list = [ # ]
  "a, ]", # two
  [1,
   2],
  {k = "}"},
]
"q.k" . 'b' = {c = {d = 1}, e = "}"}
[[t]]
n = 1
[[t]]
n = 2
[x.y]
[x]
empty = ""
last = 1""".replace("~", '"')
TANGLED_LINES = [
    (("a",), 2),
    (("a", "text"), 3),
    (("a", "literal"), 7),
    (("a", "list"), 10),
    (("a", "list", 0), 11),
    (("a", "list", 1), 12),
    (("a", "list", 1, 1), 13),
    (("a", "list", 2, "k"), 14),
    (("a", "q.k", "b", "c", "d"), 16),
    (("a", "q.k", "b", "e"), 16),
    (("t",), 17),
    (("t", 1), 19),
    (("t", 1, "n"), 20),
    (("x",), 22),
    (("x", "y"), 21),
    (("x", "empty"), 23),
    (("x", "last"), 24),
]


@pytest.mark.parametrize(("path", "line"), TANGLED_LINES)
def test_lines_are_right_through_everything_that_toml_allows(path: tuple[str | int, ...], line: int) -> None:
    """Comments, long strings, lists over lines, inline tables, quoted and dotted keys do not move the count."""
    assert parse(TANGLED, "f.toml").lines.get(path) == line


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    """A missing key is told at its table, and 0 where not even that stands."""
    written = parse(TANGLED, "f.toml")
    assert (written.line("x", "missing"), written.line("z", "missing")) == (22, 0)


@pytest.mark.parametrize("name", ["pyproject.toml", "campaign/locale/sv/config.toml", "config.toml"])
def test_every_table_key_and_item_has_a_line(name: str) -> None:
    """What tomllib finds in a file and what the line finder finds are the same things."""
    written = parse((ROOT / name).read_text(encoding="utf-8"), name)

    def paths(content: object, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
        inside = (
            content.items() if isinstance(content, dict) else enumerate(content if isinstance(content, list) else [])
        )
        return [found for key, value in inside for found in ((*path, key), *paths(value, (*path, key)))]

    assert set(written.lines) == set(paths(written.data, ()))


def test_every_key_of_the_shipped_file_has_the_line_where_it_stands() -> None:
    """The line finder agrees with the text of the shipped configuration, key by key."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    rows = text.split("\n")
    written = parse(text, "config.toml")
    keys = [path for path in written.lines if isinstance(path[-1], str) and not _is_table(written.data, path)]
    assert len(keys) > 40
    assert [path for path in keys if not rows[written.lines[path] - 1].startswith(f"{path[-1]} = ")] == []


def _is_table(data: dict[str, object], path: tuple[str | int, ...]) -> bool:
    content: object = data
    for part in path:
        assert isinstance(content, dict)
        content = content[part]
    return isinstance(content, dict)


# --- what it becomes


def test_left_out_tables_have_the_defaults_of_the_records(tmp_path: Path) -> None:
    """The smallest file gives the defaults that the settings records promise."""
    settings = load(tmp_path, HEAD + FEED + LETTER)
    assert settings.mail == MailSettings()
    assert settings.privacy == PrivacySettings()
    assert settings.work == WorkSettings()
    assert settings.fetch == FetchSettings(contact_url="http://127.0.0.1:8000", contact="info@example.se")
    assert settings.newsletters["brev"] == NewsletterSettings(
        id="brev",
        campaign="halland",
        name="Halland växer",
        draft=WeekTime(weekday=3, hour=14, minute=0),
        send=WeekTime(weekday=4, hour=8, minute=0),
        sender_name="Halland växer",
        sender_address="brev@example.se",
    )


def test_values_are_read_into_their_types(tmp_path: Path) -> None:
    """Durations, paces, sizes, week times, pauses and senders become what the program counts with."""
    letter = LETTER.replace("friday 08:00", "Lördag 8.05").replace("Halland växer <brev", '\\"Växer, Halland\\" <brev')
    settings = load(
        tmp_path,
        HEAD
        + FEED
        + 'every = "7d"\ntimezone = "Europe/London"\nkeep = "all"\nrights = "own"\n'
        + letter
        + 'pause = ["2026-07-06/2026-08-02", "2026-12-24"]\n'
        + '[fetch]\nper_host = "30/m"\nmax_bytes = "500kB"\ntotal = "1m"\nallow = ["127.0.0.1:8001", "[::1]:80"]\n'
        + '[fetch.hosts]\n"Mastodon.nu" = "100/h"\n',
    )
    source, brev = settings.sources["nyheter"], settings.newsletters["brev"]
    assert (source.every, source.timezone.key, source.keep, source.rights) == (
        timedelta(days=7),
        "Europe/London",
        "all",
        "own",
    )
    assert source.options == {"url": "https://example.se/rss"}
    assert brev.send == WeekTime(weekday=5, hour=8, minute=5)
    assert (brev.sender_name, brev.sender_address) == ("Växer, Halland", "brev@example.se")
    assert brev.pause == (
        (date(2026, 7, 6), date(2026, 8, 2)),
        (date(2026, 12, 24), date(2026, 12, 24)),
    )
    assert (settings.fetch.per_host, settings.fetch.hosts) == (
        timedelta(seconds=2),
        {"mastodon.nu": timedelta(seconds=36)},
    )
    assert (settings.fetch.max_bytes, settings.fetch.total) == (500_000, timedelta(minutes=1))
    assert settings.fetch.allow == ("127.0.0.1:8001", "[::1]:80")


def test_a_source_without_campaign_feeds_them_all(tmp_path: Path) -> None:
    """Left out means every campaign; one name and a list mean what they say."""
    more = '[campaign.b]\nname = "B"\nhashtags = ["#b"]\naccent = "#ABC"\n'
    settings = load(
        tmp_path,
        HEAD + more + FEED + FEED.replace("nyheter", "en") + 'campaign = "b"\n'
        + FEED.replace("nyheter", "flera") + 'campaign = ["b", "halland"]\n',
    )  # fmt: skip
    assert [source.campaigns for source in settings.sources.values()] == [("halland", "b"), ("b",), ("b", "halland")]
    assert settings.campaigns["b"].accent == "#aabbcc"


def test_the_interval_left_out_is_that_of_the_kind(tmp_path: Path) -> None:
    """A feed is asked every hour and Mastodon every quarter unless the file says otherwise."""
    settings = load(tmp_path, HEAD + FEED + '[source.m]\nkind = "mastodon"\nserver = "https://mastodon.nu"\n')
    assert [source.every for source in settings.sources.values()] == [timedelta(hours=1), timedelta(minutes=15)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sqlite:///data/skord.db", "sqlite:///{folder}/data/skord.db"),
        ("sqlite:////srv/skord.db", "sqlite:////srv/skord.db"),
        ("postgresql://skord@db/skord", "postgresql://skord@db/skord"),
        ("postgresql+psycopg:///skord?host=/run", "postgresql+psycopg:///skord?host=/run"),
    ],
)
def test_paths_count_from_the_folder_of_the_file(tmp_path: Path, written: str, read: str) -> None:
    """A relative database or media path is made absolute from the configuration file, never the working folder."""
    settings = load(tmp_path, HEAD + f'[storage]\nurl = "{written}"\nmedia = "bilder"\n')
    assert settings.storage.url == read.format(folder=tmp_path)
    assert settings.storage.media == tmp_path / "bilder"


# --- secrets and the environment


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    """A *_file is read from the configuration's folder, without the line break at its end."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/smtp").write_text("lösenord\n", encoding="utf-8")
    (tmp_path / "secrets/key").write_text("k" * 32 + "\n", encoding="utf-8")
    head = HEAD.replace("[campaign", 'secret_file = "secrets/key"\n[campaign')
    settings = load(tmp_path, head + '[mail]\npassword_file = "secrets/smtp"\n')
    assert (settings.mail.password, settings.site.secret) == ("lösenord", b"k" * 32)


def test_secrets_come_from_the_environment_and_win_over_files(tmp_path: Path) -> None:
    """The hyphen of an id is an underscore in the variable; a file that is not needed is not asked for."""
    text = HEAD + '[source.mastodon-nu]\nkind = "mastodon"\nserver = "https://mastodon.nu"\ntoken_file = "saknas"\n'
    environ = {"SKORD_MAIL__PASSWORD": "p", "SKORD_SOURCE__MASTODON_NU__TOKEN": "t", "HOME": "/root"}
    settings = load(tmp_path, text, environ)
    assert (settings.mail.password, settings.sources["mastodon-nu"].token) == ("p", "t")


def test_without_a_secret_the_key_is_empty(tmp_path: Path) -> None:
    """The storage, not the configuration, makes a key where none is given."""
    assert load(tmp_path, HEAD).site.secret == b""


def test_any_key_can_come_from_the_environment(tmp_path: Path) -> None:
    """Numbers and lists are read in their own form; the file's value gives way; empty means not set."""
    environ = {
        "SKORD_MAIL__PORT": "587",
        "SKORD_SITE__BASE_URL": "https://halland.example.se",
        "SKORD_SITE__NAME": "",
        "SKORD_FETCH__ALLOW": "127.0.0.1:8001, 127.0.0.1:8002",
        "SKORD_SOURCE__NYHETER__URL": "https://example.se/ny",
        "SKORD_SOURCE__NYHETER__CAMPAIGN": "halland",
        "SKORD_DEBUG": "1",
    }
    settings = load(tmp_path, HEAD + '[source.nyheter]\nkind = "feed"\n', environ)
    assert settings.mail.port == 587
    assert settings.site.base_url == "https://halland.example.se"
    assert settings.site.name == "Halland växer"
    assert settings.fetch.allow == ("127.0.0.1:8001", "127.0.0.1:8002")
    assert settings.sources["nyheter"].options == {"url": "https://example.se/ny"}


@pytest.mark.parametrize(
    ("name", "value", "path", "key"),
    [
        ("SKORD_MAIL__PORT", "tjugofem", "mail.port", "type_number"),
        ("SKORD_MAIL__PROT", "25", "mail.prot", "unknown_key_near"),
        ("SKORD_MIAL__PORT", "25", "", "variable"),
        ("SKORD_SOURCE__ANNAN__TOKEN", "x", "", "variable"),
        ("SKORD_SOURCE__NYHETER__EVERY", "1m", "source.nyheter.every", "every_floor"),
        ("SKORD_SOURCE__NYHETER__TOKEN", "x", "source.nyheter.token", "token_unused"),
        ("SKORD_SITE__SECRET", "kort", "site.secret", "secret_short"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    tmp_path: Path, name: str, value: str, path: str, key: str
) -> None:
    """What the environment set wrong is told with the variable in place of file and line."""
    found = problems(tmp_path, HEAD + FEED, {name: value})
    assert [(problem.file, problem.line, problem.path, problem.key) for problem in found] == [(name, 0, path, key)]


def test_an_empty_secret_file_is_told(tmp_path: Path) -> None:
    """A secret file without content is a mistake, not an empty password."""
    (tmp_path / "tom").write_text("\n", encoding="utf-8")
    found = problems(tmp_path, HEAD + '[mail]\npassword_file = "tom"\n')
    assert told(found) == [("mail.password_file", FIRST + 1, "secret_empty")]


def test_no_secret_is_seen_in_repr_show_or_problems(tmp_path: Path) -> None:
    """A password is nowhere but in its field: not in repr, not in what is shown, not in what is told as wrong."""
    environ = {
        "SKORD_MAIL__PASSWORD": "hemligt-1",
        "SKORD_SITE__SECRET": "hemligt-2" * 4,
        "SKORD_STORAGE__URL": "postgresql://skord:hemligt-3@db/skord",
        "SKORD_SOURCE__M__TOKEN": "hemligt-4",
    }
    text = HEAD + (
        '[source.m]\nkind = "mastodon"\nserver = "https://mastodon.nu"\n'
        '[source.n]\nkind = "feed"\nurl = "https://example.se/rss?api_key=hemligt-5&x=1"\n'
    )
    settings = load(tmp_path, text, environ)
    assert settings.mail.password == "hemligt-1"
    assert settings.storage.url == "postgresql://skord:hemligt-3@db/skord"
    shown = config.show(settings, SWEDISH)
    hidden = "".join(repr(part) for part in (settings.site, settings.storage, settings.mail, settings.sources["m"]))
    assert "hemligt" not in hidden + shown
    assert "postgresql://skord:********@db/skord" in shown
    with pytest.raises(ConfigError) as caught:
        load(
            tmp_path,
            HEAD + '[mail]\npassword = "hemligt-6"\n[storage]\nurl = "mysql://a:hemligt-7@b/c"\n'
            '[source.n]\nkind = "feed"\nurl = "https://a:hemligt-8@b.se/"\n',
            {"SKORD_SITE__SECRET": "hemligt-9"},
        )
    assert len(caught.value.problems) == 4
    assert "hemligt" not in config.describe(caught.value, SWEDISH) + repr(caught.value.problems)


# --- words


def test_a_problem_is_told_in_swedish_with_its_proposal(tmp_path: Path) -> None:
    """The line reads as a person expects: file, line, key, what is wrong, what was meant."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, HEAD + FEED + 'evry = "1h"\n')
    assert config.describe(caught.value, SWEDISH) == (
        f"{tmp_path}/config.toml:{FIRST + 3} source.nyheter.evry: okänd inställning. Menade du «every»?"
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_problem_has_words_in_both_languages(tmp_path: Path, code: str) -> None:
    """Each mistake of the tables above can be told in each language, with its facts filled in."""
    language = Language(code, STOCKHOLM)
    texts = [HEAD + text for text, *_ in BAD] + [text for text, *_ in BROKEN]
    for text in texts:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, text)
        assert re.search(r"[{}]", config.describe(caught.value, language)) is None


def test_every_sentence_about_problems_is_used(tmp_path: Path) -> None:
    """No word stands in the catalogue for a problem that nothing raises."""
    code = "".join(
        file.read_text(encoding="utf-8")
        for file in [
            *(ROOT / "skord").glob("config*.py"),
            *(ROOT / "campaign").glob("strategy*.py"),
            ROOT / "campaign/toml_file.py",
        ]
    )
    keys = {key.split(".")[1] for key in catalogue("sv") if key.startswith("config.")} - {"show"}
    made = {f"type_{shape}" for shape in ("text", "number", "flag", "list", "text_or_list")}
    made |= {f"unknown_{what}{near}" for what in ("key", "table") for near in ("", "_near")}
    assert {key for key in keys - made if f'"{key}"' not in code} == set()


@pytest.mark.parametrize("subject", ["config", "strategy"])
def test_both_languages_say_the_same_things(subject: str) -> None:
    """Each sentence stands in both languages with the same places."""

    def places(code: str) -> dict[str, set[str]]:
        text = (ROOT / f"campaign/locale/{code}/{subject}.toml").read_text(encoding="utf-8")
        names = tomllib.loads(text).keys()
        return {
            key: set(re.findall(r"{(\w+)}", sentence))
            for key, sentence in catalogue(code).items()
            if key.split(".")[0] in names and (key.startswith("config.") or key.startswith("error.config"))
        }

    assert places("sv") == places("en")


def test_what_is_shown_is_toml_that_says_where_values_come_from(tmp_path: Path) -> None:
    """The shown configuration can be read again and means the same; remarks name default and environment."""
    file = tmp_path / "config.toml"
    about = '[campaign.b]\nname = "B \\"b\\" \\\\"\nhashtags = ["#b"]\nabout = """rad ett\nrad två"""\n'
    settings = load(
        tmp_path,
        HEAD + about + FEED + LETTER + '[fetch.hosts]\n"mastodon.nu" = "30/m"\n',
        {"SKORD_MAIL__PORT": "587"},
    )
    shown = config.show(settings, SWEDISH)
    assert 'language = "sv"  # standardvärde\n' in shown
    assert "port = 587  # från miljövariabeln SKORD_MAIL__PORT\n" in shown
    assert 'owner = "Region Halland"\n' in shown
    again = load(tmp_path, shown)
    assert again.file == file
    assert again == Settings(
        **{name: getattr(settings, name) for name in Settings.__dataclass_fields__ if name != "told"}, told=again.told
    )


# --- the shipped file and the manual


def test_the_shipped_configuration_is_without_problem() -> None:
    """config.toml loads as it is, with its campaign, sources and letter, and the public side honestly closed."""
    settings = config.load(ROOT / "config.toml", {})
    assert list(settings.campaigns) == ["hallandvaxer"]
    assert {source.kind for source in settings.sources.values()} == {"feed", "mastodon"}
    assert list(settings.newsletters) == ["veckobrevet"]
    assert settings.privacy.missing == ("controller", "purpose", "legal_basis", "contact", "retention")
    assert settings.storage.url == f"sqlite:///{ROOT}/data/skord.db"


def test_the_remarked_lines_of_the_shipped_file_work_when_used(tmp_path: Path) -> None:
    """Each setting that the file offers in a remark is one that the loader knows."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    used = re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text)
    assert len(re.findall(r"(?m)^\w+_file = ", used)) == 3
    files = {"strategies/halland-2014-2020.toml": "", "secrets/skord": "k" * 32}
    files |= {"secrets/mastodon-nu": "t", "secrets/smtp": "p"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert load(tmp_path, used).sources["regionhalland"].rights == "own"


def documented(*, kinds: bool = False) -> dict[str, str]:
    """Return every documented setting with its default as the manual writes it; with ``kinds`` those of each kind."""
    found: dict[str, str] = {}
    table = kind = ""
    for row in (ROOT / "docs/settings.md").read_text(encoding="utf-8").split("\n"):
        if heading := re.fullmatch(r"## `\[(.+)\]`", row):
            table, kind = heading[1], ""
        elif row.startswith("## "):
            table = kind = ""
        elif named := re.match(r"Kind `(\w+)`", row):
            kind = named[1]
        elif table and (cells := re.fullmatch(r"\| `(\w+)` \| (.+?) \| ?(.*?) ?\| .+ \|", row)) and bool(kind) == kinds:
            name = f"{kind}.{cells[1]}" if kind else f"{table}.{cells[1]}"
            assert name not in found
            found[name] = cells[3]
    return found


def test_the_manual_has_every_setting_and_no_other() -> None:
    """docs/settings.md and the loader know the same keys."""
    options = {f"source.ID.{option.name}" for kind in KINDS.values() for option in kind.options}
    assert set(documented()) | options == set(config.known_keys())


def test_the_manual_has_every_option_of_every_kind_and_no_other() -> None:
    """Under each kind stand exactly its options, and "required" where it is."""
    options = {f"{kind.name}.{option.name}": option.required for kind in KINDS.values() for option in kind.options}
    manual = documented(kinds=True)
    assert set(manual) == set(options)
    assert {name for name, default in manual.items() if default == "required"} == {
        name for name, required in options.items() if required
    }


def test_the_manual_tells_the_defaults_that_are() -> None:
    """A default in docs/settings.md is the one that the loader uses, and "required" is what it demands."""
    keys = {**PLAIN, **{f"{table}.ID": keys for table, keys in KEYED.items()}}
    required = {f"{table}.{key.name}" for table in keys for key in keys[table] if key.required}
    manual = documented()
    assert {name for name, default in manual.items() if default == "required"} == required
    for name, default in config.known_keys().items():
        if default is not None and name in manual:
            assert tomllib.loads(f"x = {manual[name].strip('`')}")["x"] == default, name


def test_every_key_of_the_shipped_file_is_in_the_manual() -> None:
    """Whoever looks up a setting that stands in config.toml finds it."""
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    data = tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text))
    used = {f"{table}.{key}" for table in PLAIN for key in data.get(table, {})}
    used |= {f"{table}.ID.{key}" for table in KEYED for content in data.get(table, {}).values() for key in content}
    options = {f"source.ID.{option.name}" for kind in KINDS.values() for option in kind.options}
    assert used - set(documented()) - options == set()


def test_every_sleeping_source_of_the_shipped_file_is_right_when_it_is_woken(tmp_path: Path) -> None:
    """With the marks before them removed and a file for each secret, what sleeps in the file is valid."""
    shipped = (ROOT / "config.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#(?=\[source\.|\[hook\.|\[oidc\]|\[notices\]|[a-z_]+ = )", "", shipped)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/halland-2014-2020.toml").write_text("", encoding="utf-8")
    for name in set(re.findall(r'(?m)^\w+_file = "secrets/([\w-]+)"', text)):
        (tmp_path / "secrets" / name).write_text("hemligt", encoding="utf-8")
    settings = load(tmp_path, text)
    assert {source.kind for source in settings.sources.values()} == set(KINDS) - {"link"}
