"""Which posts tell the same thing: a table of pairs with its precision and recall, and each rule by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from PIL import Image, ImageDraw

from campaign.alike import Level, Likeness, clash, likeness, looks_like
from campaign.links import canonical, is_page, outward
from campaign.traits import Traits, buckets, look_buckets, traits
from collector.picture import prepare
from conftest import NOW

PAIRS = tomllib.loads((Path(__file__).parent / "data" / "alike.toml").read_text(encoding="utf-8"))["pair"]


def made(told: Mapping[str, Any], *, network: str = "mastodon", at: datetime = NOW) -> Traits:
    """The traits of one side of a pair."""
    known = {"handle": "regionhalland", "names": "Region Halland", "network": network} | dict(told)
    return traits(
        network=known["network"],
        account=known.get("account", ""),
        at=at,
        title=known.get("title", ""),
        text=known.get("text", ""),
        html=known.get("html", ""),
        url=known.get("url", ""),
        author_name=known["names"],
        author_handle=known["handle"],
        looks=known.get("looks", ()),
    )


def judged(pair: Mapping[str, Any]) -> tuple[Likeness, bool]:
    """What is said of a pair, and whether its posts would have found each other."""
    later = NOW + timedelta(minutes=pair.get("minutes", 60 * pair.get("hours", 1)))
    one, other = made(pair["a"]), made(pair["b"], network="bluesky", at=later)
    return likeness(one, other), bool(set(buckets(one)) & set(buckets(other)))


def test_pairs_are_told_apart() -> None:
    """Of the pairs in the table no false friend is joined, and of the true ones 24 in 25 are."""
    joined = {pair["name"]: (pair["same"], judged(pair)) for pair in PAIRS}
    wrong = [name for name, (same, (found, _)) in joined.items() if not same and found.level.rank >= Level.HIGH.rank]
    missed = [
        name
        for name, (same, (found, finds)) in joined.items()
        if same and not (found.level.rank >= Level.HIGH.rank and finds)
    ]
    proposed = [name for name, (_, (found, _)) in joined.items() if found.level is Level.MAYBE]
    assert wrong == []
    assert missed == ["one word mended in a long text"]
    assert proposed == ["one word mended in a long text", "vacancies by one form"]


def test_likeness_does_not_depend_on_the_order() -> None:
    """What is said of two posts is the same whichever came first."""
    for pair in PAIRS:
        one, other = made(pair["a"]), made(pair["b"], network="bluesky", at=NOW + timedelta(hours=1))
        assert likeness(one, other) == likeness(other, one), pair["name"]


TEXT = "Nu kan du söka bidrag för att göra din bygd mer levande, sista dag är den 30 april. Hör av dig till oss!"


def test_posts_far_apart_in_time_are_not_compared() -> None:
    """After two weeks even equal words are another story."""
    later = made({"text": TEXT}, network="bluesky", at=NOW + timedelta(days=14, seconds=1))
    assert likeness(made({"text": TEXT}), later).level is Level.NONE


def test_one_account_repeats_itself_only_in_equal_words() -> None:
    """On one network an account's posts are the same only where their words are equal."""
    again = NOW + timedelta(hours=5)
    assert likeness(made({"text": TEXT}), made({"text": TEXT + " #hallandväxer"}, at=again)).level is Level.SURE
    assert likeness(made({"text": TEXT}), made({"text": f"Påminnelse! {TEXT}"}, at=again)).level is Level.NONE


def test_two_strangers_are_not_one_account() -> None:
    """Where nobody knows who posts, equal words are judged as two persons' and near ones are compared at all."""
    words = "Nu plockar vi äpplen i Fjärås hela helgen, kom"
    nobody = {"handle": "", "names": "", "network": "instagram"}
    here, there = made(nobody | {"text": words}), made(nobody | {"text": words}, at=NOW + timedelta(hours=1))
    assert likeness(here, there).level is Level.MAYBE
    assert not clash(here, made(nobody | {"text": f"{words} och hälsa på"}))


def test_the_same_picture_needs_words_or_a_person() -> None:
    """A picture that both show joins posts of one account that share words; else it is a question to a person."""
    look = 0x1F2E3D4C5B6A79881F2E3D4C5B6A7988
    seen = {"text": "Så vackert blev nya torget i Laholm, tack alla som planterade", "looks": (look,)}
    cut = {"text": "Så vackert blev nya torget i Laholm!!", "looks": (look ^ 0b1011,)}
    other = {"text": "Invigning klockan tolv", "looks": (look,)}
    by_picture = likeness(made(seen), made(cut, network="instagram", at=NOW))
    assert (by_picture.level, by_picture.why) == (Level.HIGH, "picture")
    assert likeness(made(seen), made(other, network="instagram", at=NOW)).level is Level.MAYBE
    unlike = {"text": "Invigning klockan tolv", "looks": (look ^ 0xFFFFFFFF,)}
    assert likeness(made(seen), made(unlike, network="instagram", at=NOW)).level is Level.NONE


def test_a_series_with_one_picture_is_no_copy() -> None:
    """A form filled in twice stays two stories, though both show the series' own picture."""
    look = 0x1F2E3D4C5B6A79881F2E3D4C5B6A7988
    one = made({"text": "Veckans företagare: Anna Svensson i Veddige", "looks": (look,)})
    other = made({"text": "Veckans företagare: Bengt Karlsson i Åled", "looks": (look,)}, network="instagram")
    assert likeness(one, other).level is Level.NONE


@pytest.mark.parametrize(
    "hostile",
    [
        "#a " * 5_000,
        "@" * 10_000,
        "a." * 5_000 + "/",
        "…" * 9_000,
        "((((" * 3_000,
        "\u0000\ud7ff" * 500,
        "läs mer " * 900,
    ],
)
def test_hostile_text_costs_little(hostile: str) -> None:
    """No text makes comparing slow, or fail."""
    began = datetime.now(UTC)
    one, other = made({"text": hostile}), made({"text": "x " + hostile}, network="bluesky")
    likeness(one, other)
    assert len(buckets(one)) < 40
    assert datetime.now(UTC) - began < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.example.se/a/?utm_source=x&id=7#topp", "http://example.se/a?id=7&fbclid=1"),
        ("https://example.se/a/index.html", "https://m.example.se/a"),
        ("https://youtube.com/watch?v=1&si=x", "https://www.youtube.com/watch?si=y&v=1"),
    ],
)
def test_one_page_has_one_address(one: str, other: str) -> None:
    """What only counts readers, or dresses an address, makes no other page of it."""
    assert canonical(one) == canonical(other)


def test_other_pages_have_other_addresses() -> None:
    """What names a page stays; what is no web page has no address."""
    assert canonical("https://example.se/a?id=7") != canonical("https://example.se/a?id=8")
    assert [canonical(each) for each in ("mailto:a@b.se", "http://[::1", "", "http://a:99999/")] == [""] * 4
    assert not is_page(canonical("https://www.example.se/"))


def test_mentions_and_hashtags_are_no_links_of_a_post() -> None:
    """Of the links of a post those count that lead out of its network's own talk."""
    html = (
        '<p><a href="https://m.se/@x">@<span>x</span></a> <a href="https://m.se/tags/a">#<span>a</span></a>'
        '<a href="https://example.se/a?x=1&amp;y=2">här</a></p>'
    )
    assert outward("https://elsewhere.se/b", html) == ("example.se/a?x=1&y=2",)
    assert outward("Se https://example.se/b.", "") == ("example.se/b",)


@pytest.mark.parametrize(
    "markup", ["<a " * 6600, '<a href="' * 2200, '<a href="x"' * 1800, '<a href="x" ' + 'href="x" ' * 2200]
)
def test_markup_of_nothing_but_beginnings_costs_nothing(markup: str) -> None:
    """Links are looked for in time that grows with the markup alone, however it was made to be hard."""
    begun = perf_counter()
    assert outward("", markup) == ()
    assert perf_counter() - begun < 60


def drawn(*, quality: int = 90, width: int = 800, plain: bool = False) -> bytes:
    """A picture of fields, sky and a sun; or a small logo on white."""
    image = Image.new("RGB", (800, 600), "white" if plain else "#9cc4dd")
    pen = ImageDraw.Draw(image)
    if plain:
        pen.ellipse((390, 290, 410, 310), fill="#2f6b3c")
    else:
        pen.polygon([(0, 420), (260, 300), (800, 460), (800, 600), (0, 600)], fill="#3c6e3f")
        pen.polygon([(0, 520), (500, 430), (800, 540), (800, 600), (0, 600)], fill="#d8b24a")
        pen.ellipse((560, 60, 680, 180), fill="#fff3c0")
        pen.rectangle((120, 330, 260, 470), fill="#8b2f24")
    out = BytesIO()
    image.resize((width, width * 3 // 4)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def test_a_picture_is_known_again_after_saving() -> None:
    """Smaller and worse, as another network keeps it, a picture looks the same; another one does not."""
    first, again = prepare(drawn()).look, prepare(drawn(quality=40, width=420)).look
    assert first is not None
    assert again is not None
    assert looks_like(first, again)
    assert not looks_like(first, first ^ (2**64 - 1))
    assert set(look_buckets((first,))) & set(look_buckets((again,)))


def test_a_plain_picture_looks_like_nothing() -> None:
    """A sign on white could be anybody's."""
    assert prepare(drawn(plain=True)).look is None
