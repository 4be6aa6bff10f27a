"""The truth table is made from the kinds, and tells all of them in both languages."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaign.channels import ASPECTS, PAGES, channels, closed, page
from campaign.kinds import KINDS, UNREACHABLE
from campaign.language import LANGUAGES, Language, catalogue

DOCS = Path(__file__).parents[1] / "docs"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_says_what_it_gives_needs_and_costs(code: str) -> None:
    """No channel is left out, and none lacks an answer to one of the questions."""
    found = channels(Language(code, STOCKHOLM))
    assert {each.kind.name for each in found} == set(KINDS)
    assert all(tuple(aspect for aspect, words in each.told if words) == ASPECTS for each in found)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_cannot_be_had_is_said_with_a_way_round(code: str) -> None:
    """Each closed place has its reason and what to do instead."""
    found = closed(Language(code, STOCKHOLM))
    assert [each.name for each in found] == list(UNREACHABLE)
    assert all(each.why and each.instead for each in found)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_in_docs_is_the_one_that_the_kinds_make(code: str) -> None:
    """docs/kanaler.md and docs/channels.md are what ``python -m campaign.channels`` writes."""
    assert (DOCS / PAGES[code]).read_text(encoding="utf-8") == page(Language(code, STOCKHOLM))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_option_and_every_network_has_its_words(code: str) -> None:
    """A setting of a kind is explained, and the network that its posts come from has a name."""
    known = catalogue(code)
    options = {f"kind.{kind.name}.option.{option.name}" for kind in KINDS.values() for option in kind.options}
    networks = {f"network.{kind.network}" for kind in KINDS.values()}
    assert (options | networks) - known.keys() == set()
