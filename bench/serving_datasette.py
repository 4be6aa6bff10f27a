"""Datasette over one SQLite file, told where it listens: ``python serving_datasette.py FILE``, by a Python that has it.

As kind to it as can be: nothing is logged, and the file may be taken to change never.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from datasette.app import Datasette


async def _serve(file: str) -> None:
    served = Datasette([], immutables=[file], settings={"sql_time_limit_ms": 10_000})
    await served.invoke_startup()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(served.app(), access_log=False, log_level="error", server_header=False, lifespan="on")
    await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
