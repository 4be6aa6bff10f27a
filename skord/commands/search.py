"""``skord search``: what a reader finds in the public archive, or with ``--desk`` what the desk does."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from skord.wiring import House

if TYPE_CHECKING:
    from campaign.question import Unknown
    from storage.archive import Hit


def search(house: House, args: Namespace) -> int:
    """Print what is found, the newest or the best first, and say on stderr what was not understood."""
    if args.desk:
        from skord.commands.post import search as at_desk

        return at_desk(house, args)
    from storage.archive import browse
    from storage.search import propose
    from storage.strategy import read_strategies
    from web.public.asked import asked_from, wanted_from
    from web.public.questions import question_of

    campaign = house.settings.campaigns[house.campaign(args.campaign)]
    typed = " ".join(args.query)
    known = read_strategies(house.store, campaign.id, ended=True)
    for each in question_of(house.settings, campaign, known, typed).unknown:
        _tell(house, each)
    asked = asked_from({"q": typed, "sort": args.sort})
    wanted = wanted_from(house.settings, house.store, campaign, asked, known=known, every_kind=True)
    hits = browse(house.store, campaign.id, wanted, limit=args.limit).hits
    _print(house, hits)
    if not hits:
        house.tell("search.none", text=typed)
        better = propose(house.store, campaign.id, typed)
        if better is not None:
            house.tell("search.proposal", text=better)
    return 0


def _tell(house: House, unknown: Unknown) -> None:
    name = house.language.t(f"search.name.{unknown.name}")
    key = "search.unknown_near" if unknown.near else "search.unknown"
    house.tell(key, typed=unknown.typed, name=name, **({"near": ", ".join(unknown.near)} if unknown.near else {}))


def _print(house: House, hits: list[Hit]) -> None:
    from storage.keys import moment_of
    from storage.shelf import Kind

    house.table(
        ("at", "kind", "text", "address"),
        [
            (
                None if hit.kind is Kind.NODE else moment_of(hit.key),
                str(hit.kind) if house.as_json else house.language.t(f"search.kind.{hit.kind}"),
                _words(house, hit)[: None if house.as_json else 70],
                hit.path if hit.story is None else f"/stories/{hit.subject}",
            )
            for hit in hits
        ],
    )


def _words(house: House, hit: Hit) -> str:
    from web.public.titles import title_of_hit

    text = (
        title_of_hit(house.settings, house.language, hit)
        if hit.story is None
        else hit.story.lead.title or hit.story.lead.text
    )
    return " ".join(text.split())
