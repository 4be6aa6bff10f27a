import json
from pathlib import Path

import pytest

from campaign.errors import ConfigError
from campaign.oidc import Grant
from campaign.records import Role
from campaign.settings import Settings
from skord.cli import main
from skord.config import load

CONFIG = """
[site]
name = "Skörd"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]

[campaign.blekinge]
name = "Live in Blekinge"
hashtags = ["#liveinblekinge"]
"""
TENANT = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of two campaigns, its database, and a file with a password."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "password").write_text("skördetid i Laholm\n", encoding="utf-8")
    assert main(["--config", str(path), "database", "upgrade"]) == 0
    return path


def add(config: Path, name: str, *words: str) -> int:
    """Add an account by the command line."""
    file = str(config.parent / "password")
    return main(["--config", str(config), "account", "add", name, "--password-file", file, *words])


def listed(config: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """What the command line says of every account."""
    capsys.readouterr()
    assert main(["--config", str(config), "--json", "account", "list"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_account_for_one_campaign_has_no_role_elsewhere(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a campaign the role holds there alone; without one everywhere."""
    assert add(config, "anna", "--role", "editor") == 0
    assert add(config, "bo", "--role", "editor", "--campaign", "blekinge") == 0
    found = {each["name"]: (each["role"], each["campaigns"]) for each in listed(config, capsys)}
    assert found == {"anna": ("editor", ""), "bo": ("none", "blekinge: editor")}


def test_an_unknown_campaign_adds_nobody(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled campaign is wrong use, said before anything is stored."""
    assert add(config, "bo", "--role", "editor", "--campaign", "blekingee") == 2
    assert listed(config, capsys) == []


def read(tmp_path: Path, text: str, **environ: str) -> Settings:
    """The configuration with more in it."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + text, encoding="utf-8")
    return load(path, environ)


def test_the_organisations_login_is_read_whole(tmp_path: Path) -> None:
    """Issuer, client, secret from a file, what roles give, and the site's owner as its name."""
    (tmp_path / "oidc").write_text("hemlig\n", encoding="utf-8")
    given = '["Skord.Redaktor = editor", "Partner A = reviewer:blekinge"]'
    text = f'[oidc]\nissuer = "{TENANT}"\nclient_id = "x"\nclient_secret_file = "oidc"\nroles = {given}\n'
    found = read(tmp_path, text).oidc
    assert (found.issuer, found.client_id, found.client_secret, found.name) == (TENANT, "x", "hemlig", "Region Exempel")
    assert found.grants == (
        Grant(value="Skord.Redaktor", role=Role.EDITOR),
        Grant(value="Partner A", role=Role.REVIEWER, campaign="blekinge"),
    )
    assert "hemlig" not in repr(found)
    assert read(tmp_path, f'[oidc]\nissuer = "{TENANT}"\nclient_id = "x"\n', SKORD_OIDC__CLIENT_SECRET="e").oidc


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[oidc]\nissuer = "https://login.microsoftonline.com/common/v2.0"\nclient_id = "x"', "issuer_tenants"),
        ('[oidc]\nissuer = "https://login.microsoftonline.com/organizations/v2.0"\nclient_id = "x"', "issuer_tenants"),
        ('[oidc]\nissuer = "http://inloggning.exempel.se"\nclient_id = "x"', "issuer_plain"),
        (f'[oidc]\nissuer = "{TENANT}"', "missing"),
        (f'[oidc]\nissuer = "{TENANT}"\nclient_id = "x"\nclient_secret = "y"', "secret_written"),
        ('[oidc]\nroles = ["Skord.Redaktor = chef"]', "grant"),
        ('[oidc]\nroles = ["Skord.Redaktor = none"]', "grant"),
        ('[oidc]\nroles = ["editor"]', "grant"),
        ('[oidc]\nroles = ["A = editor:halland"]', "reference"),
        ("[login]\nlocal = false", "login_shut"),
        ('[login]\nproxies = ["proxy.exempel.se"]', "proxy"),
    ],
)
def test_a_login_that_cannot_work_or_is_unsafe_is_told(tmp_path: Path, text: str, key: str) -> None:
    """Every tenant, no encryption, no client, a secret in the file, unknown roles and campaigns, no way in at all."""
    with pytest.raises(ConfigError) as told:
        read(tmp_path, text + "\n")
    assert [problem.key for problem in told.value.problems] == [key]
