"""``skord demo``: the sample year."""

from __future__ import annotations

from argparse import Namespace
from importlib.util import find_spec

from campaign.errors import InputError
from skord.wiring import House


def demo(house: House, args: Namespace) -> int:  # noqa: ARG001 - every command has the same shape; this one has its own
    """Make or go on with a case's sample year in a folder, and serve it until stopped. Raises InputError."""
    if find_spec("aiosmtpd") is None:
        raise InputError("demo", "demo_not_installed")
    from skord.demo import run

    return run(args.case, args.folder, host=args.host, port=args.port)
