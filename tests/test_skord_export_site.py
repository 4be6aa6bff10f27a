"""The archive as a site in a folder: what it holds, where its links lead, and that it is whole or not there."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from builders import approved, candidate, ingest, newest
from campaign.errors import InputError, SkordError
from conftest import NOW
from exported import FILE, fill, house, installation
from skord.exports import order, site_index, site_lists
from skord.exports.folders import Folder
from skord.exports.order import Order, carry_out
from skord.exports.site_addresses import Names
from skord.exports.site_index import Doc, Index, shard
from skord.wiring import House
from storage import exporting
from storage.decisions import Action, decide
from storage.exports import list_exports
from storage.store import JOB
from test_skord_cli import run

SITE = Order(format="html", campaign=None)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[House]:
    """A filled installation."""
    made = house(installation(tmp_path / "a"))
    made.ids = fill(made.open_store(create=True))  # type: ignore[attr-defined] # for the tests alone
    yield made
    made.close()


class Links(HTMLParser):
    """Every address that a page names, with the element that names it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names."""
        self.found += [(tag, value or "") for name, value in attrs if name in ("href", "src", "srcset", "action")]


def astray(site: Path) -> list[tuple[str, str]]:
    """Addresses that lead to no file of the folder, outer links to originals left out."""
    wrong = []
    for page in site.rglob("*.html"):
        for tag, address in Links(page).found:
            parts = urlsplit(address)
            if tag == "a" and parts.scheme in ("http", "https"):
                continue
            aim = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
            if parts.scheme or address.startswith("/") or not aim.is_file() or site.resolve() not in aim.parents:
                wrong.append((str(page.relative_to(site)), address))
    return wrong


def words_in(site: Path) -> str:
    return "\n".join(each.read_text("utf-8") for each in site.rglob("*") if each.suffix in (".html", ".js"))


def files(site: Path) -> dict[str, bytes]:
    return {str(each.relative_to(site)): each.read_bytes() for each in site.rglob("*") if each.is_file()}


def test_pages(filled: House, tmp_path: Path) -> None:
    """The folder has the front, times, places, networks, the strategy and each public story; pictures that may be shown
    lie beside them.
    """
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    site, ids = tmp_path / "ut", filled.ids  # type: ignore[attr-defined]
    found = set(files(site))
    assert {"index.html", "search.html", "years.html", "about.html", "places/laholm.html", "search/head.js"} <= found
    assert {each.name for each in (site / "stories").iterdir()} == {f"{ids['shown']}.html", f"{ids['formula']}.html"}
    assert f"pictures/{FILE}-48.jpg" in found
    story = (site / f"stories/{ids['shown']}.html").read_text("utf-8")
    assert f"../pictures/{FILE}-48.jpg" in story
    assert "Åäö i Laholm" in (site / "places/laholm.html").read_text("utf-8")


def test_links_are_closed(filled: House, tmp_path: Path) -> None:
    """Every address leads to a file of the folder, but for links to originals."""
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    assert astray(tmp_path / "ut") == []


def test_nothing_hidden(filled: House, tmp_path: Path) -> None:
    """What was hidden and what waits is in no page and no part of the index; what is not public cannot be asked for."""
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    told = words_in(tmp_path / "ut").casefold()
    assert "får ingen se" not in told
    assert "väntar på någon" not in told
    assert '"ingen"' not in told
    with pytest.raises(InputError, match="export_public"):
        carry_out(filled, Order(format="html", campaign=None, inner=True), tmp_path / "inre", by=JOB)
    assert not (tmp_path / "inre").exists()


def test_words_stay_words(filled: House, tmp_path: Path) -> None:
    """Markup that somebody posted is text in pages and cannot end a script of the index."""
    approved(filled.store, text="</script><script>alert(1)</script> & <b>fet</b> #hallandväxer")
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    assert "<script>alert" not in words_in(tmp_path / "ut")
    assert "</script" not in (tmp_path / "ut/search/docs-0.js").read_text("utf-8")


def test_shy_authors(filled: House, tmp_path: Path) -> None:
    """Who does not want to be found by search engines is told so to them, and others are not."""
    shy = approved(filled.store, text="Lågmält #hallandväxer", shy=True)
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    assert "noindex" in (tmp_path / f"ut/stories/{shy.id}.html").read_text("utf-8")
    assert "noindex" not in (tmp_path / f"ut/stories/{filled.ids['shown']}.html").read_text("utf-8")  # type: ignore[attr-defined]


def test_same_bytes(filled: House, tmp_path: Path) -> None:
    """The same archive gives the same bytes; a minute later only what tells the time differs."""
    first = carry_out(filled, SITE, tmp_path / "ett", by=JOB)
    again = carry_out(filled, SITE, tmp_path / "två", by=JOB)
    assert first.digest == again.digest
    assert files(tmp_path / "ett") == files(tmp_path / "två")
    filled.clock = lambda: NOW + timedelta(minutes=1)
    carry_out(filled, SITE, tmp_path / "tre", by=JOB)
    before, after = files(tmp_path / "ett"), files(tmp_path / "tre")
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"about.html"}


def test_filters(filled: House, tmp_path: Path) -> None:
    """What is asked for is all that the site has, and it says so."""
    carry_out(filled, Order(format="html", campaign=None, asked={"place": "laholm"}), tmp_path / "ut", by=JOB)
    assert [each.name for each in (tmp_path / "ut/stories").iterdir()] == [f"{filled.ids['shown']}.html"]  # type: ignore[attr-defined]
    assert "laholm" in (tmp_path / "ut/about.html").read_text("utf-8")
    assert astray(tmp_path / "ut") == []


def test_nothing_at_all(filled: House, tmp_path: Path) -> None:
    """A site without stories is whole too."""
    carry_out(filled, Order(format="html", campaign=None, asked={"q": "finnsinte"}), tmp_path / "ut", by=JOB)
    assert astray(tmp_path / "ut") == []
    assert "Inga berättelser" in (tmp_path / "ut/index.html").read_text("utf-8")


def test_english(filled: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The words around can be English."""
    code, _, _ = run(
        filled.config, "export", "--format", "html", "--language", "en", "--to", str(tmp_path / "ut"), capsys=capsys
    )
    assert code == 0
    assert '<html lang="en">' in (tmp_path / "ut/index.html").read_text("utf-8")


def test_zip(filled: House, tmp_path: Path) -> None:
    """As a zip it is the same files, in one folder."""
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    carry_out(filled, SITE, tmp_path / "ut.zip", by=JOB)
    with zipfile.ZipFile(tmp_path / "ut.zip") as found:
        assert found.testzip() is None
        packed = {name.partition("/")[2]: found.read(name) for name in found.namelist()}
    assert packed == files(tmp_path / "ut")


def test_stopped(filled: House, tmp_path: Path) -> None:
    """An export that is stopped leaves nothing, and what a killed one left is taken away by the next."""
    with pytest.raises(SkordError, match="export_stopped"):
        carry_out(filled, SITE, tmp_path / "ut", by=JOB, stopping=lambda: True)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    (tmp_path / "ut.part").mkdir()
    (tmp_path / "ut.part/skord-under-way").touch()
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "ut"]


def test_a_place_that_is_taken(filled: House, tmp_path: Path) -> None:
    """No folder with anything in it is written over, and nothing is recorded."""
    before = len(list_exports(filled.store, "halland"))
    (tmp_path / "ut").mkdir()
    (tmp_path / "ut/mitt.txt").write_text("mitt")
    assert run_of(filled, tmp_path / "ut") == 2
    assert (tmp_path / "ut/mitt.txt").read_text() == "mitt"
    assert len(list_exports(filled.store, "halland")) == before


def run_of(filled: House, to: Path) -> int:
    from skord.cli import main

    return main(["--config", str(filled.config), "export", "--format", "html", "--to", str(to)])


def test_taken_up_later(filled: House, tmp_path: Path) -> None:
    """A story that is hidden is gone from the next copy, its words from the index too."""
    decide(filled.store, filled.ids["shown"], Action.HIDE, by=JOB, now=NOW, reason="Bort")  # type: ignore[attr-defined]
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    assert "Laholm" not in words_in(tmp_path / "ut").replace("Laholms", "")
    assert not (tmp_path / "ut/pictures").exists()


def test_many_pages(filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list goes on over pages that lead to each other, and all stories stand on them."""
    monkeypatch.setattr(site_lists, "PER_PAGE", 2)
    for number in range(5):
        approved(filled.store, text=f"Bro nummer {number} #hallandväxer")
    carry_out(filled, SITE, tmp_path / "ut", by=JOB)
    pages = sorted((tmp_path / "ut/months").iterdir())
    assert len(pages) == 4
    assert sum(page.read_text("utf-8").count('<article class="story-row') for page in pages) == 7
    assert astray(tmp_path / "ut") == []


def test_memory_is_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the stories go out in the same memory but for the index's words; slices and pages are small here."""
    monkeypatch.setattr(exporting, "_STORIES", 10)
    monkeypatch.setattr(site_lists, "PER_PAGE", 5)
    monkeypatch.setattr(site_index, "PER_FILE", 10)
    monkeypatch.setattr(site_index, "_WAITING", 20_000)
    made = house(installation(tmp_path / "a"))
    store = made.open_store(create=True)

    def peak(name: str) -> int:
        tracemalloc.start()
        carry_out(made, SITE, tmp_path / name, by=JOB)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    def more(first: int, count: int) -> None:
        ingest(store, *(candidate(text=f"Ny bro {first + each}. " * 100) for each in range(count)))
        for each in newest(store):
            if each.review != "approved":
                decide(store, each.id, Action.APPROVE, by=JOB, now=NOW)

    more(0, 25)
    peak("ett")
    few = peak("två")
    more(25, 175)
    assert peak("tre") < few * 1.5
    made.close()


def test_names_are_safe() -> None:
    """Names of files are letters, digits and hyphens, none is one that a system keeps for itself, no two are alike."""
    names = Names(["con", "a/b", "A/B", "../..", "Ö", "ö", "x" * 300])
    made = [names[each] for each in names]
    assert len(set(made)) == len(made)
    assert all(each.isascii() and each.replace("-", "").isalnum() and len(each) < 70 for each in made)
    assert names["con"] != "con"


def test_where_a_word_lies() -> None:
    """A word lies with those that begin as it does when å, ä and ö are left out, whatever letters it has."""
    assert shard("växer", 2) == shard("vaxer", 2) == "va"
    assert shard("#växer", 2) == "va"
    assert shard("日本", 2) == "_65e5__672c_"


def test_index(tmp_path: Path) -> None:
    """A word leads to its root, a root to what has it and to the compounds that it is part of."""
    folder = Folder(tmp_path)
    with Index(folder) as index:
        index.add(Doc(path="a", title="", text="", words="Skogarna och skogsbruket brukar"))
        index.add(Doc(path="b", title="", text="", words="En skog", tags=("Bruk",), lists=("year-2026",)))
        index.finish({})
    told = (tmp_path / "search/words-sk.js").read_text("utf-8").removeprefix("skord(").removesuffix(");\n")
    kind, name, found = json.loads(f"[{told}]")
    assert (kind, name) == ("words", "sk")
    assert found["w"]["skogarna"] == "skog"
    assert found["p"]["skog"] == "0 1"
    assert found["x"]["skog"] == next(each for each in found["p"] if each.startswith("skogsbruk"))
    assert '"#bruk":"1"' in (tmp_path / "search/words-br.js").read_text("utf-8")
    assert (tmp_path / "search/list-year-2026.js").read_text("utf-8") == 'skord("lists","year-2026","1");\n'


def test_every_format_says_what_it_is() -> None:
    """The site is a zip where a file is asked for, as the desk does."""
    assert order.FORMATS["html"].ending == "zip"
