"""TOML that a person wrote, with the line of every table, key and list item, which tomllib does not tell.

The scanner walks text that tomllib has already accepted, so it only has to know where things end.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from campaign.errors import ConfigError, Fact, Problem

TomlPath = tuple[str | int, ...]

#: Longer words are no slip of the pen, and comparing them takes its time.
_LONGEST_NAME = 300

#: What tomllib would take minutes over, or not come back from: letters in all, and dots in one line.
_MOST_LETTERS, _MOST_DOTS = 1_000_000, 300

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_DECIMAL_COMMA = re.compile(r"""[^"'#]*=\s*[-+]?\d+,\d+\s*(?:#.*)?""")
_FOREIGN_LETTER = re.compile(r"""\s*\[{0,2}[\w.\- \t]*[^\x00-\x7f"'#=]""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file's content and where each thing stands in it."""

    file: str
    data: dict[str, object]
    lines: dict[TomlPath, int]

    def line(self, *path: str | int) -> int:
        """Return the line of a table, key or list item, or of the nearest thing around it; 0 where none stands."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0


def parse(text: str, file: str) -> Written:
    """Read TOML. Raises ConfigError with the one problem that the reader stopped at."""
    text = text.replace("\r\n", "\n")
    try:
        _check_size(text)
        data = tomllib.loads(text)
        scanner = _Scanner(text)
        scanner.document()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(text, file, str(error))]) from error
    except RecursionError as error:
        raise ConfigError([_syntax_problem(text, file, "Nested too deep (at line 1, column 1)")]) from error
    return Written(file=file, data=data, lines=scanner.lines)


def _check_size(text: str) -> None:
    if len(text) > _MOST_LETTERS:
        raise tomllib.TOMLDecodeError("Too long (at line 1, column 1)")
    for at, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > _MOST_DOTS:
            raise tomllib.TOMLDecodeError(f"Too many dots (at line {at}, column 1)")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant; "" where none is close, nor for what is too long for a name."""
    if len(name) > _LONGEST_NAME:
        return ""
    written, names = name.casefold(), list(known)
    swapped = [each for each in names if sorted(each) == sorted(written)]  # "ulr" scores low among short names
    return next(iter(swapped or get_close_matches(written, names, n=1, cutoff=0.7)), "")


def _syntax_problem(text: str, file: str, message: str) -> Problem:
    match = _AT_LINE.search(message)
    rows = text.split("\n")
    line = int(match[1]) if match else max(1, len(rows) - 1)
    reason = message[: match.start()] if match else message
    facts: dict[str, Fact] = {"reason": reason, "column": int(match[2]) if match else 0}
    if reason.startswith(("Cannot declare", "Cannot overwrite", "Duplicate")):
        return Problem(file=file, line=line, path="", key="twice", facts=facts)
    if match and _FOREIGN_LETTER.match(rows[line - 1].lstrip()[:1000]):
        return Problem(file=file, line=line, path="", key="bare_key", facts=facts)
    if match and _DECIMAL_COMMA.fullmatch(rows[line - 1].rstrip()):
        return Problem(file=file, line=line, path="", key="decimal_comma", facts=facts)
    key = "syntax" if match else "syntax_end"
    return Problem(file=file, line=line, path="", key=key, facts=facts)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[TomlPath, int] = {}
        self._ends = [place for place, letter in enumerate(text) if letter == "\n"]
        self._tables_in_list: dict[TomlPath, int] = {}

    def document(self) -> None:
        table: TomlPath = ()
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> TomlPath:
        line = self._line()
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        path: TomlPath = self._key()
        self.at += 2 if double else 1
        self._record(path[:-1], line)
        if double:
            number = self._tables_in_list.get(path, 0)
            self._tables_in_list[path] = number + 1
            self.lines.setdefault(path, line)
            path = (*path, number)
        self.lines[path] = line  # wins over an earlier [path.below], which only implied this table
        return path

    def _pair(self, table: TomlPath) -> None:
        line = self._line()
        path = (*table, *self._key())
        self._record(path, line, above=len(table))
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: TomlPath) -> None:
        self._skip(_BLANK)
        letter = self.text[self.at]
        if letter == "[":
            self._items(path)
        elif letter == "{":
            self._inline_table(path)
        elif not self._skip(_STRING):
            self._skip(_SCALAR)

    def _items(self, path: TomlPath) -> None:
        self.at += 1
        number = 0
        while not self._closed("]"):
            self.lines[(*path, number)] = self._line()
            self._value((*path, number))
            number += 1

    def _inline_table(self, path: TomlPath) -> None:
        self.at += 1
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, bracket: str) -> bool:
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] == bracket:
            self.at += 1
            return True
        return False

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self.at
            if self._skip(_BARE):
                parts.append(self.text[start : self.at])
            else:
                self._skip(_STRING)
                parts.append(tomllib.loads(f"x = {self.text[start : self.at]}")["x"])
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return tuple(parts)
            self.at += 1

    def _record(self, path: TomlPath, line: int, *, above: int = 0) -> None:
        for length in range(above + 1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None or match.end() == self.at:
            return False
        self.at = match.end()
        return True

    def _line(self) -> int:
        return bisect_left(self._ends, self.at) + 1
