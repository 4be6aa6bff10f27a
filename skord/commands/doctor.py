"""``skord doctor``: looks at everything and says what is not well, and what to do."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from campaign.errors import SkordError
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.settings import NewsletterSettings
    from digest.mail_check import Finding

_LEAST_FREE = 500_000_000


def doctor(house: House, args: Namespace) -> int:
    """Print one line a finding; 0 where all is well, 1 where something is not."""
    if args.what == "mail":
        return mail(house, args)
    findings = list(_findings(house))
    ill = [finding for finding in findings if not finding[0]]
    for well, name, words in findings:
        if house.as_json:
            house.give({"well": well, "what": name, "words": words})
        else:
            house.print(f"{'✓' if well else '✗'} {words}")
    return 1 if ill else 0


def _findings(house: House) -> Iterator[tuple[bool, str, str]]:
    say = house.language
    settings = house.settings
    yield True, "config", say.t("cli.doctor.config", file=str(settings.file))
    store = house.store
    yield True, "database", say.t("cli.doctor.database")
    free = shutil.disk_usage(settings.storage.media.parent if settings.storage.media.parent.exists() else ".").free
    yield free > _LEAST_FREE, "disk", say.t("cli.doctor.disk", gigabytes=say.number(round(free / 1e9, 1)))
    missing = settings.privacy.missing
    key = "cli.doctor.privacy_missing" if missing else "cli.doctor.privacy"
    yield not missing, "privacy", say.t(key, fields=", ".join(missing)) if missing else say.t(key)
    yield from _schedule(house)
    yield from _sources(house)
    yield from _indicators(house)
    yield _mail(house)
    yield from _bounces(house)
    yield from _hooks(house)
    yield _sender(house)
    del store


def _schedule(house: House) -> Iterator[tuple[bool, str, str]]:
    from storage.leases import holder_of

    holder = holder_of(house.store, "scheduler", house.clock())
    key = "cli.doctor.schedule" if holder else "cli.doctor.schedule_off"
    yield holder is not None, "schedule", house.language.t(key)


def _sources(house: House) -> Iterator[tuple[bool, str, str]]:
    from storage.sources import list_health

    for source in list_health(house.store, now=house.clock()):
        words = house.language.explain(source.error) if source.error else ""
        late = house.clock() - max(timedelta(days=1), 2 * (source.interval or timedelta(0)))
        well = source.error is None and (source.last_ok_at is None or source.last_ok_at > late)
        told = house.language.t("cli.doctor.source", source=source.id) if well else f"{source.id}: {words}"
        yield well, f"source {source.id}", told


def _indicators(house: House) -> Iterator[tuple[bool, str, str]]:
    """Tell each indicator whose source fails, or that all is well where any is asked for."""
    from storage.indicators import asked_indicators, failing_indicators

    failing = failing_indicators(house.store)
    for each in failing:
        if each.error is not None:
            words = house.language.explain(SkordError(each.error["key"], **each.error["facts"]))
            yield False, f"indicator {each.code}", f"{each.code}: {words}"
    if not failing and asked_indicators(house.store):
        yield True, "indicators", house.language.t("official.doctor")


def _bounces(house: House) -> Iterator[tuple[bool, str, str]]:
    """Tell whether the mailbox of bounces can be opened now; nothing where none is read."""
    from digest.returning import login
    from net import imap
    from net.guard import Guard

    settings, say = house.settings.mail.bounces, house.language
    if not settings.host:
        return
    try:
        guard = Guard(house.settings.fetch.allow)
        with imap.open(login(settings), settings.folder, guard=guard, total_seconds=15, step_seconds=5):
            yield True, "bounces", say.t("returns.doctor", address=settings.address, host=settings.host)
    except SkordError as error:
        yield False, "bounces", say.t("returns.doctor_failed", why=str(say.explain(error)))


def _hooks(house: House) -> Iterator[tuple[bool, str, str]]:
    """Tell each receiver of changes that fails, or that has stopped; nothing where there is none."""
    from urllib.parse import urlsplit

    from storage.hooks import hook_state

    say = house.language
    for campaign, hook in house.settings.hooks.items():
        state, host = hook_state(house.store, campaign), urlsplit(hook.url).hostname or ""
        if state is None or (state.told_at is None and state.error is None):
            words = say.t("api.hook.waiting", host=host)
        elif state.error is None:
            words = say.t("api.hook.well", host=host, when=say.moment(state.told_at or house.clock()))
        elif state.retry_at is not None:
            words = say.t("api.hook.failing", host=host, when=say.moment(state.retry_at))
        else:
            words = say.t("api.hook.stopped", host=host, campaign=campaign)
        yield state is None or state.error is None, f"hook {campaign}", words


def _sender(house: House) -> tuple[bool, str, str]:
    from storage.senders import is_copy

    copy = is_copy(house.store)
    return not copy, "sender", house.language.t("sending.copy.cli" if copy else "cli.doctor.sender")


def _mail(house: House) -> tuple[bool, str, str]:
    from net.smtp import open as connect

    mail = house.settings.mail
    try:
        with connect(mail, timeout_seconds=5):
            return True, "mail", house.language.t("cli.doctor.mail", host=mail.host, port=mail.port)
    except SkordError as error:
        return False, "mail", str(house.language.explain(error))


def mail(house: House, args: Namespace) -> int:
    """Print what the world sees of the domain that letters come from, and what to do; 1 where something is red."""
    from digest.mail_check import as_json, look
    from digest.message import sender
    from net.dns import Lookup
    from skord.commands.issue import newsletter
    from storage import mail_checks

    chosen = house.settings.newsletters[newsletter(house, args.newsletter)]
    domain, say = sender(chosen).domain.lower(), house.language
    found = look(house.settings, chosen, Lookup())
    mail_checks.put_check(house.store, domain, as_json(found), now=house.clock())
    if house.as_json:
        for kept in as_json(found):
            house.give(kept)
    else:
        house.print(say.t("mailcheck.title", domain=domain))
        for each in found:
            _print_finding(house, each)
    red = sum(each.red for each in found)
    if args.accept:
        _accept(house, chosen, domain, args.accept)
    if not house.settings.mail.check:
        house.tell("mailcheck.off")
    house.tell("mailcheck.red" if red else "mailcheck.well", count=red, domain=domain)
    return 1 if red else 0


def _print_finding(house: House, each: Finding) -> None:
    say = house.language
    mark = {"green": "✓", "yellow": "!", "red": "✗"}[each.standing]
    house.print(f"\n{mark} {say.t(f'mailcheck.name.{each.what}')}: {say.t(f'mailcheck.standing.{each.standing}')}")
    house.print(f"  {say.t(f'mailcheck.told.{each.key}', **each.facts)}")
    if say.has(f"mailcheck.todo.{each.key}"):
        house.print(f"  → {say.t(f'mailcheck.todo.{each.key}', **each.facts)}")


def _accept(house: House, chosen: NewsletterSettings, domain: str, name: str) -> None:
    """Record an administrator's word to send although something is red."""
    from skord.commands.account import administrator
    from storage import mail_checks
    from storage.store import Actor

    by = Actor(kind="person", account_id=administrator(house, name).id)
    mail_checks.accept(house.store, chosen.campaign, domain, by=by, now=house.clock())
    house.tell("mailcheck.accepted")
