"""A strategy as its planner writes it in a file, read and checked; no I/O.

Problems are reported together, with the same words (``config.<key>``) as those of ``config.toml``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from campaign.errors import ConfigError, Fact, Problem
from campaign.strategy import Node, NodeKind, Strategy, above, coloured
from campaign.toml_file import TomlPath, Written, nearest
from campaign.toml_file import parse as parse_toml

_STRATEGY_KEYS = ("id", "title", "owner", "period", "summary")
_NODE_KEYS = ("title", "kind", "parent", "text", "colour", "words")
_ID = re.compile(r"[a-z0-9-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_YEARS = re.compile(r"(\d{4})\s*[-–]\s*(\d{4})")


def parse(text: str, file: str) -> Strategy:
    """Read a strategy file's text; ``file`` is its name in messages. Raises ConfigError with every problem."""
    return _Reading(parse_toml(text.removeprefix("\ufeff"), file)).strategy()


class _Reading:
    def __init__(self, written: Written) -> None:
        self.written = written
        self.problems: list[Problem] = []

    def strategy(self) -> Strategy:
        for name, content in self.written.data.items():
            if name not in ("strategy", "node"):
                self._unknown((name,), name, ("strategy", "node"))
            elif not isinstance(content, dict):
                self._report((name,), "strategy_not_table", table=name)
        head = self._head(self._table(("strategy",)))
        nodes = [node for code, raw in self._table(("node",)).items() if (node := self._node(code, raw)) is not None]
        if not self._table(("node",)):
            self._report(("node",), "strategy_no_nodes")
        self._check_codes()
        self._check_parents({node.code: node for node in nodes})
        if self.problems:
            raise ConfigError(sorted(self.problems, key=lambda problem: problem.line))
        return Strategy(**head, nodes=coloured(nodes))

    def _head(self, table: dict[str, Any]) -> dict[str, Any]:
        path = ("strategy",)
        self._unknown_keys(path, table, _STRATEGY_KEYS)
        id_ = self._text(path, table, "id", required=True)
        if id_ and not _ID.fullmatch(id_):
            self._report((*path, "id"), "id", value=_short(id_))
        title, owner = (self._text(path, table, name, required=True) for name in ("title", "owner"))
        first, last = self._period(self._text(path, table, "period", required=True))
        summary = self._text(path, table, "summary")
        return {
            "id": id_,
            "title": title,
            "owner": owner,
            "period_from": first,
            "period_to": last,
            "summary": summary,
        }

    def _period(self, text: str) -> tuple[date, date]:
        """Return the days of "2014-2020" or "2014-07-01/2020-12-31"."""
        if not text:
            return date.min, date.max  # told as missing already
        years = _YEARS.fullmatch(text)
        first, _, last = text.partition("/")
        try:
            if years:
                days = date(int(years[1]), 1, 1), date(int(years[2]), 12, 31)
            else:
                days = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
        except ValueError:
            self._report(("strategy", "period"), "strategy_period", value=_short(text))
            return date.min, date.max
        if days[1] < days[0]:
            self._report(("strategy", "period"), "strategy_period_backwards", value=_short(text))
        return days

    def _node(self, code: str, raw: object) -> Node | None:
        path = ("node", code)
        if not isinstance(raw, dict):
            self._report(path, "strategy_node_not_table", code=_short(code))
            return None
        if not _CODE.fullmatch(code):
            self._report(path, "strategy_code", value=_short(code))
        self._unknown_keys(path, raw, _NODE_KEYS)
        colour = self._text(path, raw, "colour")
        if colour and not _COLOUR.fullmatch(colour):
            self._report((*path, "colour"), "colour", value=_short(colour))
        return Node(
            code=code,
            parent=self._text(path, raw, "parent") or None,
            kind=self._kind(path, raw),
            title=self._text(path, raw, "title", required=True),
            text=self._text(path, raw, "text"),
            colour=colour.lower(),
            words=self._words(path, raw),
        )

    def _kind(self, path: TomlPath, raw: dict[str, Any]) -> NodeKind:
        name = self._text(path, raw, "kind")
        if name and name not in list(NodeKind):
            allowed = ", ".join(f"«{kind}»" for kind in NodeKind)
            self._report((*path, "kind"), "choice", value=_short(name), allowed=allowed)
            return NodeKind.AREA
        return NodeKind(name) if name else NodeKind.AREA

    def _words(self, path: TomlPath, raw: dict[str, Any]) -> tuple[str, ...]:
        words = raw.get("words", [])
        if not isinstance(words, list):
            self._report((*path, "words"), "type_list", value=_short(words))
            return ()
        for number, word in enumerate(words):
            if not isinstance(word, str):
                self._report((*path, "words", number), "type_item", value=_short(word))
            elif not word.strip():
                self._report((*path, "words", number), "empty")
        return tuple(word.strip() for word in words if isinstance(word, str))

    def _check_codes(self) -> None:
        """Codes stand in addresses, where "A1" and "a1" must not be two things."""
        seen: dict[str, str] = {}
        for code in self._table(("node",)):
            other = seen.setdefault(code.casefold(), code)
            if other != code:
                self._report(("node", code), "strategy_duplicate", value=_short(code), other=_short(other))

    def _check_parents(self, nodes: dict[str, Node]) -> None:
        codes = list(self._table(("node",)))
        for node in nodes.values():
            path = ("node", node.code, "parent")
            if node.parent is None:
                continue
            if node.parent not in codes:
                proposal = nearest(node.parent, codes)
                key = "strategy_parent_near" if proposal else "strategy_parent"
                self._report(path, key, value=_short(node.parent), proposal=proposal)
            elif node.code in above(node, nodes):
                self._report(path, "strategy_circle", code=node.code)

    def _table(self, path: TomlPath) -> dict[str, Any]:
        content = self.written.data.get(str(path[0]))
        return content if isinstance(content, dict) else {}

    def _text(self, path: TomlPath, table: dict[str, Any], name: str, *, required: bool = False) -> str:
        raw = table.get(name)
        if raw is None:
            # a misspelled key is told once, as the unknown key that it is
            if required and not any(nearest(key, _known(path)) == name for key in table if key not in _known(path)):
                self._report(path, "missing", name=name, table=_dotted(path))
            return ""
        if not isinstance(raw, str):
            self._report((*path, name), "type_text", value=_short(raw))
            return ""
        if required and not raw.strip():
            self._report((*path, name), "empty")
        return raw.strip()

    def _unknown_keys(self, path: TomlPath, table: dict[str, Any], known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                self._unknown((*path, name), name, known)

    def _unknown(self, path: TomlPath, name: str, known: tuple[str, ...]) -> None:
        proposal = nearest(name, known)
        if proposal:
            self._report(path, "unknown_key_near", proposal=proposal)
        else:
            self._report(path, "unknown_key", known=", ".join(known))

    def _report(self, path: TomlPath, key: str, /, **facts: Fact) -> None:
        place = path[:-1] if isinstance(path[-1], int) else path
        line = self.written.line(*path)
        self.problems.append(Problem(file=self.written.file, line=line, path=_dotted(place), key=key, facts=facts))


def _known(path: TomlPath) -> tuple[str, ...]:
    return _STRATEGY_KEYS if path == ("strategy",) else _NODE_KEYS


def _dotted(path: TomlPath) -> str:
    return ".".join(f'"{part}"' if "." in str(part) else str(part) for part in path)


def _short(raw: object) -> str:
    text = " ".join(str(raw).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
