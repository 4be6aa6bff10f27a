"""One configuration while it is read: file and environment laid together, every problem noted with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign.errors import Fact, Problem
from campaign.kinds import KINDS
from campaign.settings import Told
from campaign.toml_file import Written, nearest
from skord import config_values as v
from skord.config_schema import KEYED, PLAIN, TABLES, Key, names, source_keys

MASK = "********"
# what may be secret inside an address: a password before the host, a value named as one after the question mark
_SECRET_IN_URL = re.compile(
    r"(://[^\s:/@\"]*:)[^\s/\"]+(@)|([?&][\w-]*(?:password|token|key|secret)=)[^&\s\"]+()", re.IGNORECASE
)
Values = dict[str, Any]
Path_ = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable that sets one key."""

    name: str
    text: str


class Reading:
    """Reads tables into values, keyed as in the file. A key that is wrong or left out without default is absent."""

    def __init__(self, written: Written, folder: Path, environ: Mapping[str, str]) -> None:
        self.written = written
        self.folder = folder
        self.problems: list[Problem] = []
        self.told: list[Told] = []
        self.variables: dict[Path_, Variable] = {}
        self._take_environment(environ)

    def report(self, path: Path_, key: str, /, *, item: int | None = None, **facts: Fact) -> None:
        """Note a problem at the place where the path was set."""
        variable = self.variables.get(path)
        if variable is None:
            file, line = self.written.file, self.written.line(*path, *(() if item is None else (item,)))
        else:
            file, line = variable.name, 0
        self.problems.append(Problem(file=file, line=line, path=".".join(path), key=key, facts=facts))

    def root(self) -> None:
        """Note every unknown table, and everything that should be a table and is not."""
        for name, content in self.written.data.items():
            if name not in TABLES:
                self._unknown((name,), name, TABLES, what="table" if isinstance(content, dict | list) else "key")
            elif not isinstance(content, dict):
                self.report((name,), "not_keyed" if name in KEYED else "not_table", table=name)

    def plain(self, table: str, *, inner: tuple[str, ...] = ()) -> Values:
        """Read a table that stands once, "mail" or "mail.bounces"; ``inner`` are tables inside it, read elsewhere."""
        path = tuple(table.split("."))
        content: object = self.written.data
        for name in path:
            content = content.get(name, {}) if isinstance(content, dict) else {}
        if not isinstance(content, dict):
            if len(path) > 1:  # of outer tables ``root`` tells it
                self.report(path, "not_table", table=table)
            content = {}
        return self._table(path, {name: raw for name, raw in content.items() if name not in inner}, PLAIN[table])

    def keyed(self, table: str) -> dict[str, Values]:
        """Read every table below one that is keyed by id."""
        found: dict[str, Values] = {}
        for id_, content in self._content((table,)).items():
            if not isinstance(content, dict):
                self.report((table, id_), "not_keyed", table=table)
                continue
            if not _is_id(id_):
                self.report((table, id_), "id", value=v.shown(id_))
            keys = self._source_keys(id_, content) if table == "source" else KEYED[table]
            found[id_] = self._table((table, id_), content, keys)
        return found

    def hosts(self) -> Values:
        """Read [fetch.hosts]: host name = pace."""
        hosts = self._content(("fetch",)).get("hosts", {})
        if not isinstance(hosts, dict):
            self.report(("fetch", "hosts"), "not_table", table="fetch.hosts")
            return {}
        found: Values = {}
        for host, raw in hosts.items():
            path = ("fetch", "hosts", host)
            if not v.is_host(host):
                self.report(path, "host", value=v.shown(host))
            value, wrongs = v.PACE.read(raw)
            self._note(path, wrongs)
            if not wrongs:
                found[host.lower()] = value
                self._tell(("fetch", "hosts"), v.to_toml(host), v.to_toml(raw), "file")
        return found

    def domains(self) -> dict[str, int]:
        """Read [mail.domains]: receiving domain = the most letters a minute."""
        domains = self._content(("mail",)).get("domains", {})
        if not isinstance(domains, dict):
            self.report(("mail", "domains"), "not_table", table="mail.domains")
            return {}
        found: dict[str, int] = {}
        for domain, raw in domains.items():
            path = ("mail", "domains", domain)
            if not v.is_host(domain):
                self.report(path, "host", value=v.shown(domain))
            value, wrongs = v.number(0, 1_000_000).read(raw)
            self._note(path, wrongs)
            if not wrongs:
                found[domain.lower()] = value
                self._tell(("mail", "domains"), v.to_toml(domain), v.to_toml(raw), "file")
        return found

    def _content(self, path: Path_) -> dict[str, Any]:
        content: object = self.written.data
        for name in path:
            content = content.get(name) if isinstance(content, dict) else None
        return content if isinstance(content, dict) else {}

    def _source_keys(self, id_: str, content: dict[str, Any]) -> tuple[Key, ...]:
        variable = self.variables.get(("source", id_, "kind"))
        name = variable.text if variable else content.get("kind")
        return source_keys(KINDS.get(name) if isinstance(name, str) else None)

    def _table(self, path: Path_, content: dict[str, Any], keys: tuple[Key, ...]) -> Values:
        proposed = self._unknown_keys(path, content, keys)
        values: Values = {}
        for key in keys:
            if key.secret:
                value = self._secret(path, key, content)
            elif key.required and key.name not in content and (*path, key.name) not in self.variables:
                if key.name not in proposed:  # a misspelled key is told once
                    self.report(path, "missing", name=key.name, table=".".join(path))
                continue
            else:
                value = self._value(path, key, content)
            if value is not None:
                values[key.name] = value
        return values

    def _unknown_keys(self, path: Path_, content: dict[str, Any], keys: tuple[Key, ...]) -> set[str]:
        known = names(keys)
        set_by_environment = [place[-1] for place in self.variables if place[:-1] == path]
        proposed: set[str] = set()
        for name in [*content, *(name for name in set_by_environment if name not in content)]:
            if name not in known:
                proposed.add(self._unknown((*path, name), name, known, what="key"))
        return proposed

    def _unknown(self, path: Path_, name: str, known: Iterable[str], *, what: str) -> str:
        proposal = nearest(name, known)
        if proposal:
            self.report(path, f"unknown_{what}_near", proposal=proposal)
        else:
            self.report(path, f"unknown_{what}", known=", ".join(known))
        return proposal

    def _value(self, path: Path_, key: Key, content: dict[str, Any]) -> Any:
        place = (*path, key.name)
        variable = self.variables.get(place)
        if variable is not None:
            raw: object = v.from_environment(variable.text, key.reader.shape)
            origin = variable.name
        elif key.name in content:
            raw, origin = content[key.name], "file"
        elif key.default is not None:
            raw, origin = key.default, "default"
        else:
            return None
        value, wrongs = key.reader.read(raw)
        if key.filled and value == () and not wrongs:
            wrongs = [v.Wrong("empty_list")]
        self._note(place, wrongs)
        if wrongs:
            return None
        self._tell(path, key.name, v.to_toml(raw), origin)
        return value

    def _secret(self, path: Path_, key: Key, content: dict[str, Any]) -> str | None:
        """Return a secret from the environment or its file. No message ever quotes it."""
        place = (*path, key.name)
        variable = self.variables.get(place)
        if key.name in content:
            self.report(place, "secret_written", file_key=f"{key.name}_file", variable=variable_name(place))
        if variable is not None:
            self._tell(path, key.name, v.to_toml(MASK), variable.name)
            return variable.text.strip()
        file_key = Key(name=f"{key.name}_file", reader=v.LINE)
        name = self._value(path, file_key, content)
        return None if name is None else self._secret_file((*path, file_key.name), name)

    def _secret_file(self, place: Path_, name: str) -> str | None:
        file = self.folder / name
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            self.report(place, "secret_missing", file=str(file))
            return None
        except (OSError, UnicodeDecodeError) as error:
            self.report(place, "secret_unreadable", file=str(file), reason=type(error).__name__)
            return None
        if not secret:
            self.report(place, "secret_empty", file=str(file))
            return None
        return secret

    def _note(self, path: Path_, wrongs: Iterable[v.Wrong]) -> None:
        for wrong in wrongs:
            self.report(path, wrong.key, item=wrong.item, **wrong.facts)

    def _tell(self, path: Path_, key: str, text: str, origin: str) -> None:
        masked = _SECRET_IN_URL.sub(lambda found: f"{found[1] or found[3]}{MASK}{found[2] or ''}", text)
        self.told.append(Told(table=".".join(path), key=key, text=masked, origin=origin))

    def _take_environment(self, environ: Mapping[str, str]) -> None:
        """Place every SKORD_TABLE__KEY and SKORD_TABLE__ID__KEY; an empty one counts as not set."""
        ids = {
            (table, _in_environment(id_)): id_
            for table in KEYED
            for id_ in self._content((table,))
            if isinstance(id_, str)
        }
        for name in sorted(environ):
            if not name.startswith("SKORD_") or "__" not in name or not environ[name]:
                continue
            place = _place(name, ids)
            if place is None:
                self.problems.append(Problem(file=name, line=0, path="", key="variable", facts={"name": name}))
            else:
                self.variables[place] = Variable(name=name, text=environ[name])


def variable_name(path: Path_) -> str:
    """Return the environment variable that sets this path: ("mail", "password") is SKORD_MAIL__PASSWORD."""
    return "SKORD_" + "__".join(_in_environment(part) for part in path)


def _in_environment(part: str) -> str:
    return part.upper().replace("-", "_")


def _place(name: str, ids: Mapping[tuple[str, str], str]) -> Path_ | None:
    table, *rest = name.removeprefix("SKORD_").split("__")
    table = table.lower()
    if table in PLAIN and len(rest) == 1 and rest[0]:
        return (table, rest[0].lower())
    if len(rest) == 2 and f"{table}.{rest[0].lower()}" in PLAIN and rest[1]:
        return (table, rest[0].lower(), rest[1].lower())
    if len(rest) == 2 and rest[1] and (table, rest[0]) in ids:
        return (table, ids[table, rest[0]], rest[1].lower())
    return None


def _is_id(text: str) -> bool:
    return bool(text) and len(text) <= 64 and all(letter in "abcdefghijklmnopqrstuvwxyz0123456789-" for letter in text)
