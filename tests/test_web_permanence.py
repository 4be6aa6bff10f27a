"""Addresses outlive what happens to what they name: a redirect where it lives on, a word where it was taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from builders import account, approved, story
from campaign.collecting import Signal, Withdrawal
from campaign.strategy import Node, NodeKind, Strategy
from conftest import HALLAND, NOW
from digest_samples import newsletter
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.merging import join, split
from storage.store import Actor, Store
from storage.strategy import list_nodes, save_strategy
from storage.undoing import undo
from storage.withdrawals import _withdraw
from test_web_public import issue
from website import Answer, Website, settings


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), store) as website:
        yield website


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def end_of(site: Website, path: str) -> tuple[int, str]:
    """The status and the address at which a reader ends."""
    for _ in range(5):
        answer = site.get(path)
        if answer.status not in (301, 302):
            return answer.status, path
        path = answer.headers["location"]
    raise AssertionError(f"{path} leads in a circle")


def is_tombstone(answer: Answer) -> bool:
    """Whether a page says that something was here, is not to be found, is kept nowhere, and offers ways on."""
    return (
        answer.status == 410
        and '<meta name="robots" content="noindex">' in answer.text
        and answer.headers["x-robots-tag"] == "noindex"
        and answer.headers["cache-control"] == "no-store"
        and 'role="search"' in answer.text
    )


def test_the_address_of_a_story_holds_all_its_life(site: Website, store: Store) -> None:
    """Published, joined, taken apart, hidden and brought back: after each step every address that ever was answers."""
    by = person(store)
    one, other = approved(store), approved(store, network="bluesky", identity="at://x/1")
    first, second = f"/stories/{one.id}", f"/stories/{other.id}"
    assert [end_of(site, each) for each in (first, second)] == [(200, first), (200, second)]

    joined = join(store, one.id, other.id, by=by, now=NOW)
    kept = f"/stories/{joined.story_id}"
    assert [end_of(site, each) for each in (first, second)] == [(200, kept)] * 2
    gone = second if kept == first else first
    assert site.get(gone).status == 302  # an editor may take them apart again

    parted = split(store, joined.story_id, [other.lead.id], by=by, now=NOW)
    assert [end_of(site, each) for each in (first, second)] == [(200, first), (200, second)]
    assert parted.story_id == other.id

    hiding = decide(store, one.id, Action.HIDE, by=by, now=NOW)
    assert is_tombstone(site.get(first))
    assert is_tombstone(site.get(f"{first}/cite.bib"))
    assert end_of(site, second) == (200, second)

    undo(store, hiding.group, by=by, now=NOW)
    assert end_of(site, first) == (200, first)


def test_what_took_up_a_story_and_is_hidden_is_a_tombstone_for_both(site: Website, store: Store) -> None:
    """A reader of an old address is told that it was taken away, not that it never was."""
    by = person(store)
    one, other = approved(store), approved(store, network="bluesky", identity="at://x/1")
    into = join(store, one.id, other.id, by=by, now=NOW).story_id
    decide(store, into, Action.HIDE, by=by, now=NOW)
    assert all(is_tombstone(site.get(f"/stories/{each.id}")) for each in (one, other))


def test_a_tombstone_never_tells_on_whose_request(site: Website, store: Store) -> None:
    """What an editor hid and what its author withdrew from strangers say the same words; what all can see is said."""
    hidden, shut, deleted, both = (approved(store) for _ in range(4))
    decide(store, hidden.id, Action.HIDE, by=person(store), now=NOW)
    told = [Withdrawal(network="mastodon", identity=each.lead.identity, signal=Signal.GONE, reason="deleted")
            for each in (deleted, both)]  # fmt: skip
    decide(store, both.id, Action.HIDE, by=person(store), now=NOW)
    with store.write() as connection:
        _withdraw(connection, told, now=NOW)
        members = update(schema.post).where(schema.post.c.id == shut.lead.id).values(members_only=True)
        connection.execute(members)
        connection.execute(schema.revision.update().values(public=schema.revision.c.public + 1))
    pages = {each.id: site.get(f"/stories/{each.id}") for each in (hidden, shut, both)}
    assert all(is_tombstone(page) and "Borttagen på begäran" in page.text for page in pages.values())
    assert len({page.text for page in pages.values()}) == 1
    at_source = site.get(f"/stories/{deleted.id}")
    assert is_tombstone(at_source)
    assert "inte längre att läsa där den publicerades" in at_source.text
    assert "begäran" not in at_source.text[at_source.text.index("<h1") : at_source.text.index("<form")]


def test_what_was_never_public_is_unknown_and_not_gone(site: Website, store: Store) -> None:
    """No answer tells that something waits at the desk."""
    waiting = story(store)
    told = [site.get(f"/stories/{each}") for each in (waiting.id, 999_999)]
    assert [each.status for each in told] == [404, 404]
    assert told[0].text == told[1].text


def strategy(*nodes: Node, title: str = "Tillväxtstrategi") -> Strategy:
    """A strategy of these nodes."""
    return Strategy(
        id="halland-2014-2020",
        title=title,
        owner="Region Halland",
        period_from=date(2014, 1, 1),
        period_to=date(2020, 12, 31),
        nodes=nodes,
    )


def test_a_node_keeps_its_addresses_when_it_is_recoded_and_ended(site: Website, store: Store) -> None:
    """A new code leads on for good, a new title changes nothing, and what has ended stays with its stories."""
    by = person(store)
    node = Node(code="attraktiv", kind=NodeKind.AREA, title="En attraktiv region")
    save_strategy(store, "hallandvaxer", strategy(node), origin="file", by=by, now=NOW)
    made = approved(store)
    attach(store, made.id, list_nodes(store, "hallandvaxer")[0].id, by=by, now=NOW)
    old, new = "/strategy/halland-2014-2020/attraktiv", "/strategy/halland-2014-2020/1"
    assert end_of(site, old) == (200, old)

    recoded = replace(node, code="1", title="Ett attraktivt Halland", was=("attraktiv",))
    save_strategy(store, "hallandvaxer", strategy(recoded, title="Ny titel"), origin="file", by=by, now=NOW)
    assert (site.get(old).status, end_of(site, old)) == (301, (200, new))
    assert site.get(old).headers["cache-control"] == "no-cache"  # the code may be given to another one day

    other = Node(code="2", kind=NodeKind.AREA, title="Annat")
    save_strategy(store, "hallandvaxer", strategy(other), origin="file", by=by, now=NOW)
    assert end_of(site, old) == (200, new)
    assert f"/stories/{made.id}" in site.get(new).text


def test_an_issue_keeps_its_address_when_its_newsletter_is_renamed(store: Store, tmp_path: Path) -> None:
    """The title of a newsletter is no part of its addresses."""
    issue(store, approved(store).id)
    renamed = replace(newsletter(), name="Ett helt annat namn")
    with Website(settings(tmp_path, newsletters={"veckobrevet": renamed}), store) as site:
        assert site.get("/issues/veckobrevet/12").status == 200


def test_addresses_follow_when_a_second_campaign_comes_and_goes(store: Store, tmp_path: Path) -> None:
    """What was cited while there was one campaign leads to its pages among several, and back again."""
    made = approved(store)
    waiting = story(store)
    issue(store, made.id)
    both = {"hallandvaxer": HALLAND, "sjuharad": replace(HALLAND, id="sjuharad", name="Sjuhärad 2030")}
    with Website(settings(tmp_path, campaigns=both), store) as site:
        for path in (f"/stories/{made.id}", "/issues/veckobrevet/12", "/archive?q=bad", "/feed.atom"):
            assert end_of(site, path) == (200, "/c/hallandvaxer" + path)
            assert end_of(site, "/en" + path) == (200, "/en/c/hallandvaxer" + path)
        assert end_of(site, f"/stories/{waiting.id}")[0] == 404
        assert site.get(f"/stories/{waiting.id}").status == 404
    with Website(settings(tmp_path), store) as site:
        assert end_of(site, f"/c/hallandvaxer/stories/{made.id}") == (200, f"/stories/{made.id}")
        assert end_of(site, f"/en/c/hallandvaxer/stories/{made.id}") == (200, f"/en/stories/{made.id}")
        assert end_of(site, "/c/sjuharad/archive")[0] == 404


def test_what_was_put_after_an_address_is_taken_off(site: Website, store: Store) -> None:
    """A full stop, a bracket or a slash that a program took for a part of the address does no harm."""
    made = approved(store)
    for after in ("/", ".", ",", ")", ").", "%C2%BB", "%E2%80%9D"):
        assert end_of(site, f"/stories/{made.id}{after}") == (200, f"/stories/{made.id}")
    assert end_of(site, f"/sv/stories/{made.id}") == (200, f"/stories/{made.id}")


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/sv//evil.example", "/sv/%5Cevil.example", "/%5C%5Cevil.example/"],
)
def test_nobody_is_led_to_another_host(site: Website, path: str) -> None:
    """However many slashes an address has, what it leads to is here."""
    answer = site.get(path)
    where = answer.headers.get("location", "/")
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_an_address_that_never_was_offers_a_search_and_ways_on(site: Website) -> None:
    """The page of a wrong address has a search field and leads on, in the language of the address."""
    for prefix in ("", "/en"):
        answer = site.get(f"{prefix}/nowhere")
        assert answer.status == 404
        assert answer.headers["x-robots-tag"] == "noindex"
        assert f'action="{prefix}/archive"' in answer.text
        for path in ("/", "/archive", "/places", "/issues", "/report"):
            assert f'href="{prefix}{path}"' in answer.text
