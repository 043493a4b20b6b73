"""A host whose clock is set by hand and whose chance and ids follow from a seed: for replays of history."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from countermand.host import Host, SystemClock, SystemIds, no_point, system_host
from countermand.model.ids import typeid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is set, and is never set back."""

    present: datetime

    def now(self) -> datetime:
        return self.present

    def monotonic(self) -> float:
        """Real seconds: a rate is measured in real time, also in a replay."""
        return SystemClock().monotonic()

    def set(self, at: datetime) -> None:
        self.present = max(self.present, at)


@dataclass(slots=True)
class CountedIds:
    """Ids that sort by the set clock and never repeat: a number takes the place of chance."""

    clock: SetClock
    count: int = field(default=0)

    def new(self, prefix: str) -> str:
        self.count += 1
        milliseconds = int((self.clock.now() - EPOCH).total_seconds() * 1000)
        return typeid(prefix, milliseconds, self.count)

    def secret(self) -> str:
        """Secrets stay unguessable."""
        return SystemIds().secret()


def virtual_host(clock: SetClock, seed: int) -> Host:
    """A host on this clock. The same seed gives the same history."""
    real = system_host()
    real.rng.seed(seed)
    return Host(clock, CountedIds(clock), real.rng, real.sleep, no_point)
