"""``skord bounce``: takes in one mail that came back, from a file or a mail server's pipe.

A mail server reads the exit code as sysexits.h says: 0 taken, 66 no such file, 75 try again later. Nothing else is
ever returned to it, for it would send a bounce about a bounce.
"""

from __future__ import annotations

import sys
from argparse import Namespace

from campaign.errors import SkordError
from skord.wiring import House, shown

TAKEN, NO_INPUT, TRY_AGAIN = 0, 66, 75
_MOST_BYTES = 30_000_000
"""A pipe is drained, so that the mail server does not fail writing; what is judged is far less."""


def bounce(house: House, args: Namespace) -> int:
    """Judge one mail, do what follows from it, and say what."""
    from digest.returning import take_mail

    try:
        if str(args.file) == "-":
            mail = sys.stdin.buffer.read(_MOST_BYTES)
            while sys.stdin.buffer.read(1_000_000):
                pass
        else:
            with args.file.open("rb") as file:
                mail = file.read(_MOST_BYTES)
    except OSError as problem:
        print(shown(f"{args.file}: {problem.strerror or type(problem).__name__}"), file=sys.stderr)
        return NO_INPUT
    try:
        taken = take_mail(house.store, mail, to=args.to, now=house.clock())
    except SkordError as problem:
        # A configuration being edited, a database being moved: the mail server keeps the mail and comes again.
        print(shown(f"{problem.key}: {house_words(house, problem)}"), file=sys.stderr)
        return TRY_AGAIN
    if house.as_json:
        house.give({str(each): count for each, count in taken.items()})
    else:
        told = "; ".join(house.language.t(f"returns.taken.{each}", count=count) for each, count in taken.items())
        house.tell("returns.taken.line", told=told or house.language.t("returns.taken.nothing"))
    return TAKEN


def house_words(house: House, problem: SkordError) -> str:
    """Return the problem in words; its name alone where not even the configuration can be read."""
    try:
        return str(house.language.explain(problem))
    except SkordError:
        return str(problem)
