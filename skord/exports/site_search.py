"""The search page of a site, and what is found by it: stories, issues, and what the strategy wants."""

from __future__ import annotations

from collections.abc import Sequence

from skord.exports.site_index import Doc, words_of
from skord.exports.site_issues import Sent
from skord.exports.site_pages import Site, hits
from skord.exports.site_stories import Told
from storage.archive import Hit, Wanted
from web.public.place_counts import alphabetical
from web.rendering import network_name

#: Sentences that the script shows; "{n}" and "{what}" in them are filled in there.
_SAID = ("one", "many", "none", "none_text", "more", "loading", "broken", "all", "also_issue", "also_node", "start")


def story_doc(site: Site, told: Told) -> Doc:
    """Return a story as it is found."""
    story, card, where = told.story, told.card, told.standing
    lead, t = story.lead, site.work.language.t
    title = t("public.story.warning", text=card.title) if card.warned else card.title + ("…" if card.broken else "")
    lists = [f"year-{where.month[:4]}"]
    lists += [f"network-{site.addresses.networks[each]}" for each in where.networks]
    lists += [f"place-{site.addresses.places[each]}" for each in where.places]
    lists += [f"area-{name}" for each in where.nodes if (name := _node_name(site, each))]
    facts = [card.author or t("credit.nobody"), *card.places, card.network, site.work.language.date(card.published_at)]
    return Doc(
        path=f"stories/{story.id}.html",
        title=title,
        text="" if card.warned else " ".join(lead.text.split()),
        words=words_of([part for post in story.posts for part in (post.title, post.text)]),
        tags=card.tags,
        facts=tuple(facts),
        lists=tuple(dict.fromkeys(lists)),
        language=card.language or "",
    )


def _node_name(site: Site, node_id: int) -> str | None:
    for tree in site.trees:
        for node in tree.nodes:
            if node.id == node_id:
                return site.addresses.nodes.find(f"{tree.id}/{node.code}")
    return None


def kinds_of(site: Site, issues: Sequence[Sent]) -> list[tuple[str, int, int]]:
    """Take the issues and the nodes into the index; return which numbers are of which kind."""
    stories = site.index.count
    for sent in issues:
        site.index.add(
            _beside_doc(site, sent.hit, (f"{sent.name} {sent.number}", site.work.language.date(sent.sent_on)))
        )
    letters = site.index.count
    for hit in hits(site.work, site.campaign.id, ("node",), Wanted()):
        if site.addresses.find(hit.path):
            site.index.add(_beside_doc(site, hit, (site.work.language.t("archive.kind.node"),)))
    return [("story", 0, stories), ("issue", stories, letters), ("node", letters, site.index.count)]


def _beside_doc(site: Site, hit: Hit, facts: tuple[str, ...]) -> Doc:
    text = " ".join(hit.text.split())
    return Doc(
        path=site.addresses.file(hit.path),
        title=hit.title,
        text=text,
        words=words_of([hit.title, hit.text]),
        facts=facts,
    )


def write_search(site: Site, kinds: Sequence[tuple[str, int, int]]) -> None:
    """Write the page that searches, and end the index."""
    language = site.work.language
    counted, addresses = site.counted, site.addresses
    name = network_name(language)
    label = site.register.label_of
    places = sorted(counted.places, key=lambda each: alphabetical(label(each)))
    nodes = [
        (
            tree.title,
            [(node, addresses.nodes[f"{tree.id}/{node.code}"]) for node in tree.nodes if counted.nodes[node.id]],
        )
        for tree in site.trees
    ]
    site.page(
        "search.html",
        "/archive",
        "folder/search.html",
        years=[(each, each) for each in counted.years],
        places=[(addresses.places[each], label(each)) for each in places],
        networks=[(addresses.networks[each], name(each)) for each in sorted(counted.networks, key=name)],
        nodes=[(title, own) for title, own in nodes if own],
        total=counted.total,
    )
    said = {each: language.t(f"site_export.search.{each}", n="{n}", what="{what}") for each in _SAID}
    site.index.finish({"said": said, "kinds": [list(each) for each in kinds], "lang": language.code})
