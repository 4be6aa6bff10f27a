"""What Meta's numbered refusals mean, each as an error of ours with its own sentence.

Meta's own words are never passed on: they may repeat the token. They are only searched for the names of rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaign.errors import CollectError
from collector import tidy

PAGE_ACCESS = "Page Public Content Access"
TAG_ACCESS = "Instagram Public Content Access"

_TOKENS = {
    459: "graph_token_locked",
    460: "graph_token_password",
    463: "graph_token_expired",
    464: "graph_token_locked",
}
_TOO_MANY = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
_LATER = frozenset({-1, 1, 2})
_FEATURE = re.compile(r"\b(Pages?|Instagram) Public (?:Content|Metadata) Access\b", re.IGNORECASE)
_PERMISSION = re.compile(r"\b((?:pages|instagram|business|ads|catalog)_[a-z_]{3,40})\b")

#: What concerns one list only: the others of the source are asked all the same.
OF_ONE = frozenset(
    {
        "facebook_no_page",
        "graph_bad_question",
        "graph_no_page_access",
        "graph_no_permission",
        "graph_not_there",
        "graph_refused",
        "graph_repeats",
        "graph_too_much",
        "instagram_no_partner",
        "instagram_no_search",
        "instagram_tags_spent",
    }
)


def problem(answer: object) -> Mapping[str, Any] | None:
    """Return the error that an answer holds, whatever its status; None where it holds none."""
    found = tidy.mapping(answer).get("error")
    return found if isinstance(found, dict) else None


def told(error: Mapping[str, Any], *, host: str, needs: str, what: str, retry_at: datetime | None) -> CollectError:
    """Return what one of Meta's errors means.

    ``needs`` is the right that the question takes where the answer names none; ``what`` was asked for;
    ``retry_at`` is Meta's word on when a used-up allowance is back.
    """
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    words = tidy.line(error.get("message"), 2000)
    if code in (102, 190):
        return CollectError(_TOKENS.get(subcode, "graph_token_invalid"), permanent=True, host=host)
    if code in _TOO_MANY:
        return CollectError("graph_too_many", retry_at=retry_at, host=host)
    if code in (3, 10) or 200 <= code <= 299 or (code == 100 and _FEATURE.search(words)):
        return _refused(words, host=host, needs=needs)
    if code in (21, 803) or (code == 100 and subcode == 33):
        return CollectError("graph_not_there", permanent=True, host=host, what=what)
    if code == 100:
        key = "graph_needs_proof" if "appsecret_proof" in words else "graph_bad_question"
        return CollectError(key, permanent=True, host=host, what=what)
    if code in _LATER or error.get("is_transient") is True:
        return CollectError("graph_too_much" if "reduce the amount" in words else "graph_later", host=host, what=what)
    return _special(code, host=host, what=what)


def _special(code: int, *, host: str, what: str) -> CollectError:
    """Return the error of a code that one kind of question alone can meet."""
    if code == 18:
        return CollectError("instagram_tags_spent", tag=what)
    if code == 24:
        return CollectError("instagram_no_tag", tag=what)
    if code == 110:
        return CollectError("instagram_no_partner", permanent=True, partner=what)
    if code == 368:
        return CollectError("graph_blocked", host=host)
    return CollectError("graph_refused", host=host, code=code)


def _refused(words: str, *, host: str, needs: str) -> CollectError:
    """Return which right is missing: the one that the answer names, else the one that the question is known to take."""
    feature = _FEATURE.search(words)
    permissions = ", ".join(dict.fromkeys(_PERMISSION.findall(words)))
    wanted = feature.group().lower() if feature else permissions or needs.lower()
    if wanted.startswith("instagram public"):
        return CollectError("instagram_no_search", permanent=True, host=host)
    if wanted.startswith(("page public", "pages public")):
        return CollectError("graph_no_page_access", permanent=True, host=host)
    return CollectError("graph_no_permission", permanent=True, host=host, permission=permissions or needs)


def _number(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
