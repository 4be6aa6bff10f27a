"""Puts drawn letters before the judges from outside: html-validate, caniemail and SpamAssassin.

``make letter-standards`` installs them where their registries can be had, and runs this. Without a folder it draws the
tests' own letters; with one it takes every letter in it (``*.eml``, as ``skord demo`` keeps them).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

TOOLS = HERE.parent / ".build" / "letter-standards"
ALLOWED = HERE / "data" / "caniemail.toml"
MOST_SPAM = 2.0
#: What mail needs and pages do not: inline styles, conditional comments, attributes that only Outlook reads.
_RULES = dict.fromkeys(
    ("no-inline-style", "no-conditional-comment", "no-deprecated-attr", "doctype-style", "void-style",
     "prefer-native-element"),
    "off",
)  # fmt: skip
_CANIEMAIL = """
import { caniemail } from 'caniemail'; import fs from 'node:fs';
const titles = new Set();
for (const file of process.argv.slice(2)) {
  const { issues } = caniemail({ clients: ['*'], html: fs.readFileSync(file, 'utf8') });
  for (const found of [issues.errors, issues.warnings])
    for (const list of found.values()) for (const each of list) titles.add(each.title);
}
console.log(JSON.stringify([...titles].sort()));
"""


def have_node() -> bool:
    """Whether html-validate and caniemail are installed."""
    return all((TOOLS / "node_modules" / name).is_dir() for name in ("html-validate", "caniemail"))


def have_spamassassin() -> bool:
    """Whether SpamAssassin is installed."""
    return shutil.which("spamassassin") is not None


def html_validate(pages: Iterable[Path]) -> list[str]:
    """Return what html-validate finds in pages."""
    rules = TOOLS / "rules.json"
    rules.write_text(json.dumps({"root": True, "extends": ["html-validate:recommended"], "rules": _RULES}))
    command = [TOOLS / "node_modules/.bin/html-validate", "-c", rules, "-f", "json", *pages]
    answer = json.loads(subprocess.run(command, capture_output=True, check=False).stdout or "[]")
    return [f"{each['ruleId']}: {each['message']}" for page in answer for each in page["messages"]]


def caniemail(pages: Iterable[Path]) -> set[str]:
    """Return the titles of what some mail program does not understand in pages."""
    script = TOOLS / "caniemail.mjs"
    script.write_text(_CANIEMAIL)
    done = subprocess.run(["node", script, *pages], capture_output=True, check=True)
    return set(json.loads(done.stdout))


def allowed() -> dict[str, str]:
    """Return the titles that a letter may have, each with its reason."""
    kept: dict[str, str] = tomllib.loads(ALLOWED.read_text(encoding="utf-8"))
    return kept


def spam(message: bytes) -> tuple[float, list[str]]:
    """Return SpamAssassin's score of a message, without asking anything outside, and the rules that it hit."""
    done = subprocess.run(["spamassassin", "-L", "-t"], input=message, capture_output=True, check=True)
    told = done.stdout.decode("utf-8", "replace").rpartition("Content analysis details:")[2]
    score = re.search(r"\((-?[\d.]+) points", told)
    if score is None:
        raise RuntimeError("SpamAssassin gave no score")
    return float(score[1]), re.findall(r"^\s*(-?\d[\d.]* [A-Z0-9_]+)", told, re.MULTILINE)


def own_letters(folder: Path) -> tuple[list[Path], list[Path]]:
    """Draw the tests' letters into a folder: their pages and their messages."""
    from digest.message import build_master
    from digest.pictures import rings
    from digest_samples import newsletter
    from letter_samples import drawn, full
    from test_digest_headers import ANNA

    pages, messages = [], []
    told = full(20)
    for name, letter in {"letter": told, "yearbook": replace(told, kind="yearbook")}.items():
        made = drawn(letter)
        pictures = {"rings@skord": rings(letter.accent, letter.sent_on)}
        pages.append(folder / f"{name}.html")
        pages[-1].write_text(made.html, encoding="utf-8")
        messages.append(folder / f"{name}.eml")
        messages[-1].write_bytes(build_master(letter, made, newsletter(), pictures=pictures, issue_id=42).join(ANNA))
    return pages, messages


def kept_letters(kept: Path, folder: Path) -> tuple[list[Path], list[Path]]:
    """Take the letters out of a folder of messages, one of each subject."""
    pages, messages, seen = [], [], set()
    for path in sorted(kept.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("html",))
        if message["List-Id"] is None or body is None or message["Subject"] in seen:
            continue
        seen.add(message["Subject"])
        messages.append(path)
        pages.append(folder / f"{path.stem}.html")
        pages[-1].write_text(body.get_content(), encoding="utf-8")
    return pages, messages


def judge(pages: list[Path], messages: list[Path]) -> list[str]:
    """Say what each judge found, and return what must be mended."""
    wrong: list[str] = []
    if have_node():
        wrong += html_validate(pages)
        found = caniemail(pages)
        wrong += [f"caniemail: {title} has no reason in {ALLOWED.name}" for title in sorted(found - set(allowed()))]
        print(f"html-validate and caniemail: {len(pages)} letters, {len(found)} titles with a reason each")
    else:
        print("html-validate and caniemail are not installed: make letter-standards")
    if have_spamassassin():
        scores = {path: spam(path.read_bytes()) for path in messages}
        wrong += [f"SpamAssassin: {path.name} {score}" for path, (score, _) in scores.items() if score >= MOST_SPAM]
        worst, hit = max(scores.values())
        print(f"SpamAssassin: {len(scores)} letters, at most {worst} points: {', '.join(hit)}")
    else:
        print("SpamAssassin is not installed: apt install spamassassin")
    return wrong


def main() -> int:
    """Judge the letters of a folder, or our own; 1 where something must be mended."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = kept_letters(Path(sys.argv[1]), folder) if len(sys.argv) > 1 else own_letters(folder)
        wrong = judge(*found)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
