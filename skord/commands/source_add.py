"""``skord source add``: what a pasted address is, as a table ready for ``config.toml``, appended with ``--write``."""

from __future__ import annotations

import json
import os
import re
import tempfile
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from campaign import hashtags
from campaign.errors import InputError
from collector.discover import Discovery, Suggestion, Value, discover
from skord.config import load
from skord.wiring import House, shown

_LONGEST_ID = 40


def add(house: House, args: Namespace) -> int:
    """Print each source that an address could be; with --write append one to the configuration. 1 where none is."""
    found = discover(house.fetcher, args.url)
    house.tell(f"discover.told.{found.told}", host=_host(found))
    blocks = _blocks(house, found, args.id)
    if not args.write:
        _print(house, found, blocks)
        return 0 if blocks else 1
    if not blocks:
        return 1
    each, id_, text = blocks[_picked(args.pick, len(blocks))]
    secret = house.config.resolve().parent / "secrets" / id_
    if each.needs_token and not secret.is_file():
        raise InputError("url", "source_token_first", id=id_, file=str(secret))
    _append(house, text)
    if house.as_json:
        house.give({"id": id_, "file": str(house.config)})
    else:
        house.print(text)
    house.tell("discover.written", id=id_, file=str(house.config))
    return 0


def _host(found: Discovery) -> str:
    return found.url.partition("://")[2].partition("/")[0]


def _blocks(house: House, found: Discovery, wanted: str) -> list[tuple[Suggestion, str, str]]:
    """Return each suggestion with its id and its table; ids are unlike each other and those that stand."""
    taken = set(house.settings.sources)
    if wanted and (wanted in taken or not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", wanted)):
        raise InputError("id", "source_id_taken" if wanted in taken else "source_id_bad", id=wanted)
    made = []
    for each in found.suggestions:
        id_ = _unlike(wanted or _slug(each, _host(found)), taken)
        taken.add(id_)
        made.append((each, id_, _table(house, each, id_)))
    return made


def _picked(pick: int | None, count: int) -> int:
    if pick is None and count > 1:
        raise InputError("pick", "source_pick", count=count)
    if not 1 <= (pick or 1) <= count:
        raise InputError("pick", "source_pick", count=count)
    return (pick or 1) - 1


def _print(house: House, found: Discovery, blocks: list[tuple[Suggestion, str, str]]) -> None:
    if house.as_json:
        for each, id_, text in blocks:
            house.give(
                {"id": id_, "kind": each.kind, "title": each.title, "options": dict(each.options), "toml": text}
                | {"told": found.told}
            )
        return
    for number, (_, _, text) in enumerate(blocks, 1):
        if len(blocks) > 1:
            house.print(f"# {number}")
        house.print(text)


def _table(house: House, each: Suggestion, id_: str) -> str:
    """Return a source as the configuration writes it. Whatever foreign words it holds, it is one table."""
    lines = [f"[source.{id_}]", f"kind = {_value(each.kind)}"]
    if each.title:
        lines.append(f"name = {_value(each.title)}")
    lines += [f"{name} = {_value(value)}" for name, value in each.options.items()]
    if each.keep:
        lines.append(f"keep = {_value(each.keep)}")
    if each.needs_token:
        lines.append(f'token_file = "secrets/{id_}"  # {house.language.t("discover.token")}')
    return "\n".join(lines) + "\n"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(shown(value, one_line=True), ensure_ascii=False)
    return f"[{', '.join(_value(each) for each in value)}]"


def _slug(each: Suggestion, host: str) -> str:
    """Return an id from what a source is called, else from its host."""
    for words in (each.title, host, each.kind):
        found = re.sub(r"[^a-z0-9]+", "-", hashtags.fold(words)).strip("-")[:_LONGEST_ID].strip("-")
        if found:
            return found
    return "source"


def _unlike(wanted: str, taken: Iterable[str]) -> str:
    known, number, made = set(taken), 2, wanted
    while made in known:
        made, number = f"{wanted}-{number}", number + 1
    return made


def _append(house: House, table: str) -> None:
    """Put a table at the end of the configuration: whole or not at all, and only if all of it is valid then.

    What stands there stays letter for letter. Raises ConfigError.
    """
    path = house.config.resolve()
    before = path.read_bytes()
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if before.endswith(newline * 2) else newline if before.endswith(newline) else newline * 2
    after = before + gap + table.encode().replace(b"\n", newline)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".toml")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        made.chmod(path.stat().st_mode & 0o777)
        load(made, house.environ)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
