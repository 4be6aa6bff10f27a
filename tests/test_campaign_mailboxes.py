"""Addresses as people write them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from campaign.errors import InputError
from campaign.language import Language
from campaign.mailboxes import ascii_domain, key_of, mailbox_of, masked


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Anna@Example.SE", "anna@example.se"),
        (" anna@växer.se ", "anna@xn--vxer-loa.se"),
        ("anna@VÄXER.se", "anna@xn--vxer-loa.se"),
        ("anna@straße.de", "anna@xn--strae-oqa.de"),
        ("o'brien+brev@example.co.uk", "o'brien+brev@example.co.uk"),
    ],
)
def test_addresses_are_compared_folded(written: str, key: str) -> None:
    """Case, spaces around and the way a domain is written make no other address."""
    assert key_of(written) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("åke@example.se", "email_local"),
        ("anna@example.se\r\nBcc: x@y.se", "email_signs"),
        ("anna@example.se\n", "email_signs"),
        ("anna\u2028@example.se", "email_signs"),
        ("anna@example.se\u2028", "email_signs"),
        ("an\0na@example.se", "email_signs"),
        ('"anna b"@example.se', "email_signs"),
        ("anna(hemma)@example.se", "email_signs"),
        ("Anna <anna@example.se>", "email_signs"),
        ("a@example.se, b@example.se", "email_signs"),
        ("anna@[127.0.0.1]", "email_signs"),
        ("anna@example.se\u202e", "email_signs"),
        ("anna", "email_invalid"),
        ("", "email_invalid"),
        ("anna@localhost", "email_invalid"),
        (".anna@example.se", "email_invalid"),
        ("anna..b@example.se", "email_invalid"),
        ("a" * 65 + "@example.se", "email_invalid"),
        ("anna@" + "å" * 70 + ".se", "email_invalid"),
        ("anna@♥.se", "email_invalid"),
        ("a b@example.se", "email_invalid"),
    ],
)
def test_what_no_letter_can_be_sent_to_is_refused_at_its_field_in_words(written: str, key: str) -> None:
    """Each kind of mistake has its own sentence, and says what to do instead."""
    with pytest.raises(InputError) as refused:
        key_of(written)
    assert (refused.value.field, refused.value.key) == ("email", key)
    for code in ("sv", "en"):
        told = Language(code, ZoneInfo("Europe/Stockholm")).explain(refused.value)
        assert told.what
        assert told.do


def test_spellings_of_one_mailbox_count_as_one() -> None:
    """A tag after a plus sign is no other mailbox, dots only where they mean something."""
    assert mailbox_of("an.na+brev@gmail.com") == mailbox_of("anna@gmail.com") == "anna@gmail.com"
    assert mailbox_of("anna+1@example.se") == "anna@example.se"
    assert mailbox_of("an.na@example.se") != mailbox_of("anna@example.se")


def test_domain_is_turned_into_what_servers_understand_as_of_2008() -> None:
    """ß stays a letter of its own, as in IDNA 2008, instead of becoming ss and somebody else's domain."""
    assert ascii_domain("straße.de") == "xn--strae-oqa.de"
    with pytest.raises(UnicodeError):
        ascii_domain("a..å")


@pytest.mark.parametrize("address", ["anna.andersson@hallandvaxer.se", "a@b.co.uk", "", "anna"])
def test_masked_address_tells_only_its_owner(address: str) -> None:
    """No more than a first letter of name and domain is shown."""
    shown = masked(address)
    assert "anna" not in shown
    assert shown in ("a•••@h•••.se", "a•••@b•••.uk", "•••")
