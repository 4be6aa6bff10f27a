"""A drawn chart as a picture for those whose programs take no SVG. The only place that knows resvg.

It draws with the faces beside it and no others, so that a picture looks the same on every machine.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import resvg_py

#: So many dots stand for one of the drawing: sharp in print over half a page.
_DOTS = 2.0


def png(svg: str) -> bytes:
    """Return an SVG file of ours as a PNG picture, twice as large."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            skip_system_fonts=True,
            font_files=_faces(),
            sans_serif_family="Schibsted Grotesk",
            serif_family="Newsreader",
            zoom=_DOTS,
        )
    )


@cache
def _faces() -> list[str]:
    """Return the paths of the faces; a wheel is unpacked when it is installed, so that they are files."""
    found = []
    for entry in sorted(files("web").joinpath("faces").iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".ttf"):
            with as_file(entry) as path:
                found.append(str(path))
    return found
