"""Packages that lie: each is refused by a named error and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from campaign.errors import InputError
from exported import fill, house, installation
from skord.exports.order import Order, carry_out
from skord.exports.taking_in import take_in
from storage.store import JOB

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What a right package holds, by its names below the bag's own folder."""
    folder = tmp_path_factory.mktemp("right")
    made = house(installation(folder))
    fill(made.open_store(create=True))
    carry_out(made, Order(format="package", campaign=None, inner=True), folder / "p.zip", by=JOB)
    made.close()
    with zipfile.ZipFile(folder / "p.zip") as found:
        return {name.partition("/")[2]: found.read(name) for name in found.namelist()}


def sealed(files: Files) -> Files:
    """The same with right checksums: whoever builds a package to do harm can add up."""
    data = {name: body for name, body in files.items() if name.startswith("data/")}
    listed = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in data.items())
    tags = {name: body for name, body in files.items() if not name.startswith(("data/", "tagmanifest", "manifest"))}
    tags["manifest-sha256.txt"] = listed.encode()
    told = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in tags.items())
    return data | tags | {"tagmanifest-sha256.txt": told.encode()}


def zipped(files: Files, path: Path, *, top: str = "bag/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in files.items():
            out.writestr(top + name, body)
    return path


def refused(path: Path, tmp_path: Path) -> str:
    """The key of what is said of a package; nothing may have been written."""
    made = house(installation(tmp_path / "empty"))
    store = made.open_store(create=True)
    with pytest.raises(InputError) as problem:
        take_in(store, path, lambda *_: None)
    with store.read() as connection:
        for table in ("post", "story", "account", "source", "decision"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    assert list(tmp_path.rglob("*.jpg")) == []
    assert not (tmp_path / "evil").exists()
    made.close()
    return problem.value.key


def manifest(**changes: object) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        told = json.loads(files["data/manifest.json"]) | changes
        return files | {"data/manifest.json": json.dumps(told).encode()}

    return change


def table(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: files | {f"data/tables/{name}.jsonl": change(files[f"data/tables/{name}.jsonl"])}


def row(**changes: object) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        first, _, rest = body.partition(b"\n")
        return json.dumps(json.loads(first) | changes).encode() + b"\n" + rest

    return change


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda files: files | {"data/../../evil": b"x"}, "package_path"),
        (lambda files: files | {"data/pictures/../../../evil": b"x"}, "package_path"),
        (lambda files: files | {"data/pictures/evil.sh": b"x"}, "package_path"),
        (lambda files: files | {"data/pictures/ab\\evil.jpg": b"x"}, "package_path"),
        (lambda files: files | {"data/C:evil": b"x"}, "package_path"),
        (lambda files: files | {f"data/pictures/ab/{'cd' * 32}-48.jpg": b"x"}, "package_path"),
        (manifest(kind="something"), "package_none"),
        (manifest(edition=2), "package_version"),
        (manifest(schema="9999"), "package_version"),
        (manifest(schema=None), "package_version"),
        (manifest(whole="yes"), "package_part"),
        (manifest(tables={"sqlite_master": {"rows": 1, "sha256": ""}}), "package_tables"),
        (manifest(tables=[]), "package_tables"),
        (manifest(campaigns="hallandvaxer"), "package_none"),
        (manifest(highest_ids={"story": "1; DROP TABLE story"}), "package_none"),
        (manifest(highest_ids={"story": -5}), "package_none"),
        (lambda files: files | {"data/manifest.json": b"[" * 200_000}, "package_none"),
        (lambda files: {n: b for n, b in files.items() if n != "data/manifest.json"}, "package_lacks"),
        (lambda files: {n: b for n, b in files.items() if n != "data/tables/story.jsonl"}, "package_lacks"),
        (table("story", lambda body: body + b"{}\n"), "package_line"),
        (table("story", row(review=["new"])), "package_line"),
        (table("story", row(is_admin=True)), "package_line"),
        (table("post", row(story_id=10**6)), "package_inconsistent"),
        (table("decision", row(undone_by=10**6)), "package_inconsistent"),
        (table("story", lambda body: body + body), "package_inconsistent"),
        (table("version", row(text="\ud800")), "package_line"),
    ],
)
def test_built_to_do_harm(bag: Files, tmp_path: Path, change: Callable[[Files], Files], key: str) -> None:
    """Right checksums do not help: paths, manifest, tables and rows are looked at one by one."""
    assert refused(zipped(sealed(change(dict(bag))), tmp_path / "p.zip"), tmp_path) == key


def test_changed_on_the_way(bag: Files, tmp_path: Path) -> None:
    """A byte that differs from its checksum is found, and so are files that are not listed."""
    files = dict(bag)
    files["data/campaigns/hallandvaxer/stories.jsonl"] += b" "
    assert refused(zipped(files, tmp_path / "p.zip"), tmp_path) == "package_checksum"
    files = dict(bag) | {"data/extra.txt": b"x"}
    assert refused(zipped(files, tmp_path / "q.zip"), tmp_path) == "package_list"


def test_links(bag: Files, tmp_path: Path) -> None:
    """A link inside a package is none of its files."""
    path = zipped(sealed(bag), tmp_path / "p.zip")
    with zipfile.ZipFile(path, "a") as out:
        link = zipfile.ZipInfo("bag/data/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
    assert refused(path, tmp_path) == "package_path"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice(bag: Files, tmp_path: Path) -> None:
    """One name for two bodies is refused: which is checked and which is read would be chance."""
    path = zipped(sealed(bag), tmp_path / "p.zip")
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("bag/data/tables/story.jsonl", b"")
    assert refused(path, tmp_path) == "package_path"


def test_bombs(bag: Files, tmp_path: Path) -> None:
    """What was packed a thousand times smaller is not unpacked."""
    files = sealed(dict(bag) | {"data/tables/story.jsonl": b" " * 20_000_000})
    assert refused(zipped(files, tmp_path / "p.zip"), tmp_path) == "package_bomb"


def test_a_directory_that_says_too_much(bag: Files, tmp_path: Path) -> None:
    """A zip that claims billions of entries is refused before its directory is read."""
    body = bytearray(zipped(sealed(bag), tmp_path / "p.zip").read_bytes())
    at = body.rfind(b"PK\x05\x06")
    body[at + 12 : at + 16] = (0xFFFFFFF0).to_bytes(4, "little")
    (tmp_path / "q.zip").write_bytes(body)
    assert refused(tmp_path / "q.zip", tmp_path) == "package_bomb"


@pytest.mark.parametrize("body", [b"", b"PK\x05\x06", b"PK\x03\x04" + b"\0" * 100, b"\x1f\x8b" * 50])
def test_no_zip(tmp_path: Path, body: bytes) -> None:
    """What is no zip is said to be none."""
    (tmp_path / "p.zip").write_bytes(body)
    assert refused(tmp_path / "p.zip", tmp_path) == "package_none"


def test_cut_short(bag: Files, tmp_path: Path) -> None:
    """A package that was cut off on its way is none."""
    body = zipped(sealed(bag), tmp_path / "p.zip").read_bytes()
    (tmp_path / "q.zip").write_bytes(body[: len(body) // 2])
    assert refused(tmp_path / "q.zip", tmp_path) == "package_none"


def test_two_bags(bag: Files, tmp_path: Path) -> None:
    """A zip with two folders at its top is no bag."""
    out = io.BytesIO(zipped(sealed(bag), tmp_path / "p.zip").read_bytes())
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("other/data/x", b"x")
    (tmp_path / "q.zip").write_bytes(out.getvalue())
    assert refused(tmp_path / "q.zip", tmp_path) == "package_path"


def test_nobody_is_let_in(bag: Files, tmp_path: Path) -> None:
    """A password or an identity that was written into the package does not arrive."""
    change = table("account", row(password="$argon2id$x", issuer="https://evil.example", subject="me"))
    path = zipped(sealed(change(dict(bag))), tmp_path / "p.zip")
    made = house(installation(tmp_path / "empty"))
    store = made.open_store(create=True)
    take_in(store, path, lambda *_: None)
    with store.read() as connection:
        rows = connection.execute(text("SELECT password, issuer, subject FROM account")).all()
    assert [tuple(each) for each in rows] == [(None, None, None)]
    made.close()
