"""The package for the e-archive: everything of a campaign, readable without Skörd, in a BagIt bag.

One of everything (``inner``, no filters, every campaign) also holds the tables themselves: an empty installation takes
it in again (``skord.exports.taking_in``).
"""

from __future__ import annotations

from typing import Any, BinaryIO

from campaign.exported import moment
from campaign.records import Story, Use
from skord.exports.bag import Bag
from skord.exports.beside import as_json, plain, write_beside
from skord.exports.order import Work
from skord.exports.pages import write_pages
from skord.exports.stories import csv, jsonl
from storage.exporting import highest_ids, schema_version, table_lines
from storage.exporting_beside import picture_files
from storage.exports import Numbers
from storage.lines_of_tables import LEFT_OUT, TABLES
from storage.media import path_of, renditions

#: What kind of file it is, and of which make.
KIND, EDITION = "skord-package", 1


def write(work: Work, out: BinaryIO) -> None:
    """Write the package."""
    with Bag(out, _name(work), work.now.astimezone(work.language.zone)) as bag:
        _fill(work, bag)
        site = work.settings.site
        bag.close(
            [
                ("Source-Organization", site.owner),
                ("Contact-Email", site.contact),
                ("External-Description", work.language.t("export.description", name=site.name)),
                ("External-Identifier", _name(work)),
                ("Bag-Software-Agent", f"Skord {work.version}"),
            ]
        )


def _fill(work: Work, bag: Bag) -> None:
    media = Numbers()
    for campaign in work.every:
        folder = f"campaigns/{plain(campaign)}"
        bag.put(f"{folder}/stories.jsonl", jsonl(work, campaign))
        bag.put(f"{folder}/stories.csv", csv(work, campaign))
        write_beside(work, bag, campaign, folder)
        write_pages(work, bag, campaign, f"{folder}/html")
        if not work.is_whole():
            _note_pictures(work, campaign, media)
    _pictures(work, bag, None if work.is_whole() else media)
    tables = _tables(work, bag) if work.is_whole() else {}
    bag.put("README.txt", work.language.t("export.readme").encode())
    bag.put("manifest.json", as_json(_manifest(work, bag, tables)))


def _name(work: Work) -> str:
    who = work.every[0] if len(work.every) == 1 else "everything"
    kind = "inner" if work.order.inner else "public"
    return f"skord-{plain(who)}-{kind}-{work.now:%Y%m%dT%H%M%SZ}"


def _note_pictures(work: Work, campaign: str, media: Numbers) -> None:
    """Note which pictures the stories that went out have, and may have."""
    for some in work.slices(campaign):
        for story, _ in some:
            _note(work, story, media)


def _note(work: Work, story: Story, media: Numbers) -> None:
    for post in story.posts:
        hidden = post.warning or post.sensitive
        for each in post.media:
            if work.order.inner or (not hidden and each.may_be_shown(Use.WEB, work.now)):
                media.add(each.id)


def _pictures(work: Work, bag: Bag, media: Numbers | None) -> None:
    for name in picture_files(work.still, media):
        widths = renditions(work.still, name)
        work.counts["pictures"] += bool(widths)
        for width in widths:
            for modern in (False, True):
                path = path_of(work.still, name, width, modern=modern)
                if path is not None and path.suffix == (".webp" if modern else ".jpg"):
                    bag.copy(f"pictures/{name[:2]}/{path.name}", path)
        work.step(0)


def _tables(work: Work, bag: Bag) -> dict[str, Any]:
    """Write the tables, and return what is needed to take them in: how many rows, and the hash of each."""
    told: dict[str, Any] = {}
    for table in TABLES:
        rows = 0
        with bag.file(f"tables/{table.name}.jsonl") as out:
            for rows, line in enumerate(table_lines(work.still, table), 1):
                out.write(line)
                if rows % 1000 == 0:
                    work.step(0)
        told[table.name] = {"rows": rows, "sha256": out.sum.hexdigest()}
    return told


def _manifest(work: Work, bag: Bag, tables: dict[str, Any]) -> dict[str, Any]:
    order = work.order
    told: dict[str, Any] = {
        "kind": KIND,
        "edition": EDITION,
        "program": work.version,
        "schema": schema_version(work.still),
        "made_at": moment(work.now),
        "made_by": work.who,
        "reason": order.reason,
        "owner": work.settings.site.owner,
        "site": work.settings.site.base_url,
        "campaigns": list(work.every),
        "filter": dict(order.asked),
        "inner": order.inner,
        "whole": work.is_whole(),
        "counts": {**work.counts, "files": bag.files},
    }
    if tables:
        told |= {"tables": tables, "highest_ids": highest_ids(work.still), "left_out": dict(LEFT_OUT)}
    return told
