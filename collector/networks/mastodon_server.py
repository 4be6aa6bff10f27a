"""One server that speaks Mastodon's interface: how it is asked, and what its refusals mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from campaign.errors import CollectError
from collector.networks import mastodon_facts, statuses
from collector.networks.mastodon_facts import Facts
from collector.networks.page import Ask, as_json
from net.answers import StatusError

LIMIT = 40
_CLOSED = frozenset({401, 403, 422})
_NOTICES = {
    ("local", "authenticated"): "mastodon_only_local",
    ("local", "disabled"): "mastodon_remote_off",
    ("remote", "authenticated"): "mastodon_only_remote",
    ("remote", "disabled"): "mastodon_local_off",
}
_INSTANCE = ("/api/v2/instance", "/api/v1/instance")


@dataclass(slots=True, kw_only=True)
class Server:
    """One server and how it is asked. ``spent`` says that it allows no more questions for now."""

    ask: Ask
    url: str
    token: str = field(repr=False)
    facts: Facts = field(default_factory=Facts)
    spent: bool = False

    @property
    def host(self) -> str:
        """The server's name, as errors tell it."""
        return urlsplit(self.url).netloc

    @property
    def backwards(self) -> bool:
        """Whether it cannot be read forward: Pixelfed gives the newest after an id, and nothing after an old one."""
        return self.facts.software == "pixelfed"

    @property
    def feed(self) -> str:
        """Which hashtags we may read: "tag" all, "local" only its own users', "remote" only others', "" none."""
        local, remote = self._may(self.facts.local), self._may(self.facts.remote)
        if local and remote:
            return "tag"
        return "local" if local else "remote" if remote else ""

    def _may(self, access: str) -> bool:
        return access in ("", "public") or (access == "authenticated" and bool(self.token))

    @property
    def notice(self) -> CollectError | None:
        """What is missing though the server answers: the posts of one side that it shows nobody, or no stranger."""
        if self.feed not in ("local", "remote"):
            return None
        shut = self.facts.remote if self.feed == "local" else self.facts.local
        return CollectError(_NOTICES[self.feed, shut], permanent=True, host=self.host)

    def look(self, now: datetime) -> None:
        """Ask the server about itself, unless that was done within a day. Raises CollectError where it is not there.

        An answer that says nothing leaves what was known: this question must never stop the real one.
        """
        if self.facts.are_fresh(now):
            return
        missing = 0
        for path in _INSTANCE:
            try:
                told = self.fetch(path)
            except StatusError as error:
                if error.status == 429:
                    raise
                missing += error.status in (404, 410)
                continue
            except CollectError as error:
                if error.key != "not_json":
                    raise
                continue
            if found := mastodon_facts.parse_instance(told):
                self.facts = replace(found, asked_at=now.isoformat())
                return
        absent = missing == len(_INSTANCE)
        self.facts = Facts(absent=True) if absent else self.facts
        self.facts = replace(self.facts, asked_at=now.isoformat())

    def path(self, name: str, state: dict[str, Any]) -> str:
        """Return where a stream is read; an account's number on this server is looked up once."""
        kind, _, what = name.partition(":")
        # Pixelfed leaves out posts without pictures unless told otherwise; "false" it takes for true.
        media = "only_media=0&" if self.backwards else ""
        if kind != "account":
            side = "" if kind == "tag" else f"{kind}=true&"
            return f"/api/v1/timelines/tag/{quote(what, safe='')}?{side}{media}"
        if not state.get("id"):
            found = self._get(f"/api/v1/accounts/lookup?{urlencode({'acct': what})}")
            if not isinstance(found, dict) or not isinstance(found.get("id"), str | int):
                raise CollectError("mastodon_no_account", permanent=True, host=self.host, account=what)
            state["id"] = str(found["id"])
        return f"/api/v1/accounts/{quote(state['id'], safe='')}/statuses?exclude_reblogs=true&{media}"

    def page(self, path: str, **where: str) -> list[Any]:
        """Return up to 40 statuses, newest first; a tag that nobody used yet has none."""
        found = self._get(path + urlencode({"limit": LIMIT, **where}))
        if found is None:
            return []
        if not isinstance(found, list) or (found and not statuses.newest(found)):
            raise CollectError("answer_odd", host=self.host)
        if not self.feed and path.startswith("/api/v1/timelines/"):
            if not found:
                raise self._shut()
            # What comes counts for more than what was said about it up to a day ago.
            self.facts = replace(self.facts, local="", remote="")
        return found

    def status(self, name: str) -> Any:
        """Return one status. Raises StatusError as it comes, other CollectErrors too."""
        return self.fetch(f"/api/v1/statuses/{quote(name, safe='')}")

    def statuses(self, names: list[str]) -> Any:
        """Return the statuses of these names that stand, from version 4.3 on. Raises as ``status``."""
        return self.fetch("/api/v1/statuses?" + urlencode([("id[]", name) for name in names]))

    def told(self, error: StatusError) -> CollectError:
        """Return what a refusal means here. A web page in place of JSON is somebody else's refusal."""
        body = error.body.lower()
        if body.lstrip().startswith(b"<"):
            return error
        if (error.status == 401 and self.token) or (error.status == 400 and b"token" in body):
            return CollectError("mastodon_bad_token", permanent=True, host=self.host)
        if error.status not in _CLOSED:
            return error
        if not self.token:
            return self._shut()
        key = "mastodon_no_scope" if b"scope" in body else "mastodon_refused"
        return CollectError(key, permanent=True, host=self.host)

    def _shut(self) -> CollectError:
        off = {self.facts.local, self.facts.remote} == {"disabled"}
        return CollectError("mastodon_off" if off else "mastodon_closed", permanent=True, host=self.host)

    def fetch(self, path: str) -> Any:
        """Return an answer's JSON. Raises CollectError, StatusError as it comes."""
        answer = self.ask.fetch(self.url + path, token=self.token, accept="application/json")
        self.spent = answer.headers.get("x-ratelimit-remaining") == "0"
        return as_json(answer, host=self.host)

    def _get(self, path: str) -> Any:
        """Return an answer's JSON, None for what is not there. Raises CollectError."""
        try:
            return self.fetch(path)
        except StatusError as error:
            if error.status != 404:
                raise self.told(error) from error
            if self.facts.absent and (stranger := self._stranger()):
                raise stranger from error
            if error.body.lstrip().startswith(b"<"):
                raise
            return None
        except CollectError as error:
            if error.key == "not_json" and not self.facts.version:
                # Some software shows a web page at every address; what it is it tells elsewhere.
                stranger = self._stranger()
                if stranger is not None and stranger.key == "mastodon_other_software":
                    raise stranger from error
            raise

    def _stranger(self) -> CollectError | None:
        """Return the error of a server that does not speak this interface; None where its software does."""
        software = ""
        try:
            index = as_json(self.ask.fetch(self.url + "/.well-known/nodeinfo", accept="application/json"), host="")
            if address := mastodon_facts.nodeinfo_address(index):
                told = as_json(self.ask.fetch(address, accept="application/json"), host="")
                software = mastodon_facts.nodeinfo_software(told)
        except CollectError:
            software = ""  # a server without nodeinfo has no name, and its own sentence
        if software in mastodon_facts.SPEAKERS:
            return None
        if software:
            return CollectError("mastodon_other_software", permanent=True, host=self.host, software=software)
        return CollectError("mastodon_unknown_server", permanent=True, host=self.host)
