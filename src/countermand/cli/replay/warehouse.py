"""A warehouse with the delays of a real marketplace, from a seeded chance.

Source: the percentiles of Olist's Brazilian marketplace, 2016-2018 (hours; docs/replay.md has the table). Between two
percentiles a delay is drawn evenly; beyond the last it is the last.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from countermand.model.fulfilment import Stage
from countermand.model.request import ANSWER_REASONS

Percentiles = tuple[tuple[float, float], ...]
RELEASED_H: Percentiles = (
    (0, 0), (0.574, 0.5), (0.634, 1), (0.75, 15.1), (0.82, 24), (0.9, 35.3), (0.95, 50.6), (0.99, 90), (1, 120),
)
HANDED_OVER_H: Percentiles = (
    (0, 0.5), (0.05, 11.1), (0.25, 27), (0.5, 53.3), (0.75, 98.1), (0.9, 153.9), (0.95, 216), (0.99, 424), (1, 500),
)
ON_THE_WAY_H: Percentiles = ((0, 24), (0.5, 169), (1, 480))

ANSWERS_YES = 0.55
ANSWERS_NO = 0.30
"""The rest stays silent, so that the deadline decides."""
REFUSES_AT_THE_DOOR = 0.6
SENDS_BACK = 0.5
ANSWER_TAKES = timedelta(hours=3)


def delay(percentiles: Percentiles, chance: float) -> timedelta:
    """The delay at `chance` (0 to 1) of a distribution given by percentiles in hours."""
    for (low, from_h), (high, to_h) in pairwise(percentiles):
        if chance <= high:
            return timedelta(hours=from_h + (to_h - from_h) * (chance - low) / (high - low))
    return timedelta(hours=percentiles[-1][1])


@dataclass(frozen=True, slots=True)
class Journey:
    """When one order reaches each stage."""

    stages: tuple[tuple[Stage, datetime], ...]


def journey(placed_at: datetime, rng: Random) -> Journey:
    """Released when paid for, picked and packed on the way to the carrier, delivered some days later."""
    handed_over = delay(HANDED_OVER_H, rng.random())
    released = min(delay(RELEASED_H, rng.random()), handed_over * 0.5)
    working = handed_over - released
    delivered = handed_over + delay(ON_THE_WAY_H, rng.random())
    return Journey((
        (Stage.RELEASED, placed_at + released),
        (Stage.PICKING, placed_at + released + working * 0.5),
        (Stage.PACKED, placed_at + released + working * 0.8),
        (Stage.DESPATCHED, placed_at + handed_over),
        (Stage.DELIVERED, placed_at + delivered),
    ))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the holder says to a case. `answer` None = nothing."""

    answer: str | None
    reason: str | None
    after: timedelta


def reply(rng: Random) -> Reply:
    """A seeded holder: often yes, sometimes no with a reason, sometimes silent."""
    chance = rng.random()
    after = ANSWER_TAKES * rng.random()
    if chance < ANSWERS_YES:
        return Reply("approve", None, after)
    if chance < ANSWERS_YES + ANSWERS_NO:
        return Reply("decline", str(ANSWER_REASONS[rng.randrange(len(ANSWER_REASONS))]), after)
    return Reply(None, None, after)
