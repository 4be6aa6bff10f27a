"""What a package holds beside the stories, as tables for a spreadsheet and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from campaign.cells import BOM, Figure, csv_line
from campaign.cells import as_csv as as_cell
from campaign.exported import cut, local, moment
from campaign.language import Language
from digest.message import Recipient, from_kept
from skord.exports.bag import Bag
from skord.exports.order import Work
from storage import exporting_beside as read
from storage.exporting_beside import Time, time_of
from storage.issues import renders_like

_NODES = ("id", "strategy_id", "code", "parent", "kind", "title", "text", "ended_at")
_MEASUREMENTS = (
    "strategy_id", "code", "title", "area", "sex", "period", "value", "status", "preliminary", "known_from", "known_to",
    "origin",
)  # fmt: skip
_DECISIONS = (
    "id", "at", "actor", "account", "action", "story_id", "post_id", "version_id", "media_id", "issue_id", "reason",
    "undone_by",
)  # fmt: skip
_RUNS = ("id", "source_id", "started_at", "finished_at", "status", "pages", "new", "revised", "unchanged", "skipped")
_GAPS = ("source_id", "from_at", "to_at", "reason")
_CHANNELS = ("id", "kind", "name", "where", "created_at", "last_ok_at", "removed")
_REGISTER = (
    "source_id", "kind", "name", "campaign", "controller", "organisation_number", "officer", "contact", "purpose",
    "legal_basis", "retention",
)  # fmt: skip


def write_beside(work: Work, bag: Bag, campaign: str, folder: str) -> None:
    """Write what stands beside the stories of a campaign; of the public what anybody may see."""
    inner, wanted = work.order.inner, work.wanted(campaign)
    time = time_of(wanted.first_key, wanted.end_key)
    still = work.still
    bag.put(f"{folder}/nodes.csv", table(work.language, _NODES, read.nodes(still, campaign)))
    bag.put(f"{folder}/measurements.csv", table(work.language, _MEASUREMENTS, _measured(work, campaign)))
    bag.put(f"{folder}/channels.csv", table(work.language, _CHANNELS, _channels(work, campaign)))
    bag.put(f"{folder}/register.csv", table(work.language, _REGISTER, _register(work, campaign)))
    _strategies(work, bag, campaign, folder)
    _snapshots(work, bag, campaign, folder)
    if not inner or not wanted.is_plain:
        return  # of a choice of stories the whole trail and every letter is no part
    ids = [row["id"] for row in read.sources(still, campaign)]
    bag.put(f"{folder}/decisions.csv", table(work.language, _DECISIONS, _decided(work, campaign, time)))
    bag.put(f"{folder}/runs.csv", table(work.language, _RUNS, read.runs(still, ids, time)))
    bag.put(f"{folder}/gaps.csv", table(work.language, _GAPS, read.gaps(still, ids, time)))
    _letters(work, bag, campaign, folder, time)


def table(language: Language, names: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield a table for a Swedish Excel."""
    yield (BOM + csv_line(language.t(f"export.column.{name}") for name in names)).encode()
    for row in rows:
        yield csv_line(_cell(row[name], language) for name in names).encode("utf-8", "replace")


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return language.t("export.yes") if value else ""
    if isinstance(value, datetime):
        return local(value, language)
    if isinstance(value, int | float):
        return Figure(as_cell(value))
    return cut(str(value))


def _measured(work: Work, campaign: str) -> Iterator[Mapping[str, Any]]:
    for row in read.measurements(work.still, campaign):
        work.counts["measurements"] += 1
        # Who brought a file is nobody's business outside.
        yield row if work.order.inner else row | {"origin": ""}


def _decided(work: Work, campaign: str, time: Time) -> Iterator[Mapping[str, Any]]:
    for row in read.decisions(work.still, campaign, time, house=work.order.house):
        work.counts["decisions"] += 1
        yield row | {"account": row["display_name"] or row["account"]}


def _channels(work: Work, campaign: str) -> Iterator[Mapping[str, Any]]:
    """Yield the channels as they are told of in public: their addresses, never what opens them."""
    for row in read.sources(work.still, campaign):
        known = work.settings.sources.get(row["id"])
        options = known.options if known else {}
        where = [options.get(name) for name in ("url", "server", "servers", "accounts", "account", "channels")]
        told = [", ".join(each) if isinstance(each, tuple) else str(each) for each in where if each]
        yield row | {"name": known.name if known else "", "where": " · ".join(told)}


def _register(work: Work, campaign: str) -> Iterator[Mapping[str, Any]]:
    """Yield the register of processing: a row for each source of the campaign."""
    privacy = work.settings.privacy
    own = {name: getattr(privacy, name) for name in _REGISTER[4:]}
    for row in read.sources(work.still, campaign):
        known = work.settings.sources.get(row["id"])
        name = known.name if known else ""
        yield own | {"source_id": row["id"], "kind": row["kind"], "name": name, "campaign": campaign}


def _strategies(work: Work, bag: Bag, campaign: str, folder: str) -> None:
    latest: dict[str, dict[str, Any]] = {}
    for row in read.strategy_versions(work.still, campaign):
        work.counts["strategy_versions"] += 1
        if work.order.inner:
            told = {"at": moment(row["at"]), "origin": row["origin"], "reason": row["reason"]}
            name = f"{folder}/strategies/{plain(row['strategy_id'])}/version-{row['number']}.json"
            bag.put(name, as_json(told | {"number": row["number"], "document": row["document"]}))
        else:
            latest[row["strategy_id"]] = row["document"]
    for strategy, document in latest.items():
        bag.put(f"{folder}/strategies/{plain(strategy)}.json", as_json(document))


def _snapshots(work: Work, bag: Bag, campaign: str, folder: str) -> None:
    """Write the measuring points, each part as it was frozen; those of the public without what was told of stories,
    since what was frozen may have been hidden since.
    """
    inner = work.order.inner
    for row, parts in read.snapshots(work.still, campaign, public=not inner):
        work.counts["snapshots"] += 1
        head = {name: row[name] for name in ("id", "strategy_id", "kind", "title", "text", "as_of", "hash")}
        told = [
            {"kind": part["kind"], "sha256": part["sha256"], "body": part["body"]}
            for part in parts
            if inner or part["story_id"] is None
        ]
        bag.put(f"{folder}/snapshots/{row['id']}.json", as_json(head | {"at": moment(row["at"]), "parts": told}))


def _letters(work: Work, bag: Bag, campaign: str, folder: str, time: Time) -> None:
    """Write every letter as it was sent, once a language, to nobody: whom it went to does not leave."""
    for row in read.letters(work.still, campaign, time):
        work.counts["letters"] += 1
        place = f"{folder}/letters/{plain(row['newsletter'])}/{row['number']:04}"
        told = {name: row[name] for name in ("id", "newsletter", "number", "kind", "year", "week", "subject", "state")}
        told |= {name: moment(row[name]) for name in ("approved_at", "sent_from", "sent_at")}
        told |= {"approved_by": row["display_name"] or row["account"] or "", "deliveries": row["deliveries"]}
        bag.put(f"{place}/letter.json", as_json(told | {"audience": row["audience"]}))
        for kind, body in sorted(renders_like(work.still, row["id"], "").items()):
            what, _, language = kind.partition(".")
            name = f"letter-{language}" if language else "letter"
            if what in ("html", "text"):
                bag.put(f"{place}/{name}.{'html' if what == 'html' else 'txt'}", body)
            elif what == "master":
                bag.put(f"{place}/{name}.eml", from_kept(body).join(_nobody(row)))


def _nobody(row: Mapping[str, Any]) -> Recipient:
    """Return the recipient of a letter that goes into an archive."""
    return Recipient(
        address="archive@archive.invalid",
        message_id=f"<issue-{row['id']}@archive.invalid>",
        leave_url="https://archive.invalid/",
        leave_mail="mailto:archive@archive.invalid",
        delivery="0",
        sent_at=row["sent_from"],
    )


def as_json(value: Any) -> bytes:
    """Return a value as a file of JSON that people can read."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode("utf-8", "replace")


def plain(name: str) -> str:
    """Return a name as a file can have it on every machine."""
    return "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "_" for each in name)[:80] or "_"
