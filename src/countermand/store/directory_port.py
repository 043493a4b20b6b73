"""What the shell asks of a store beside the orders: tenants, keys, policies, links, lists, outbox, batches."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from countermand.host import Sleep
from countermand.model.event import Message
from countermand.model.fulfilment import Holder
from countermand.model.payment import DutyState
from countermand.model.request import CaseState, RequestState
from countermand.store.port import OrderStore
from countermand.store.records import (
    AlreadyAnswered,
    ApiKey,
    AuditRow,
    Batch,
    BatchClaim,
    BatchItem,
    CaseSummary,
    CustomerLink,
    Keyset,
    Merchant,
    Once,
    OrderFilter,
    OrderSummary,
    Outgoing,
    Page,
    PolicyVersion,
    RefundSummary,
    RequestSummary,
    Seller,
    Session,
    WebhookEndpoint,
    WorkSummary,
)

__all__ = [
    "AlreadyAnswered",
    "ApiKey",
    "AuditRow",
    "Batch",
    "BatchClaim",
    "BatchItem",
    "CaseSummary",
    "CustomerLink",
    "Deliveries",
    "Directory",
    "Keyset",
    "Lists",
    "Merchant",
    "Once",
    "OrderFilter",
    "OrderSummary",
    "Outgoing",
    "Page",
    "PolicyVersion",
    "RefundSummary",
    "RequestSummary",
    "Seller",
    "Session",
    "Store",
    "WebhookEndpoint",
    "WorkSummary",
]


class Directory(Protocol):
    """Tenants, who may sign in, and the rules. `once` makes a write happen once for a caller's key."""

    async def create_merchant(self, merchant: Merchant) -> bool:
        """With the default policy as version 1. False = the id is taken."""
        ...

    async def update_merchant(self, merchant: Merchant) -> None: ...

    async def find_merchant(self, merchant: str) -> Merchant | None: ...

    async def merchants(self) -> list[Merchant]: ...

    async def digest_key(self, merchant: str) -> bytes: ...

    async def create_holder(self, holder: Holder, now: datetime, once: Once | None = None) -> bool:
        """False = the id is taken. The first holder is the merchant's default."""
        ...

    async def holders(self, merchant: str) -> list[Holder]:
        """In order of creation: the first is the default."""
        ...

    async def create_seller(self, seller: Seller, now: datetime, once: Once | None = None) -> bool: ...

    async def sellers(self, merchant: str) -> list[Seller]: ...

    async def create_api_key(self, key: ApiKey, secret_hash: str) -> None:
        """Errors: WriteRefused if the holder or seller is unknown."""
        ...

    async def find_api_key(self, merchant: str, secret_hash: str) -> ApiKey | None: ...

    async def api_keys(self, merchant: str) -> list[ApiKey]: ...

    async def revoke_api_key(self, merchant: str, key: str, now: datetime) -> bool: ...

    async def touch_api_key(self, merchant: str, key: str, now: datetime) -> None: ...

    async def current_policy(self, merchant: str) -> tuple[int, Mapping[str, object]]:
        """The newest version and its document. Errors: KeyError if the merchant is unknown."""
        ...

    async def policy_version(self, merchant: str, version: int) -> Mapping[str, object]: ...

    async def put_policy(
        self, merchant: str, expected: int, document: Mapping[str, object], by: str, now: datetime,
        once: Once | None = None,
    ) -> int | None:
        """The new version, `expected + 1`; None if the newest is not `expected` any more."""
        ...

    async def policies(self, merchant: str) -> list[PolicyVersion]: ...

    async def rotate_link(self, link: CustomerLink, once: Once | None = None) -> None:
        """The order's one link from now on; an older one stops working."""
        ...

    async def add_link(self, link: CustomerLink) -> None:
        """One more link of the order, for a letter of ours: no other link stops working by it."""
        ...

    async def find_link(self, merchant: str, token_hash: str, now: datetime) -> CustomerLink | None: ...

    async def open_session(self, session: Session) -> None: ...

    async def find_session(self, merchant: str, token_hash: str, now: datetime) -> Session | None: ...

    async def close_session(self, merchant: str, token_hash: str) -> None: ...

    async def create_endpoint(self, endpoint: WebhookEndpoint, once: Once | None = None) -> None: ...

    async def endpoints(self, merchant: str) -> list[WebhookEndpoint]: ...

    async def delete_endpoint(self, merchant: str, endpoint: str, once: Once | None = None) -> bool: ...


class Lists(Protocol):
    """What people and integrations look through. Lists are keyset-paged: pass `Page.after` to go on."""

    async def list_orders(
        self, merchant: str, chosen: OrderFilter, limit: int, after: Keyset | None = None
    ) -> Page[OrderSummary]:
        """Newest first."""
        ...

    async def list_requests(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: RequestState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None, holders: frozenset[str] | None = None,
    ) -> Page[RequestSummary]:
        """Newest first."""
        ...

    async def list_cases(
        self, merchant: str, limit: int, after: Keyset | None = None, *, holders: frozenset[str] | None = None,
        state: CaseState | None = None, order: str | None = None,
    ) -> Page[CaseSummary]:
        """Most urgent first."""
        ...

    async def list_refunds(
        self, merchant: str, limit: int, after: Keyset | None = None, *, state: DutyState | None = None,
        order: str | None = None, sellers: frozenset[str] | None = None,
    ) -> Page[RefundSummary]:
        """Newest first."""
        ...

    async def worklist(self, merchant: str, limit: int, after: Keyset | None = None) -> Page[WorkSummary]:
        """Open rows, oldest first."""
        ...

    async def request_counts(self, merchant: str) -> dict[RequestState, int]: ...

    async def audit(self, merchant: str, order: str) -> list[AuditRow]: ...

    async def erase_texts(self, merchant: str, order: str) -> int:
        """Forget the personal texts beside the order's audit; the chain stays whole. How many were erased."""
        ...


class Deliveries(Protocol):
    """The outbox and the batches: claimed by compare-and-set, so that any number of nodes may work them off."""

    async def claim_messages(
        self, kind: str, limit: int, expiry: timedelta, now: datetime
    ) -> list[Outgoing]: ...

    async def tell(self, merchant: str, order: str, message: Message) -> None:
        """Put a message into the outbox beside any commit; nothing happens if its dedupe key is there."""
        ...

    async def message_sent(self, message: Outgoing, now: datetime) -> None: ...

    async def message_suppressed(self, message: Outgoing, now: datetime) -> None:
        """It is true no more, so it never leaves: over, and neither sent nor dead."""
        ...

    async def message_failed(self, message: Outgoing, failure: str, retry_at: datetime | None) -> None:
        """`retry_at` None = given up; it stays in the outbox as dead."""
        ...

    async def create_batch(self, batch: Batch, orders: Sequence[str], once: Once | None = None) -> None: ...

    async def find_batch(self, merchant: str, batch: str) -> Batch | None: ...

    async def batch_items(self, merchant: str, batch: str, limit: int, after: int = -1) -> list[BatchItem]: ...

    async def claim_batch(self, expiry: timedelta) -> BatchClaim | None:
        """The oldest unfinished batch that nobody works on."""
        ...

    async def next_items(self, claim: BatchClaim, limit: int) -> list[BatchItem]:
        """Items without an outcome, in order."""
        ...

    async def record_outcome(
        self, claim: BatchClaim, position: int, status: int, outcome: str, expiry: timedelta
    ) -> bool:
        """Once an item; holds the claim for another `expiry`. False = the claim has lapsed."""
        ...

    async def finish_batch(self, claim: BatchClaim, now: datetime) -> None: ...


class Store(OrderStore, Directory, Lists, Deliveries, Protocol):
    """All of a store."""

    async def is_ready(self) -> bool:
        """Whether the tables of this version are there."""
        ...

    async def migrate(self) -> None:
        """Safe to run twice and from two nodes at once."""
        ...

    def wake_others(self) -> None:
        """Tell the other nodes that work is due, after the commit that made it so. Returns at once, never fails."""
        ...

    async def hear(self, ring: Callable[[], None], sleep: Sleep) -> None:
        """Ring whenever another node tells, until cancelled. Returns at once where there is nobody to hear."""
        ...

    async def close(self) -> None: ...
