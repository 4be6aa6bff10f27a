"""Cuts the shipped fonts from their whole Latin-1 files: what pages of ours use first, the rest where a name needs it.

usage: fonts.py FOLDER_WITH_ORIGINALS OUT
Needs fonttools and brotli; where the originals are from is told in web/static/fonts/README.txt.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

#: Letters that Swedish and its neighbours' pages need: these come with every page.
FIRST = set(range(0x20, 0x7F)) | set(map(ord, "åäöÅÄÖéÉüÜæøÆØèàáôêçñ§°·×«»–—‘’‚“”„…€•½−↑↓\u00a0\u00ad"))

#: Optical size is one cut for headlines and text, weights are those that the style sheets use.
LIMITS: dict[str, dict[str, object]] = {
    "newsreader": {"opsz": 28.0},
    "newsreader-italic": {},
    "schibsted-grotesk": {"wght": (400.0, 700.0)},
}

_FEATURES = ["kern", "tnum", "lnum", "ccmp", "liga", "locl", "mark"]


def cut(path: Path, codes: set[int], limits: dict[str, object]) -> bytes:
    """Return a font with these letters only, within these limits of its axes, as WOFF2."""
    font, options = TTFont(path), subset.Options()
    options.layout_features, options.hinting, options.name_IDs = _FEATURES, False, [0, 1, 2, 4, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    between, made = io.BytesIO(), io.BytesIO()
    font.flavor = None
    font.save(between)
    between.seek(0)
    font = TTFont(between)
    if limits:
        font = instancer.instantiateVariableFont(font, limits)
        _same_kerning(font)
    font.flavor = "woff2"
    font.save(made)
    return made.getvalue()


def _same_kerning(font: TTFont) -> None:
    """Kern all weights as the lightest: what differs is a fraction of a pixel, and a quarter of the file."""
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)  # noqa: PLW2901 - what an extension holds
            pairs = [pair for each in getattr(table, "PairSet", ()) for pair in each.PairValueRecord]
            pairs += [pair for row in getattr(table, "Class1Record", ()) for pair in row.Class2Record]
            for value in (each for pair in pairs for each in (pair.Value1, pair.Value2) if each is not None):
                for name in ("XPlaDevice", "YPlaDevice", "XAdvDevice", "YAdvDevice"):
                    if hasattr(value, name):
                        delattr(value, name)
            for name in ("ValueFormat1", "ValueFormat2"):
                if hasattr(table, name):
                    setattr(table, name, getattr(table, name) & 0x0F)


def main() -> None:
    """Write ``<name>.woff2`` and ``<name>-rest.woff2`` of each font."""
    folder, out = (Path(each) for each in sys.argv[1:3])
    for name, limits in LIMITS.items():
        path = folder / f"{name}.woff2"
        every = set(TTFont(path).getBestCmap())
        for kind, codes in ((name, FIRST & every), (f"{name}-rest", every - FIRST)):
            made = cut(path, codes, limits)
            (out / f"{kind}.woff2").write_bytes(made)
            sys.stdout.write(f"{kind}: {len(made)} bytes\n")


if __name__ == "__main__":
    main()
