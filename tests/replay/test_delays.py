"""The delays of the real warehouse follow the percentiles that docs/replay.md states."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from countermand.cli.replay.warehouse import HANDED_OVER_H, delay, journey
from countermand.model.fulfilment import STAGES

PLACED = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize(("chance", "hours"), [(0.05, 11.1), (0.25, 27), (0.5, 53.3), (0.9, 153.9), (0.99, 424)])
def test_a_percentile_has_its_own_delay(chance: float, hours: float) -> None:
    assert delay(HANDED_OVER_H, chance) == timedelta(hours=hours)


def test_every_journey_passes_the_stages_in_order() -> None:
    rng = Random(7)
    for _ in range(500):
        stages = journey(PLACED, rng).stages
        assert [stage for stage, _ in stages] == list(STAGES[1:])
        times = [PLACED, *(at for _, at in stages)]
        assert times == sorted(times)


def test_the_same_seed_gives_the_same_journeys() -> None:
    one, two = Random(7), Random(7)
    assert [journey(PLACED, one) for _ in range(20)] == [journey(PLACED, two) for _ in range(20)]
