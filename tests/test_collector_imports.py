"""Files that people bring: what is read in each, what hostile ones do, and that every post comes in once."""

import csv
import gzip
import io
import json
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import CollectError, InputError
from campaign.records import Candidate
from collecting import posts, rows, settings, source
from collector.imports import run as importing
from collector.imports import tables
from collector.imports.container import opened
from collector.imports.plain import Unreadable, moment
from collector.imports.recognise import read
from collector.imports.rows import How, Row
from collector.imports.run import Brought, bring
from collector.networks import statuses, x_posts
from conftest import NOW
from storage.ingest import Counts
from storage.sources import claim_source, sync_sources
from storage.store import Store

DATA = Path(__file__).parent / "data" / "networks" / "import"
HOW = How(zone=ZoneInfo("Europe/Stockholm"), now=NOW)
NAMES = ("excel.csv", "rows.jsonl", "instagram", "facebook", "x", "mastodon")


def read_rows(path: Path, **how: str) -> list[Row]:
    """Every row of a file."""
    with opened(path) as container:
        return list(read(container, path.name, HOW, **how).rows)


def named(found: list[Row]) -> list[str]:
    """The names of the posts among rows."""
    return [row.candidate.identity for row in found if row.candidate]


def zipped(folder: Path, to: Path, *, below: str = "") -> Path:
    """A folder as a zip, in a folder of its own where one is named."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, below + path.relative_to(folder).as_posix())
    return to


def import_source(**changes: Any) -> Any:
    """A source that takes files."""
    return source("gammalt", "import", **changes)


def brought(store: Store, path: Path, *, now: datetime = NOW, dry_run: bool = False, **changes: Any) -> Brought:
    """A file brought in."""
    given = settings(import_source(**changes))
    return bring(store, given, "gammalt", path, clock=lambda: now, dry_run=dry_run)


# --- what each format becomes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_files_become_records(name: str) -> None:
    """Each file becomes the rows beside it: posts, what is passed over, and what nobody can read, with its line."""
    with opened(DATA / name) as container:
        reading = read(container, name, HOW)
        made = [_row(row) for row in reading.rows]
    expected = json.loads((DATA / f"{name.partition('.')[0]}.expected.json").read_text(encoding="utf-8"))
    assert (reading.format, reading.total) == (expected["format"], expected["total"])
    assert json.loads(json.dumps(made, default=lambda value: value.isoformat())) == expected["rows"]


def _row(row: Row) -> dict[str, Any]:
    facts = {"number": row.number, "place": row.place, "passed": row.passed, "unreadable": row.unreadable}
    told: dict[str, Any] = {**facts, "facts": dict(row.facts), "files": dict(row.files)}
    told = {name: value for name, value in told.items() if value}
    if row.candidate is not None:
        told["candidate"] = {name: value for name, value in asdict(row.candidate).items() if value}
    return told


@pytest.mark.parametrize("name", ["instagram", "facebook", "x", "mastodon"])
@pytest.mark.parametrize("packing", ["zip", "zip in a folder", "tar", "tar.gz"])
def test_packed_or_not(name: str, packing: str, tmp_path: Path) -> None:
    """An archive gives the same posts and pictures in a zip, in a tar, and unpacked."""
    path = tmp_path / f"archive.{packing.partition(' ')[0]}"
    if packing.startswith("zip"):
        zipped(DATA / name, path, below="min-export/" if "folder" in packing else "")
    else:
        with tarfile.open(path, "w:gz" if packing.endswith("gz") else "w") as archive:
            archive.add(DATA / name, arcname=".")
    plain, packed = read_rows(DATA / name), read_rows(path)
    assert [row.candidate for row in packed] == [row.candidate for row in plain]
    with opened(path) as container:
        for row in packed:
            assert all(container.read(member).startswith(b"\xff\xd8") for member in row.files.values())


SINGLE = {
    "instagram": "instagram/your_instagram_activity/media/posts_1.json",
    "facebook": "facebook/your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json",
    "x": "x/data/tweets.js",
    "mastodon": "mastodon/outbox.json",
}


@pytest.mark.parametrize("kind", SINGLE)
def test_one_file_of_an_archive(kind: str, tmp_path: Path) -> None:
    """The file with the posts is enough, under whatever name it was saved."""
    path = tmp_path / f"sparat{Path(SINGLE[kind]).suffix}"
    path.write_bytes((DATA / SINGLE[kind]).read_bytes())
    with opened(path) as container:
        reading = read(container, path.name, HOW)
        assert reading.format == kind
        assert len(named(list(reading.rows))) >= 3


def test_a_list_of_objects(tmp_path: Path) -> None:
    """A JSON list gives what the same objects give one a line."""
    objects = [{"text": "Ett #hallandväxer", "date": "2014-05-03"}, {"text": "Två", "url": "https://a.example/2"}]
    whole, lines = tmp_path / "a.json", tmp_path / "a.jsonl"
    whole.write_text(json.dumps(objects), encoding="utf-8")
    lines.write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    assert [row.candidate for row in read_rows(whole)] == [row.candidate for row in read_rows(lines)]
    assert len(named(read_rows(whole))) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_tables_as_programs_save_them(encoding: str, sign: str, tmp_path: Path) -> None:
    """Whatever a spreadsheet writes between columns and for å, ä and ö, the table reads the same."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator="\r\n")
    writer.writerow(["Text", "Datum", "Författare", "Egen kolumn"])
    writer.writerow(['Skörd; på ängar, i "år"\noch nästa #hallandväxer', "2014-05-03", "Åsa | Örn", "x"])
    path = tmp_path / "tabell.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    (row,) = read_rows(path)
    assert row.candidate is not None
    assert row.candidate.text == 'Skörd; på ängar, i "år"\noch nästa #hallandväxer'
    assert row.candidate.author_name == "Åsa | Örn"


DAYS = {
    "2014-05-03": "2014-05-03T10:00",
    "2014-05-03 08:30": "2014-05-03T06:30",
    "2014-05-03T08:30:00Z": "2014-05-03T08:30",
    "2014-05-03T08:30:00+0000": "2014-05-03T08:30",
    "2014/5/3": "2014-05-03T10:00",
    "20140503": "2014-05-03T10:00",
    "3 maj 2014": "2014-05-03T10:00",
    "lördag 3 maj 2014 kl. 08.30": "2014-05-03T06:30",
    "den 3 maj 2014": "2014-05-03T10:00",
    "3 Dec 2014": "2014-12-03T11:00",
    "May 3, 2014": "2014-05-03T10:00",
    "31/12/2014": "2014-12-31T11:00",
    "12/31/2014": "2014-12-31T11:00",
    "3/5 2014": "2014-05-03T10:00",
    "1399107600": "2014-05-03T09:00",
    "1399107600000": "2014-05-03T09:00",
}


@pytest.mark.parametrize("written", DAYS)
def test_days_as_people_write_them(written: str) -> None:
    """Swedish and English dates are read in the source's zone; a day alone is that day wherever it is read."""
    found = moment(written, HOW)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == DAYS[written]


@pytest.mark.parametrize(
    "written", ["igår", "2014-13-40", "0", "99999999999", "5/6/2014", "1989-12-31", "2030-01-01", True, [1]]
)
def test_days_that_are_not_guessed(written: Any) -> None:
    """What is no date, could be two, or lies where no archive sorts it, is said and not guessed."""
    with pytest.raises(Unreadable):
        moment(written, HOW)


# --- the same post as its network tells it ---------------------------------------------------------------------------


def test_a_post_of_x_is_known_by_its_network() -> None:
    """A post has the same name in the archive, edited or not, as when it is searched for; in a table too."""
    archive = named(read_rows(DATA / "x"))
    for own, history in (
        ("463000000000000001", ["463000000000000001"]),
        ("1600000000000000005", ["1600000000000000001", "1600000000000000005"]),
    ):
        made = x_posts.candidate({"id": own, "text": "x", "edit_history_tweet_ids": history}, {})
        assert made is not None
        assert made.identity in archive
    assert "463000000000000001" in named(read_rows(DATA / "excel.csv"))


def test_a_post_of_mastodon_is_known_by_its_network() -> None:
    """A post has the same name, author and place of re-checking in the archive as in a timeline."""
    row = read_rows(DATA / "mastodon")[0].candidate
    assert row is not None
    status = {
        "id": "109400000000000001", "uri": row.identity, "url": row.url, "visibility": "public", "content": row.html,
        "account": {"acct": "hallandvaxer", "url": "https://social.example.se/@hallandvaxer"},
    }  # fmt: skip
    told = statuses.candidate(status, server="https://social.example.se")
    assert told is not None
    assert (told.identity, told.author_handle, told.local) == (row.identity, row.author_handle, row.local)


# --- hostile files ---------------------------------------------------------------------------------------------------


def _zip(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return out.getvalue()


def _locked() -> bytes:
    made = bytearray(_zip(("outbox.json", b"{}")))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def _tar_leading_out() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo("outbox.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "an empty file": ("a.csv", lambda: b"", "import_empty"),
    "only line ends": ("a.csv", lambda: b"\r\n\r\n", "import_empty"),
    "a zip bomb": ("a.zip", lambda: _zip(("outbox.json", b" " * 60_000_000)), "import_bomb"),
    "a packed tar bomb": ("a.tar.gz", lambda: gzip.compress(b"\0" * 130_000_000), "import_bomb"),
    "a locked zip": ("a.zip", _locked, "import_locked"),
    "a cut zip": ("a.zip", lambda: _zip(("outbox.json", b"{}" * 9000))[:-40], "import_damaged"),
    "a cut tar": ("a.tar.gz", lambda: gzip.compress(b"x" * 9000)[:-20], "import_damaged"),
    "a zip of something else": ("a.zip", lambda: _zip(("a.txt", b"hej"), ("b.txt", b"x")), "import_unknown"),
    "an archive to look at": ("a.zip", lambda: _zip(("posts_1.html", b"<html>"), ("b", b"")), "import_html"),
    "a web page": ("a.csv", lambda: b"<!doctype html><html>", "import_html"),
    "a picture": ("a.csv", lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 50, "import_headings"),
    "a spreadsheet's own file": ("a.csv", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 500, "import_unknown"),
    "headings nobody knows": ("a.csv", lambda: b"foo;bar\n1;2\n", "import_headings"),
    "a link out of a tar": ("a.tar.gz", _tar_leading_out, "import_empty"),
    "no posts": ("a.zip", lambda: _zip(("data/account.js", b""), ("x/tweet.js.txt", b"")), "import_unknown"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_end_in_words(case: str, tmp_path: Path) -> None:
    """A file that is packed to harm, locked, damaged or something else is refused by name, and soon."""
    name, make, key = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(make())
    began = time.monotonic()
    with pytest.raises(CollectError) as caught:
        read_rows(path)
    assert caught.value.key == key
    assert time.monotonic() - began < 60


ODD = {
    "nul bytes": ("a.csv", b"text;datum\nEtt\0ord;2014-05-03\n"),
    "a cell of ten megabytes": ("a.csv", b"text;datum\n" + b"x" * 10_000_000 + b";2014-05-03\nsist;2014-05-03\n"),
    "quotes without end": ("a.csv", b"text;datum\n" + b'"a\n' * 3000 + b"sist;2014-05-03\n"),
    "a row of a million columns": ("a.csv", b"text;datum\n" + b";" * 1_000_000 + b"x\nsist;2014-05-03\n"),
    "wrong types": (
        "a.jsonl",
        b'{"text": {"a": 1}}\n{"text": 7, "tags": 9}\n{"text": "x", "picture": {"url": 1}}\n[]\nnull\n',
    ),
    "deep nesting": ("a.jsonl", b"[" * 100_000 + b"\n" + b'{"text": "sist"}\n'),
    "a number that no computer means": ("a.jsonl", b'{"text": "x", "date": ' + b"9" * 10_000 + b"}\n"),
    "half a letter": ("a.jsonl", b'{"text": "\\ud83d"}\n'),
    "instagram, wrong types": (
        "posts_1.json",
        b'[{"media": [{"uri": 1, "title": []}]}, {"media": {}}, 7, {"media": [[]]}]',
    ),
    "instagram, cut": ("a.zip", _zip(("posts_1.json", b'[{"media": [{"uri": "a'), ("b", b""))),
    "facebook, wrong types": (
        "your_posts_1.json",
        b'[{"timestamp": 1, "data": 5, "attachments": {}}, {"timestamp": "x"}]',
    ),
    "x, wrong types": ("tweets.js", b'window.YTD.tweets.part0 = [{"tweet": {"id_str": 5}}, {"tweet": []}, 1]'),
    "x, a program": ("tweets.js", b"window.YTD.tweets.part0 = [1]; fetch('https://evil.example')"),
    "mastodon, wrong types": (
        "outbox.json",
        b'{"orderedItems": [1, {"type": []}, {"object": {"id": 5}}, {"type": "Create"}]}',
    ),
    "mastodon, no list": ("outbox.json", b'{"orderedItems": {"a": 1}}'),
    "names that lead out": ("a.zip", _zip(("../../outbox.json", b'{"orderedItems": [1]}'), ("/etc/passwd", b"x"))),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_rows_are_told(case: str, tmp_path: Path) -> None:
    """Nothing in a file breaks the reading: what can be read comes out, the rest is told row by row."""
    name, body = ODD[case]
    path = tmp_path / name
    path.write_bytes(body)
    began = time.monotonic()
    found = read_rows(path)
    assert time.monotonic() - began < 60
    assert all(bool(row.candidate) + bool(row.passed) + bool(row.unreadable) == 1 for row in found)
    if b"sist" in body:
        assert [row.candidate.text for row in found if row.candidate][-1] == "sist"
    for row in found:
        assert row.candidate is None or "\0" not in row.candidate.text


def test_every_cut_of_an_archive_is_told(tmp_path: Path) -> None:
    """A file that ends anywhere is read, refused by name, or told as a row."""
    for kind, name in SINGLE.items():
        whole = (DATA / name).read_bytes()
        path = tmp_path / Path(name).name
        for end in range(0, len(whole), 401):
            path.write_bytes(whole[:end])
            try:
                found: list[Row] = read_rows(path, format=kind)
            except CollectError as error:
                assert error.key.startswith("import_"), (kind, end)  # noqa: PT017 - either is right
                continue
            assert all(row.unreadable or row.candidate or row.passed for row in found)


def test_a_folder_is_not_left(tmp_path: Path) -> None:
    """A link inside a folder is no file of it."""
    (tmp_path / "ut").mkdir()
    (tmp_path / "ut" / "outbox.json").symlink_to(DATA / "mastodon" / "outbox.json")
    with pytest.raises(CollectError) as caught:
        read_rows(tmp_path / "ut")
    assert caught.value.key == "import_empty"


def test_the_line_is_named() -> None:
    """A row that nobody can read is told with its line in the file, quotes with line breaks counted."""
    told = {row.number: row.unreadable for row in read_rows(DATA / "excel.csv") if row.unreadable}
    lines = tables.decoded((DATA / "excel.csv").read_bytes()).split("\r\n")
    assert told == {7: "date_two_ways", 8: "date_range", 9: "date", 10: "url", 11: "quotes", 12: "empty", 13: "columns"}
    assert "05/04/2014" in "\n".join(lines).split("\n")[6]


# --- into a store ----------------------------------------------------------------------------------------------------


def test_brought_twice_adds_nothing(store: Store) -> None:
    """Every file comes in once: the second time all is the same, and nothing is revised."""
    for name in NAMES:
        first = brought(store, DATA / name, keep="all")
        assert first.counts.new > 0
        again = brought(store, DATA / name, keep="all")
        known = first.counts.new + first.counts.unchanged
        assert (again.counts.new, again.counts.revised, again.counts.unchanged) == (0, 0, known), name


def test_old_posts_keep_their_dates(sqlite_store: Store) -> None:
    """A post from years before the campaign stands at its own date."""
    brought(sqlite_store, DATA / "facebook")
    assert posts(sqlite_store)[0].published_at == datetime(2014, 5, 3, 9, 0, tzinfo=UTC)


def test_only_what_belongs(sqlite_store: Store, tmp_path: Path) -> None:
    """With keep = "tagged" only posts with the campaign's hashtag come in; the others are counted with the reason."""
    path = tmp_path / "a.csv"
    path.write_text("text;taggar\nMed #hallandväxer;\nUtan;\nI kolumnen;hallandväxer\n", encoding="utf-8")
    told = brought(sqlite_store, path)
    assert (told.counts.new, dict(told.counts.skipped_why)) == (2, {"no_tag": 1})


def test_pictures_of_an_archive(sqlite_store: Store) -> None:
    """Pictures in the archive become the posts' own copies, with the right that the source records."""
    for name in ("instagram", "facebook", "x", "mastodon"):
        brought(sqlite_store, DATA / name, rights="own")
    kept = [row for row in rows(sqlite_store, "media") if row["kind"] == "image"]
    assert len(kept) == 5
    assert all(row["file"] and row["right"] == "own" for row in kept)
    assert all(list(sqlite_store.media.glob(f"*/{row['file']}-*.jpg")) for row in kept)


def test_pictures_without_a_right(sqlite_store: Store) -> None:
    """Where the source records no right the copies are kept, and nobody outside sees them."""
    brought(sqlite_store, DATA / "facebook")
    (kept,) = rows(sqlite_store, "media")
    assert (bool(kept["file"]), kept["right"]) == (True, "none")


def test_damaged_pictures_are_counted(sqlite_store: Store, tmp_path: Path) -> None:
    """A picture that nobody can draw is counted by its reason, and its post is there."""
    medium = {"uri": "a.jpg", "creation_timestamp": 1399107600, "title": "#hallandväxer"}
    archive = {"posts_1.json": json.dumps([{"media": [medium]}]), "a.jpg": "no picture"}
    path = tmp_path / "a.zip"
    path.write_bytes(_zip(*((name, body.encode()) for name, body in archive.items())))
    told = brought(sqlite_store, path)
    assert (told.counts.new, told.pictures, dict(told.pictures_failed)) == (1, 0, {"picture_no_image": 1})


def test_an_archive_is_no_edit(sqlite_store: Store) -> None:
    """A post that its network has told already is not rewritten by how an archive words it."""
    brought(sqlite_store, DATA / "x")
    before = len(rows(sqlite_store, "version"))
    told = brought(sqlite_store, DATA / "x" / "data" / "tweets.js")
    assert told.counts.revised == 0
    assert len(rows(sqlite_store, "version")) == before


def test_a_corrected_table_corrects(sqlite_store: Store, tmp_path: Path) -> None:
    """A row of a table with an address that is mended and read in again becomes a new version."""
    path = tmp_path / "a.csv"
    for words in ("Fell #hallandväxer", "Fel rättat #hallandväxer"):
        path.write_text(f"text;url\n{words};https://www.example.se/1\n", encoding="utf-8")
        told = brought(sqlite_store, path)
    assert (told.counts.new, told.counts.revised) == (0, 1)


def test_one_post_twice_in_a_file(sqlite_store: Store, tmp_path: Path) -> None:
    """Of two rows with one address the first counts, now and whenever the file is read in again."""
    path = tmp_path / "a.csv"
    path.write_text(
        "text;url\nA #hallandväxer;https://a.example/1\nB #hallandväxer;https://a.example/1\n", encoding="utf-8"
    )
    for new in (1, 0):
        told = brought(sqlite_store, path)
        assert (told.counts.new, told.counts.revised, told.passed["double"]) == (new, 0, 1)


def test_rehearsed(sqlite_store: Store) -> None:
    """A dry run says what would come in and stores nothing."""
    told = brought(sqlite_store, DATA / "x", dry_run=True)
    assert told.counts.new == 5
    assert posts(sqlite_store) == []
    assert rows(sqlite_store, "run") == []


def big(path: Path, count: int) -> Path:
    """A table of so many posts."""
    lines = (f"Inlägg {number} #hallandväxer;https://www.example.se/{number};2014-05-03" for number in range(count))
    path.write_text("\n".join(["text;url;datum", *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize("stop", [1, 2, 4])
def test_what_stops_in_the_middle_goes_on_there(
    stop: int, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that breaks off after any batch goes on where it was: every post once, nothing skipped."""
    path = big(tmp_path / "a.csv", 900)
    saved = importing._save
    calls = iter(range(1, 100))

    def breaking(work: Any, candidates: list[Candidate], place: dict[str, object]) -> Counts:
        if next(calls) > stop:
            raise KeyboardInterrupt
        return saved(work, candidates, place)

    monkeypatch.setattr(importing, "_save", breaking)
    with pytest.raises(KeyboardInterrupt):
        brought(sqlite_store, path)
    monkeypatch.setattr(importing, "_save", saved)
    assert len(posts(sqlite_store)) == stop * 200
    told = brought(sqlite_store, path)
    assert (told.began_at, told.counts.new, told.counts.unchanged) == (stop * 200, 900 - stop * 200, 0)
    assert len(posts(sqlite_store)) == 900


def test_another_file_begins_at_its_beginning(sqlite_store: Store, tmp_path: Path) -> None:
    """The place in one file says nothing about another."""
    given = settings(import_source())
    sync_sources(sqlite_store, given, now=NOW)
    brought(sqlite_store, big(tmp_path / "a.csv", 300))
    told = brought(sqlite_store, DATA / "facebook")
    assert (told.began_at, told.counts.new) == (0, 3)


def test_two_at_once(sqlite_store: Store) -> None:
    """While a file is brought in, another into the same source is told to wait."""
    given = settings(import_source())
    sync_sources(sqlite_store, given, now=NOW)
    claim_source(sqlite_store, "gammalt", now=NOW)
    with pytest.raises(CollectError) as caught:
        brought(sqlite_store, DATA / "x")
    assert caught.value.key == "source_busy"


@pytest.mark.parametrize(
    ("sources", "path", "key"),
    [
        ((), DATA / "x", "source_unknown"),
        ((source("gammalt", "feed", url="https://a.example"),), DATA / "x", "import_not_source"),
        ((source("gammalt", "import"),), Path("/nowhere"), "import_missing"),
    ],
)
def test_wrong_use(sources: tuple[Any, ...], path: Path, key: str, sqlite_store: Store) -> None:
    """A source that is not there or takes no files, and a file that is not there, are told apart."""
    with pytest.raises(InputError) as caught:
        bring(sqlite_store, settings(*sources), "gammalt", path, clock=lambda: NOW)
    assert caught.value.key == key


def test_progress(sqlite_store: Store, tmp_path: Path) -> None:
    """Progress is told after each batch and ends at the whole."""
    heard: list[tuple[int, int]] = []
    given = settings(import_source())
    bring(
        sqlite_store, given, "gammalt", big(tmp_path / "a.csv", 450), clock=lambda: NOW,
        progress=lambda done, total: heard.append((done, total)),
    )  # fmt: skip
    assert heard == [(0, 450), (200, 450), (400, 450), (450, 450)]
