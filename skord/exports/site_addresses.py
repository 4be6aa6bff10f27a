"""Which file of a site each address of the archive is, and how a page leads to another without any server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storage.exports import Numbers
from web.rendering import View

#: Names that one of the systems in use takes for something else than a file.
_TAKEN = frozenset(("con", "prn", "aux", "nul", *(f"{each}{n}" for each in ("com", "lpt") for n in range(10))))

_LONGEST = 60

#: Pages that lie at the top of the folder, by their address.
_TOP = {
    "/": "index.html",
    "/archive": "search.html",
    "/years": "years.html",
    "/strategy": "strategy.html",
    "/places": "places.html",
    "/networks": "networks.html",
    "/issues": "issues.html",
    "/about": "about.html",
}


class Names:
    """Names of files for values of any letters: short, safe in every system, no two alike."""

    def __init__(self, values: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        used: set[str] = set()
        for value in dict.fromkeys(values):
            name = own = safe(value)
            number = 1
            while name in used:
                number += 1
                name = f"{own}-{number}"
            used.add(name)
            self._names[value] = name

    def find(self, value: str) -> str | None:
        """Return the name of a value, None for one that has no file."""
        return self._names.get(value)

    def __getitem__(self, value: str) -> str:
        return self._names[value]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)


def safe(value: str) -> str:
    """Return a value as a name that every system takes: a few plain small letters, digits and hyphens."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in value.lower())
    kept = kept[:_LONGEST].strip("-") or "x"
    return f"{kept}-" if kept in _TAKEN else kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What the folder holds. Everything but the pages at the top lies one folder down."""

    stories: Numbers
    months: frozenset[str]
    weeks: frozenset[str]
    years: frozenset[int]
    places: Names
    networks: Names
    nodes: Names
    issues: Names
    tops: frozenset[str] = field(default_factory=lambda: frozenset(_TOP))

    def find(self, path: str) -> str | None:
        """Return the file of an address below language and campaign, None where the folder has none."""
        if path in self.tops:
            return _TOP[path]
        kind, _, rest = path.removeprefix("/").partition("/")
        if kind == "stories":
            return f"stories/{rest}.html" if rest.isdigit() and int(rest) in self.stories else None
        if kind in ("years", "months", "weeks"):
            known = rest.isdigit() and int(rest) in self.years if kind == "years" else rest in getattr(self, kind)
            return f"{kind}/{rest}.html" if known else None
        named = {"places": self.places, "networks": self.networks, "strategy": self.nodes, "issues": self.issues}
        name = named[kind].find(rest) if kind in named else None
        return f"{kind}/{name}.html" if name else None

    def file(self, path: str) -> str:
        """Return the file of an address, or the nearest page above it."""
        above = "/" + path.split("/")[1]
        return self.find(path) or (_TOP[above] if above in self.tops else _TOP["/"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderView(View):
    """The view of a page in a folder: ``up`` leads from it to the top."""

    addresses: Addresses
    up: str = ""

    def url(self, path: str, /, **query: str | int | None) -> str:  # noqa: ARG002 - a file is asked nothing
        """Return the address of a page of ours, relative to this one."""
        return self.up + self.addresses.file(path)

    def has(self, path: str) -> bool:
        """Return whether the folder has this very page."""
        return self.addresses.find(path) is not None
