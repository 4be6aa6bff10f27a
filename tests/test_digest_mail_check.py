"""What the world finds of a domain that sends letters, asked of a real name server; and what is done about it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from builders import account, approved
from campaign.newsletter import IssueState
from campaign.settings import BounceSettings, MailSettings, Settings
from digest import desk, spf
from digest.mail_check import Finding, Standing, keeps_back, look
from digest.work import tick
from digest_samples import DRAFTED, newsletter, settings
from dns_server import Zone, name_server
from net.dns import DnsError, Lookup
from servers import MailSink
from storage import issues, mail_checks
from storage.store import Actor, Store
from storage.trail import TrailFilter, find_trail

IP = "8.8.4.4"


@cache
def key(bits: int) -> str:
    """A DKIM record with an RSA key of so many bits."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    der = made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = base64.b64encode(der).decode()
    parts = [f"v=DKIM1; k=rsa; p={text[:180]}", text[180:]]
    return " ".join(f'"{part}"' for part in parts if part)


def good() -> dict[tuple[str, str], list[str]]:
    """The records of a domain in order."""
    return {
        ("example.se", "TXT"): [f'"v=spf1 ip4:{IP} -all"', '"another record"'],
        ("example.se", "MX"): ["10 mx.example.se."],
        ("k1._domainkey.example.se", "TXT"): [key(2048)],
        ("_dmarc.example.se", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.se"'],
        ("4.4.8.8.in-addr.arpa", "PTR"): ["mail.example.se."],
        ("mail.example.se", "A"): [IP],
    }


def site(mail: MailSettings, **changed: Any) -> Settings:
    """A site whose letters leave from ``IP``."""
    made = settings(Path("/nowhere"), **changed)
    return replace(made, mail=replace(mail, sends_from=(IP,), dkim=("k1",)))


def found(zone: Zone, *, mail: MailSettings | None = None, **changed: Any) -> dict[str, Finding]:
    """What is found with these records, by what was looked at; the last one where there are several."""
    with MailSink() as sink, name_server(zone) as port:
        given = mail or MailSettings()
        made = site(replace(given, host=sink.host, port=sink.port), **changed)
        findings = look(made, made.newsletters["veckobrevet"], Lookup(["127.0.0.1"], port=port))
    return {each.what: each for each in findings}


def test_a_domain_in_order_is_green_throughout() -> None:
    """With every record as it should be nothing is yellow or red."""
    assert {each.standing for each in found(good()).values()} == {Standing.GREEN}


@pytest.mark.parametrize(
    ("change", "what", "standing", "told"),
    [
        ({("example.se", "TXT"): ['"other"']}, "spf", "red", "spf_missing"),
        ({("example.se", "TXT"): ['"v=spf1 -all"', '"v=spf1 ~all"']}, "spf", "red", "spf_twice"),
        ({("example.se", "TXT"): ['"v=spf1 ip4:9.9.9.9 -all"']}, "spf", "red", "spf_refuses"),
        ({("example.se", "TXT"): ['"v=spf1 include:nowhere.se -all"']}, "spf", "red", "spf_broken"),
        ({("example.se", "TXT"): ['"v=spf1 exists:%{i}.se -all"']}, "spf", "yellow", "spf_unproved"),
        ({("k1._domainkey.example.se", "TXT"): ['"v=DKIM1; p="']}, "dkim", "red", "dkim_revoked"),
        ({("k1._domainkey.example.se", "TXT"): ['"v=DKIM1; p=AAAA"']}, "dkim", "red", "dkim_unreadable"),
        ({("k1._domainkey.example.se", "TXT"): ['"hello"']}, "dkim", "red", "dkim_missing"),
        ({("k1._domainkey.example.se", "TXT"): [key(1024)]}, "dkim", "yellow", "dkim_small"),
        ({("k1._domainkey.example.se", "TXT"): ['"v=DKIM1; k=ed25519; p=AAAA"']}, "dkim", "green", "dkim_found"),
        ({("_dmarc.example.se", "TXT"): ['"x"']}, "dmarc", "red", "dmarc_missing"),
        ({("_dmarc.example.se", "TXT"): ['"v=DMARC1; p=maybe"']}, "dmarc", "red", "dmarc_broken"),
        ({("_dmarc.example.se", "TXT"): ['"v=DMARC1; p=none"']}, "dmarc", "yellow", "dmarc_silent"),
        ({("4.4.8.8.in-addr.arpa", "PTR"): ["elsewhere.se."]}, "reverse", "red", "reverse_apart"),
        ({("4.4.8.8.in-addr.arpa", "TXT"): ['"x"'], ("4.4.8.8.in-addr.arpa", "PTR"): []}, "reverse", "red", "gone"),
        ({("example.se", "FAIL"): []}, "spf", "yellow", "unanswered"),
        ({("example.se", "MX"): []}, "answers", "red", "answers_nowhere"),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_name(
    change: dict[tuple[str, str], list[str]], what: str, standing: str, told: str
) -> None:
    """A record that is missing, doubled, broken or too weak stands as it should, and says what is wrong."""
    zone = {name: values for name, values in {**good(), **change}.items() if values or name[1] == "FAIL"}
    finding = found(zone)[what]
    assert (finding.standing, finding.key) == (standing, told if told != "gone" else "reverse_missing")


def test_policy_of_the_house_above_counts() -> None:
    """A sub-domain without a policy of its own stands under that of the domain above it, with its word for those."""
    zone = {
        **good(),
        ("news.example.se", "TXT"): [f'"v=spf1 ip4:{IP} -all"'],
        ("news.example.se", "MX"): ["10 mx.example.se."],
        ("k1._domainkey.news.example.se", "TXT"): [key(2048)],
        ("_dmarc.example.se", "TXT"): ['"v=DMARC1; p=reject; sp=none; rua=mailto:d@example.se"'],
    }
    finding = found(zone, sender_address="brev@news.example.se")["dmarc"]
    assert (finding.standing, finding.facts["policy"]) == (Standing.GREEN, "none")


def test_bounces_to_another_house_do_not_count_for_dmarc() -> None:
    """SPF is asked of the domain that bounces go to, and one of another house is told to leave all to DKIM."""
    zone = {**good(), ("studsar.se", "TXT"): [f'"v=spf1 ip4:{IP} -all"'], ("studsar.se", "MX"): ["10 mx.studsar.se."]}
    mail = MailSettings(bounces=BounceSettings(address="studs@studsar.se"))
    told = found(zone, mail=mail)
    assert (told["spf"].facts["domain"], told["dmarc"].key) == ("studsar.se", "dmarc_apart")


def test_a_domain_that_nobody_knows_is_told_as_such() -> None:
    """Misspelled, or without a network, one thing is red about names, not every record by itself as missing."""
    told = found({})
    assert (told["spf"].standing, told["spf"].key) == (Standing.RED, "domain_unknown")
    assert not {"dkim", "dmarc", "reverse", "answers"} & set(told)


def test_nobody_reads_noreply() -> None:
    """A sender that nobody reads is red, unless answers go somewhere else."""
    told = found(good(), sender_address="no-reply@example.se", reply_to="")
    assert told["sender"].standing is Standing.RED
    assert "sender" not in found(good(), sender_address="no-reply@example.se")


def test_a_site_without_encryption_is_red() -> None:
    """The button that leaves works in mail programs only over https."""
    with MailSink() as sink, name_server(good()) as port:
        made = site(MailSettings(host=sink.host, port=sink.port))
        made = replace(made, site=replace(made.site, base_url="http://example.se"))
        findings = look(made, newsletter(), Lookup(["127.0.0.1"], port=port))
    assert next(each for each in findings if each.what == "site").standing is Standing.RED


def test_a_mail_server_that_is_not_there_is_red() -> None:
    """What cannot be reached as it is set is told with its address."""
    with name_server(good()) as port:
        made = site(MailSettings(host="127.0.0.1", port=1))
        findings = look(made, newsletter(), Lookup(["127.0.0.1"], port=port))
    assert findings[-1].key == "tls_failed"


def test_a_silent_name_server_is_an_error_that_waiting_helps() -> None:
    """Without any server the question fails, and no answer is made up."""
    with pytest.raises(DnsError):
        Lookup(["127.0.0.1"], port=1, seconds=0.2).txt("example.se")


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 ip4:8.8.0.0/16 -all", "pass"),
        ("v=spf1 +a:mail.example.se -all", "pass"),
        ("v=spf1 a:mail.example.se/24 -all", "pass"),
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 include:good.se -all", "pass"),
        ("v=spf1 redirect=good.se", "pass"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1", "neutral"),
        ("v=spf1 include:loop.se -all", "permerror"),
        ("v=spf1 nonsense -all", "permerror"),
        ("v=spf1 ip4:8.8.8.8.8 -all", "permerror"),
        ("v=spf1 redirect=none.se", "permerror"),
    ],
)
def test_spf_says_what_the_standard_says(record: str, verdict: str) -> None:
    """Mechanisms, qualifiers, includes, redirects and the limit of ten look-ups (RFC 7208)."""
    zone = {
        ("example.se", "TXT"): [f'"{record}"'],
        ("example.se", "MX"): ["10 mail.example.se."],
        ("mail.example.se", "A"): [IP],
        ("good.se", "TXT"): [f'"v=spf1 ip4:{IP} -all"'],
        ("loop.se", "TXT"): ['"v=spf1 include:loop.se -all"'],
    }
    with name_server(zone) as port:
        assert spf.judge(IP, "example.se", Lookup(["127.0.0.1"], port=port)) == verdict


Answering = Callable[[Zone], AbstractContextManager[int]]


def test_first_sending_waits_while_anything_is_red(sqlite_store: Store) -> None:
    """An approved first issue is not sent while the domain is red; nobody gets it, and the reason is told."""
    with MailSink() as sink, name_server({**good(), ("example.se", "TXT"): ['"x"']}) as port:
        made = site(MailSettings(host=sink.host, port=sink.port, check=True))
        issue = _approved(sqlite_store, made)
        at, lookup = issue.send_at + timedelta(minutes=1), Lookup(["127.0.0.1"], port=port)
        tick(sqlite_store, made, clock=lambda: at, lookup=lookup)
    after = issues.get_issue(sqlite_store, issue.id)
    assert (after.state, after.why.key if after.why else "") == (IssueState.MISSED, "mail_red")
    assert after.approved_hash is not None


def test_an_administrators_word_lets_it_leave(sqlite_store: Store) -> None:
    """What a person accepted keeps nothing back, and the trail has who said so."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    with MailSink() as sink, name_server({**good(), ("example.se", "TXT"): ['"x"']}) as port:
        made = site(MailSettings(host=sink.host, port=sink.port, check=True))
        each, lookup = made.newsletters["veckobrevet"], Lookup(["127.0.0.1"], port=port)
        assert keeps_back(sqlite_store, made, each, now=DRAFTED, lookup=lookup)
        assert mail_checks.accept(sqlite_store, "hallandvaxer", "example.se", by=by, now=DRAFTED)
        assert keeps_back(sqlite_store, made, each, now=DRAFTED, lookup=lookup) == []
    assert "mail_accept" in [line.action for line in find_trail(sqlite_store, TrailFilter()).lines]


def test_what_was_accepted_is_no_word_about_what_turns_red_later(sqlite_store: Store) -> None:
    """An acceptance holds for what was red then; something else in red asks anew."""
    by = Actor(kind="person", account_id=account(sqlite_store))

    def red(*keys: str) -> list[dict[str, Any]]:
        return [{"what": key[:3], "standing": "red", "key": key, "facts": {}} for key in keys]

    mail_checks.put_check(sqlite_store, "example.se", red("spf_missing"), now=DRAFTED)
    mail_checks.accept(sqlite_store, "hallandvaxer", "example.se", by=by, now=DRAFTED)
    mail_checks.put_check(sqlite_store, "example.se", red("spf_missing"), now=DRAFTED)
    kept = mail_checks.get_check(sqlite_store, "example.se")
    assert kept is not None
    assert kept.accepted_at == DRAFTED
    mail_checks.put_check(sqlite_store, "example.se", red("spf_missing", "tls_none"), now=DRAFTED)
    kept = mail_checks.get_check(sqlite_store, "example.se")
    assert kept is not None
    assert kept.accepted_at is None


def test_what_is_red_is_looked_up_anew_soon(sqlite_store: Store) -> None:
    """Once the records are in order the letters are kept back ten minutes at most."""
    with MailSink() as sink:
        made = site(MailSettings(host=sink.host, port=sink.port, check=True))
        each = made.newsletters["veckobrevet"]
        with name_server({}) as port:
            assert keeps_back(sqlite_store, made, each, now=DRAFTED, lookup=Lookup(["127.0.0.1"], port=port))
        with name_server(good()) as port:
            lookup = Lookup(["127.0.0.1"], port=port)
            assert keeps_back(sqlite_store, made, each, now=DRAFTED + timedelta(minutes=5), lookup=lookup)
            assert keeps_back(sqlite_store, made, each, now=DRAFTED + timedelta(minutes=11), lookup=lookup) == []


def test_what_was_looked_up_is_believed_for_hours(sqlite_store: Store) -> None:
    """Within six hours the name server is not asked again; after them it is."""
    with MailSink() as sink:
        made = site(MailSettings(host=sink.host, port=sink.port, check=True))
        each = made.newsletters["veckobrevet"]
        with name_server(good()) as port:
            lookup = Lookup(["127.0.0.1"], port=port)
            assert keeps_back(sqlite_store, made, each, now=DRAFTED, lookup=lookup) == []
        with name_server({**good(), ("example.se", "TXT"): ['"x"']}) as port:
            lookup = Lookup(["127.0.0.1"], port=port)
            assert keeps_back(sqlite_store, made, each, now=DRAFTED + timedelta(hours=5), lookup=lookup) == []
            assert keeps_back(sqlite_store, made, each, now=DRAFTED + timedelta(hours=7), lookup=lookup)


def _approved(store: Store, made: Settings) -> Any:
    approved(store, at=DRAFTED - timedelta(days=1), text="Bron är öppen #hallandväxer")
    issue = desk.draft_now(store, made, "veckobrevet", by=Actor(kind="job"), now=DRAFTED)
    by = Actor(kind="person", account_id=account(store, name="bo"))
    return desk.approve(store, made, issue.id, by=by, now=DRAFTED)
