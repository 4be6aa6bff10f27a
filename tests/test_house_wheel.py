"""The wheel: all that the program reads is inside, and it runs where no checkout is."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = ("campaign", "storage", "net", "collector", "digest", "web", "skord")

pytestmark = pytest.mark.xdist_group("wheel")  # one worker builds it, once


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without network."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, HOUSE)
    (made,) = folder.glob("skord-*.whl")
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An environment that has the wheel, and an empty folder to work in. The checkout cannot be imported there."""

    venv: Path
    folder: Path

    def run(self, *words: str) -> str:
        """Run the installed ``skord`` and return what it printed on stdout."""
        return call(self.venv / "bin" / "skord", *words, cwd=self.folder)

    def python(self, code: str) -> str:
        """Run code in the environment's own Python and return what it printed."""
        return call(self.venv / "bin" / "python", "-I", "-c", code, cwd=self.folder)


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The wheel in an empty environment; other people's packages are borrowed from that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    call(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel)
    # A folder named in a .pth file is searched after the environment's own, and its own .pth files are not read:
    # the editable install of the checkout does not come along.
    theirs = {path for path in sys.path if path.endswith("site-packages")}
    (own,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    (own / "borrowed.pth").write_text("\n".join(sorted(theirs)), encoding="utf-8")
    (folder / "work").mkdir()
    return Place(venv=folder / "venv", folder=folder / "work")


def call(*words: str | Path, cwd: Path | None = None) -> str:
    """Run a program with nothing of ours in its environment; what it said is in the failure."""
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=plain(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plain() -> dict[str, str]:
    """The environment without what points Python at a checkout, and with the public side's words filled in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SKORD_"))}
    fields = ("CONTROLLER", "PURPOSE", "LEGAL_BASIS", "CONTACT", "RETENTION")
    return kept | {f"SKORD_PRIVACY__{field}": "Ifyllt för provet" for field in fields}


def test_everything_that_the_program_reads_is_inside(wheel: Path) -> None:
    """Each file of the packages is in the wheel, with configuration and strategies, and nothing else is."""
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    beside = {path.relative_to(HOUSE).as_posix() for room in ROOMS for path in (HOUSE / room).rglob("*")}
    packages = {name for name in beside if (HOUSE / name).is_file() and "__pycache__" not in name}
    strategies = {f"skord/shipped/strategies/{path.name}" for path in (HOUSE / "strategies").iterdir()}
    assert inside == packages | strategies | {"skord/shipped/config.toml"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    """Name, licence and its text, the Python that is needed, and no address of a host."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    told = email.message_from_bytes(archive.read(name))
    assert (told["Name"], told["License-Expression"], told["Requires-Python"]) == ("skord", "EUPL-1.2", ">=3.11")
    assert told.get_all("Project-URL") is None
    assert b"EUROPEAN UNION PUBLIC LICENCE" in archive.read(name.replace("METADATA", "licenses/LICENSE"))


def test_all_of_ours_comes_from_the_wheel(place: Place) -> None:
    """Every package and what lies beside it is found in the new environment, none in the checkout."""
    told = place.python(
        "import sys\nfrom importlib import import_module\nfrom skord.files import shipped\n"
        f"for room in {ROOMS!r}: print(import_module(room).__file__)\n"
        "print(shipped('config.toml'), shipped('strategies'), sep='\\n')\n"
        f"assert {str(HOUSE)!r} not in sys.path, sys.path\n"
    ).splitlines()
    assert len(told) == len(ROOMS) + 2
    assert [path for path in told if not path.startswith(str(place.venv))] == []


def test_the_installed_program_serves_its_pages(place: Place) -> None:
    """From help to a page over HTTP and a clean end: words, migrations, strategies, templates, styles are all found."""
    assert "usage: skord" in place.run("--help")
    place.run("config", "new")
    place.run("config", "check")
    place.run("database", "upgrade")
    place.run("strategy", "load")
    assert "En attraktiv region" in place.run("strategy", "show")
    with serving(place) as address:
        status, front = get(address)
        assert (status, "Halland växer" in front) == (200, True), front
        (style,) = set(re.findall(r'href="(/static/[^"]+\.css)"', front))
        assert get(address + style)[1] == (HOUSE / "web" / "static" / "skord.css").read_text(encoding="utf-8")
        assert get(f"{address}/healthz")[0] == 200


@contextmanager
def serving(place: Place) -> Iterator[str]:
    """Run the program, give its address, and end it as a service manager would."""
    said = place.folder / "said.txt"
    program = place.venv / "bin" / "skord"
    with (
        said.open("wb") as talk,
        subprocess.Popen(
            [str(program), "serve", "--no-schedule", "--port", "0"], cwd=place.folder, env=plain(), stderr=talk
        ) as running,
    ):
        try:
            yield address(running, said)
        finally:
            running.terminate()
    assert running.returncode == 0, said.read_text(encoding="utf-8")


def address(running: subprocess.Popen[bytes], said: Path) -> str:
    """Return the address that the program tells when it listens."""
    end = time.monotonic() + 20
    while time.monotonic() < end and running.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\d+$", said.read_text(encoding="utf-8"), re.MULTILINE):
            return found.group()
        time.sleep(0.05)
    raise AssertionError(said.read_text(encoding="utf-8"))


def get(address: str) -> tuple[int, str]:
    """Status and text at an address."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()
