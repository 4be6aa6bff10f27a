"""Amounts sorted into a few steps, each a colour of a map. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_STEPS = 5

#: Where a step may end, so that a legend can be read: 1, 2, 3, 5, 10, 15, 20, 30, 50, 100 …
_ROUND = (1, 2, 3, 5, 10, 15, 20, 30, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One colour: its number from 1, and the amounts that it stands for, both included."""

    number: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of some amounts, the smallest first; none where there is nothing. ``has_none``: some amount is 0."""

    steps: tuple[Step, ...]
    has_none: bool

    def of(self, amount: int) -> int:
        """Return the number of the step that an amount stands in, 0 for none."""
        return next((step.number for step in self.steps if step.first <= amount <= step.last), 0)


def steps_of(amounts: Sequence[int]) -> Steps:
    """Return the steps of some amounts, in round numbers.

    Amounts of one size are parted evenly, very different ones by a factor, so that few and many can both be told apart.
    """
    told = [amount for amount in amounts if amount > 0]
    if not told:
        return Steps(steps=(), has_none=bool(amounts))
    least, most = min(told), max(told)
    ends = [end for end in (_even if most <= 8 * least else _growing)(least, most) if least <= end < most]
    ends = [*sorted(set(ends)), most]
    starts = [least, *(end + 1 for end in ends[:-1])]
    # The strongest colour belongs to the most there is, however few steps there are.
    skipped = MOST_STEPS - len(ends)
    steps = tuple(
        Step(number=number + skipped, first=first, last=last)
        for number, (first, last) in enumerate(zip(starts, ends, strict=True), start=1)
    )
    return Steps(steps=steps, has_none=any(amount == 0 for amount in amounts))


def _even(least: int, most: int) -> list[int]:
    """Return where steps of the same round width end."""
    wide = next(each for each in _rounds() if (most - least) / each < MOST_STEPS - 1 or each >= most)
    return list(range(least + (wide - least) % wide, most, wide))[: MOST_STEPS - 1]


def _growing(least: int, most: int) -> list[int]:
    """Return where steps end that grow by about the same factor."""
    factor = (most / least) ** (1 / MOST_STEPS)
    wanted = [least * factor**number for number in range(1, MOST_STEPS)]
    return [min(_rounds(), key=lambda each: abs(each / amount - 1)) for amount in wanted]


def _rounds() -> list[int]:
    return [number * 10**power for power in range(7) for number in (_ROUND if not power else _ROUND[4:])]
