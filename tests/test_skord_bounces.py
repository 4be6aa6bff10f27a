"""The mailbox of bounces in the configuration, and what ``doctor`` says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign.errors import ConfigError
from campaign.settings import Settings
from imap_server import ImapServer
from skord.cli import main
from skord.config import load

HEAD = """\
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "infomaster@example.se"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
"""


def read(tmp_path: Path, more: str, **environ: str) -> Settings:
    """The settings of a file with something more in it."""
    file = tmp_path / "config.toml"
    file.write_text(HEAD + more, encoding="utf-8")
    return load(file, environ)


def test_the_mailbox_stands_in_a_table_of_its_own(tmp_path: Path) -> None:
    """Its password comes from the environment or a file, its port from the encryption where none is given."""
    (tmp_path / "hemligt").write_text("ur filen\n")
    written = '[mail]\nhost = "a.example.se"\n[mail.bounces]\naddress = "studs@example.se"\nhost = "imap.example.se"\n'
    more = written + 'user = "studs"\nsecurity = "starttls"\npassword_file = "hemligt"\n'
    found = read(tmp_path, more).mail.bounces
    assert (found.address, found.port, found.password, found.folder) == ("studs@example.se", 143, "ur filen", "INBOX")
    again = read(tmp_path, more, SKORD_MAIL__BOUNCES__PASSWORD="annat", SKORD_MAIL__BOUNCES__PORT="1143").mail.bounces
    assert (again.password, again.port) == ("annat", 1143)
    assert "annat" not in repr(again)


def test_without_the_table_nothing_is_read(tmp_path: Path) -> None:
    """A site needs no mailbox of bounces."""
    assert (read(tmp_path, "").mail.bounces.address, read(tmp_path, "").mail.bounces.port) == ("", 993)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('[mail.bounces]\nhost = "i.example.se"\naddress = "s@example.se"\n', "bounces_user"),
        ('[mail.bounces]\nhost = "i.example.se"\nuser = "s"\n', "bounces_address"),
        ('[mail.bounces]\naddress = "s+x@example.se"\n', "bounces_plus"),
        (f'[mail.bounces]\naddress = "{"s" * 31}@example.se"\n', "bounces_plus"),
        ('[mail.bounces]\nadress = "s@example.se"\n', "unknown_key_near"),
        ('[mail.bounces]\npassword = "hemligt"\n', "secret_written"),
        ("[mail]\nbounces = 3\n", "not_table"),
    ],
)
def test_what_cannot_work_is_told(tmp_path: Path, more: str, key: str) -> None:
    """Each fault is named with its own sentence before anything runs."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, more)
    assert [problem.key for problem in caught.value.problems] == [key]


def test_doctor_opens_the_mailbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says whether the mailbox can be opened now, and in words why not."""
    with ImapServer() as server:
        (tmp_path / "ord").write_text(server.password)
        more = (
            f'[fetch]\nallow = ["127.0.0.1:{server.port}"]\n[mail.bounces]\naddress = "studs@example.se"\n'
            f'host = "127.0.0.1"\nport = {server.port}\nuser = "{server.user}"\nsecurity = "none"\n'
            'password_file = "ord"\n'
        )
        read(tmp_path, more)
        file = str(tmp_path / "config.toml")
        assert main(["--config", file, "database", "upgrade"]) == 0
        main(["--config", file, "doctor"])
        assert "✓ Brev som studsar till studs@example.se hämtas från 127.0.0.1." in capsys.readouterr().out
        (tmp_path / "ord").write_text("fel")
        main(["--config", file, "doctor"])
        assert "✗ Brev som studsar kan inte hämtas." in capsys.readouterr().out
