"""What the demo shows on its start page, and the doors that need no key while it runs on one's own machine."""

from dataclasses import dataclass

from countermand.inform.mailbox import Mailbox
from countermand.web.pages.session import HOLDER, MERCHANT, SELLER, Visit


@dataclass(frozen=True, slots=True)
class Door:
    """A way in without a key. `token`: secret, known only to who reads the demo's output or its start page."""

    token: str
    words: str
    note: str
    visit: Visit

    @property
    def path(self) -> str:
        return f"/{'console' if self.visit.kind == MERCHANT else 'queue'}/enter/{self.token}"


@dataclass(frozen=True, slots=True)
class Example:
    """A customer's order to look at. `path`: its link, `/o/…`."""

    path: str
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class Demo:
    """`doors`: the console and each holder's queue; `examples`: orders of customers, in various stages."""

    mailbox: Mailbox
    merchant: str
    doors: tuple[Door, ...]
    examples: tuple[Example, ...] = ()

    def door(self, token: str) -> Door | None:
        return next((each for each in self.doors if each.token == token), None)


def console_door(token: str, merchant: str) -> Door:
    """Into the console, as if with a key of the merchant."""
    visit = Visit(merchant, MERCHANT, "demo")
    return Door(token, "Merchant console", "Orders, cancelling, refunds, the policy", visit)


def queue_door(token: str, merchant: str, holder: str, name: str, *, seller: str | None = None) -> Door:
    """Into the queue of a holder, or of a seller who ships."""
    visit = Visit(merchant, SELLER, seller) if seller else Visit(merchant, HOLDER, holder)
    return Door(token, f"Queue of {name}", "Approve, decline, confirm a stop, scan before packing", visit)
