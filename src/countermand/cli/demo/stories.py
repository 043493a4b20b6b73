"""What happens to the demo's orders: so many of each story, so long ago, at every holder in turn."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from countermand.model.fulfilment import Stage


class Act(StrEnum):
    """What somebody does to the order, beside the stages it passes."""

    NOTHING = "nothing"
    CANCEL_ALL = "cancel_all"
    CANCEL_SOME = "cancel_some"
    CANCEL_NOW = "cancel_now"  # a moment ago, so that it can still be taken back
    RETRACT = "retract"
    ASK = "ask"  # nobody has answered yet
    ASK_YES = "ask_yes"
    ASK_NO = "ask_no"
    ASK_SILENT = "ask_silent"
    TOO_LATE = "too_late"
    REFUSED = "refused"  # refused at the door, came back, refunded
    STRAY = "stray"  # cancelled, and left all the same
    WITHDRAWN = "withdrawn"


class Paid(StrEnum):
    CAPTURED = "captured"
    AUTHORISED = "authorised"
    SPLIT = "split"
    ON_ACCOUNT = "on_account"
    BY_HAND = "by_hand"  # a provider without a plugin, so that a person must send the money


@dataclass(frozen=True, slots=True)
class Story:
    """`count` orders, placed `youngest` to `oldest` hours ago, that reached `stage`. `paid` None = in turn."""

    count: int
    youngest: float
    oldest: float
    stage: Stage
    act: Act = Act.NOTHING
    paid: Paid | None = None


STORIES = (
    Story(1, 0.2, 0.3, Stage.UNRELEASED, paid=Paid.CAPTURED),
    Story(61, 0.5, 20, Stage.UNRELEASED),
    Story(26, 6, 30, Stage.RELEASED),
    Story(26, 10, 40, Stage.PICKING),
    Story(20, 20, 48, Stage.PACKED),
    Story(40, 40, 100, Stage.DESPATCHED),
    Story(40, 150, 260, Stage.DELIVERED),
    Story(14, 30, 100, Stage.UNRELEASED, Act.CANCEL_ALL),
    Story(12, 20, 90, Stage.UNRELEASED, Act.CANCEL_SOME),
    Story(8, 60, 120, Stage.DESPATCHED, Act.CANCEL_SOME, Paid.CAPTURED),
    Story(4, 1, 5, Stage.UNRELEASED, Act.CANCEL_NOW),
    Story(4, 2, 9, Stage.UNRELEASED, Act.RETRACT),
    Story(10, 12, 40, Stage.PACKED, Act.ASK),
    Story(6, 20, 60, Stage.PICKING, Act.ASK_YES),
    Story(6, 20, 60, Stage.PACKED, Act.ASK_NO),
    Story(4, 30, 60, Stage.PICKING, Act.ASK_SILENT),
    Story(8, 50, 90, Stage.DESPATCHED, Act.TOO_LATE),
    Story(5, 150, 260, Stage.DESPATCHED, Act.REFUSED, Paid.CAPTURED),
    Story(2, 60, 90, Stage.UNRELEASED, Act.STRAY, Paid.CAPTURED),
    Story(3, 30, 90, Stage.UNRELEASED, Act.CANCEL_ALL, Paid.BY_HAND),
    Story(3, 150, 200, Stage.DELIVERED, Act.WITHDRAWN, Paid.CAPTURED),
)

PAID_IN_TURN = (
    Paid.CAPTURED, Paid.AUTHORISED, Paid.CAPTURED, Paid.SPLIT, Paid.CAPTURED, Paid.AUTHORISED, Paid.CAPTURED,
    Paid.ON_ACCOUNT,
)
REASONS = (
    "ordered_by_mistake", "changed_mind", "wrong_item_or_variant", "found_cheaper", "arriving_too_late",
    "other_customer",
)
COMMENTS = (None, "I clicked twice.", None, "The other colour, please.", None, "We found one at home.")
WAREHOUSE, THIRD_PARTY, SELLER_HOLDER = "warehouse", "north-3pl", "market-seller"
SELLER = "market-seller"
HOLDERS_IN_TURN = (WAREHOUSE, THIRD_PARTY, WAREHOUSE, SELLER_HOLDER)
EVERY_SPLIT = 9
"""Every ninth order with two lines or more is sent by two holders."""

GRACE = timedelta(minutes=10)
LANGUAGES = {"DE": "de-DE", "AT": "de-AT", "CH": "de-CH", "FR": "fr-FR", "BE": "fr-BE", "ES": "es-ES"}
