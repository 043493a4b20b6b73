"""Where the goods are: stages, holders, the counters of a fulfilment order, parcels."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """How far the goods of a fulfilment order are. Stages may be skipped, never lowered."""

    UNRELEASED = "unreleased"
    RELEASED = "released"
    PICKING = "picking"
    PACKED = "packed"
    DESPATCHED = "despatched"
    DELIVERED = "delivered"

    @property
    def rank(self) -> int:
        return STAGES.index(self)


STAGES: tuple[Stage, ...] = tuple(Stage)


class Control(StrEnum):
    """What a holder promises about stopping: claims first, confirms a stop, or only reports."""

    GATE = "gate"
    CONFIRM = "confirm"
    NONE = "none"


class HolderKind(StrEnum):
    WAREHOUSE = "warehouse"
    THIRD_PARTY = "3pl"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds goods and sends them. `plugin` names a fulfilment plugin; None = answered by a person."""

    merchant: str
    id: str
    name: str
    kind: HolderKind = HolderKind.WAREHOUSE
    control: Control = Control.CONFIRM
    plugin: str | None = None
    seller: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class FulfilmentLine:
    """Counters of one line at one fulfilment order: quantity = open + held + cancelled + despatched.

    `returned` <= despatched lies beside. `claimed`: despatched by a granted claim and not yet seen by a report.
    `removed`: of the cancelled, those that the shop itself took out of the order.
    """

    line: str
    quantity: int
    open: int
    held: int = 0
    cancelled: int = 0
    despatched: int = 0
    returned: int = 0
    claimed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class FulfilmentOrder:
    """The part of an order that one holder sends. `stage_since`: when it reached its stage; None = not told."""

    id: str
    holder: str
    stage: Stage
    control: Control
    lines: tuple[FulfilmentLine, ...]
    plugin: str | None = None
    stage_since: datetime | None = None


class ParcelState(StrEnum):
    DESPATCHED = "despatched"
    DELIVERED = "delivered"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ParcelLine:
    line: str
    quantity: int
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A tracked unit. `stray`: it carries cancelled units, so it moves no money and no counter."""

    id: str
    fulfilment_order: str
    stray: bool
    state: ParcelState
    lines: tuple[ParcelLine, ...]
    despatched_at: datetime
    event_id: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
