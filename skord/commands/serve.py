"""``skord serve``: the pages and the schedule in one process."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from campaign.errors import ConflictError, InputError
from skord import log
from skord.wiring import House

if TYPE_CHECKING:
    from uvicorn import Server


def serve(house: House, args: Namespace) -> int:
    """Open the database (making it where none stands, and saying so), then serve until stopped."""
    listening = listen(args.host, args.port)
    address = f"http://{args.host}:{listening.getsockname()[1]}"
    prepare(house, address)
    run(house, listening, schedule=not args.no_schedule, address=address)
    return 0


def prepare(house: House, address: str) -> None:
    """Bring database, strategies and sources to what the configuration says; print the way to the first account.

    Where the site is still at home on this machine the way there is ``address``, whatever port was chosen.
    """
    from storage.engine import Standing, make_engine, standing
    from storage.logins import make_setup_token
    from storage.sources import sync_sources

    url = house.settings.storage.url
    engine = make_engine(url)
    is_new = standing(engine) is Standing.ABSENT
    engine.dispose()
    store = house.open_store(create=True)
    if is_new:
        house.tell("cli.database_made", where=url.rpartition("@")[2])
    load_strategies(house)
    sync_sources(store, house.settings, now=house.clock())
    token = make_setup_token(store, now=house.clock())
    if token is not None:
        base_url = house.settings.site.base_url
        at_home = urlsplit(base_url).hostname in ("127.0.0.1", "localhost", "::1")
        house.tell("cli.first_account", address=f"{address if at_home else base_url}/desk/setup/{token}")


def load_strategies(house: House) -> None:
    """Load the strategy files of every campaign that have changed since they were. Raises ConfigError.

    Where the desk has gone on from a file that has changed too, what the desk made stands, and that is said.
    """
    from skord.commands.strategy import load_file

    for campaign in house.settings.campaigns.values():
        for position, file in enumerate(campaign.strategies):
            try:
                load_file(house, campaign.id, file, position=position)
            except ConflictError as problem:
                if problem.key != "strategy_desk_later":
                    raise
                house.tell("cli.strategy_kept", title=str(problem.facts["strategy"]), file=str(file))


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts. Raises InputError ``port_taken``, ``host_unknown``."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Named as TCP, or asyncio leaves Nagle's algorithm on and each page waits 40 ms for its second packet.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # From here on nobody else gets the port, and whoever comes early waits instead of being refused.
        listening.listen(2048)
    except socket.gaierror as problem:
        raise InputError("host", "host_unknown", host=host) from problem
    except OSError as problem:
        key = "port_taken" if problem.errno == errno.EADDRINUSE else "port_refused"
        raise InputError("port", key, host=host, port=port) from problem
    return listening


def run(house: House, listening: socket.socket, *, schedule: bool, address: str) -> None:
    """Serve on an open socket until SIGTERM or Ctrl-C; running jobs end cleanly."""
    # The web server hands SIGTERM back once it has ended; by default that would kill us before the jobs have.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    with _scheduled(house, on=schedule):
        house.tell("cli.serving", address=address)
        server(house).run(sockets=[listening])


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
    raise SystemExit(0)


def server(house: House) -> Server:
    """Return the web server, not yet running."""
    import uvicorn

    from web.app import create_app

    log.set_up()
    app = create_app(
        house.settings,
        house.store,
        clock=house.clock,
        version=house.version,
        checks=partial(readiness, house),
        oidc=house.oidc,
    )
    # No access log: it would keep who read what.
    believed = ["127.0.0.1", "::1", *house.settings.login.proxies]
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, date_header=True, forwarded_allow_ips=believed
    )
    return uvicorn.Server(config)


def readiness(house: House) -> dict[str, object]:
    """Return whether some process runs the schedule, and how many minutes ago each source last answered well."""
    from storage.leases import holder_of
    from storage.sources import list_health

    now = house.clock()
    ages = {
        source.id: None if source.last_ok_at is None else int((now - source.last_ok_at).total_seconds() // 60)
        for source in list_health(house.store, now=now)
    }
    return {"scheduler": holder_of(house.store, "scheduler", now) is not None, "minutes_since_good_run": ages}


@contextlib.contextmanager
def _scheduled(house: House, *, on: bool) -> Iterator[None]:
    if not on:
        yield
        return
    from skord.schedule import Schedule

    schedule = Schedule(house)
    schedule.start()
    try:
        yield
    finally:
        told_to = sys.exc_info()[0] in (None, SystemExit, KeyboardInterrupt)
        if not schedule.stop() and told_to and threading.current_thread() is threading.main_thread():
            _leave()


def _leave() -> NoReturn:
    """End at once: waiting for the threads left would take as long as the slowest server outside."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
