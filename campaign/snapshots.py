"""Measuring points: what is frozen, in parts of canonical JSON with a hash each, and how two of them compare. Pure."""

from __future__ import annotations

from enum import StrEnum


class SnapshotKind(StrEnum):
    """What a measuring point is for."""

    BASELINE = "baseline"  # nollmätning
    MIDTERM = "midterm"  # halvtidsmätning
    FINAL = "final"  # slutmätning
    PRESENT = "present"  # nulägesbild


class PartKind(StrEnum):
    """What one part of a measuring point tells of."""

    STRATEGY = "strategy"
    NODE = "node"
    INDICATOR = "indicator"
    VALUE = "value"
    EVIDENCE = "evidence"
    ANALYSIS = "analysis"
