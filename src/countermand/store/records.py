"""What a store keeps beside the order aggregate, as data: tenants, keys, links, rows of lists, messages, batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from countermand.model.event import Actor, Message
from countermand.model.fulfilment import Stage
from countermand.model.order import WorkItem
from countermand.model.payment import Duty
from countermand.model.request import Case, RequestState
from countermand.store.port import Answer, Idempotency, Replayed

Item = TypeVar("Item")
Keyset = tuple[int | str, ...]
"""Where a page ended; instants in it are microseconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the keyset to go on from; None = that was all."""

    items: tuple[Item, ...]
    after: Keyset | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A caller's key and the answer to keep with it: the effect happens once, a repetition raises AlreadyAnswered."""

    idempotency: Idempotency
    answer: Answer


class AlreadyAnswered(Exception):
    """The key was used before; nothing was written."""

    def __init__(self, replayed: Replayed) -> None:
        super().__init__("this key was used before")
        self.replayed = replayed


@dataclass(frozen=True, slots=True)
class Merchant:
    """A tenancy. `digest_key`: hex, for keyed digests of personal texts; it never leaves the server."""

    id: str
    name: str
    digest_key: str
    created_at: datetime
    shop_name: str = ""
    support_email: str | None = None
    base_url: str | None = None
    default_locale: str = "en"


@dataclass(frozen=True, slots=True)
class Seller:
    merchant: str
    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret, which is stored only as SHA-256. `holder` or `seller`: whose key it is."""

    merchant: str
    id: str
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    holder: str | None = None
    seller: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    version: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """A customer's way to one order. `token_hash`: SHA-256 of the secret in the link, hex."""

    merchant: str
    order: str
    token_hash: str
    expires_at: datetime
    rotated_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `token_hash`: SHA-256 of the cookie's secret; `subject`: who, by the meaning of `kind`."""

    merchant: str
    token_hash: str
    kind: str
    subject: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    merchant: str
    id: str
    url: str
    secret: str
    created_at: datetime
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to. `sellers`, `holders`: orders with a line or fulfilment order of any."""

    stage: Stage | None = None
    request_state: RequestState | None = None
    q: str | None = None
    email: str | None = None
    sku: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    sellers: frozenset[str] | None = None
    holders: frozenset[str] | None = None
    quarantined: bool | None = None


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One row of a list. `stage`: the earliest of its fulfilment orders; units are added up over all lines."""

    number: str
    version: int
    placed_at: datetime
    customer_name: str | None
    customer_email: str | None
    currency: str
    stage: Stage | None
    request_state: RequestState | None
    quarantined: str | None
    first_title: str | None
    lines: int
    units: int
    open: int
    held: int
    cancelled: int
    despatched: int


@dataclass(frozen=True, slots=True)
class RequestSummary:
    id: str
    order: str
    state: RequestState
    kind: str
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case with its order and the (line, quantity) pairs that it asks for."""

    order: str
    case: Case
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RefundSummary:
    order: str
    currency: str
    duty: Duty


@dataclass(frozen=True, slots=True)
class WorkSummary:
    order: str
    position: int
    item: WorkItem


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as it is stored. `sealed`: the events, canonical JSON; `texts`: (event, field) to text, if kept."""

    sequence: int
    at: datetime
    actor: Actor
    sealed: str
    previous: str
    digest: str
    texts: Mapping[tuple[int, str], str | None]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message. `number` is the fencing number of this claim, `attempt` counts from 1."""

    merchant: str
    order: str
    message: Message
    attempt: int
    number: int


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One order of a batch; `status` None = not yet done, `outcome` is the JSON answer."""

    position: int
    order: str
    status: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Many orders to cancel alike. `body`: what is asked for each, JSON."""

    merchant: str
    id: str
    actor: Actor
    body: str
    created_at: datetime
    total: int
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchClaim:
    merchant: str
    id: str
    number: int
