"""What the right of withdrawal does not cover, as data with its source. Member-state law decides: check it."""

from dataclasses import dataclass
from datetime import date

from countermand.model.request import Decline


@dataclass(frozen=True, slots=True)
class Exemption:
    """One exception. `tag`: the product tag that claims it. `decline`: what the asker is told.

    `only_after_delivery`: it needs an act of the customer with the delivered goods (unsealing), so goods that were
    not despatched are never exempt by it. `verified_on`: when somebody compared the entry with the published text;
    None = nobody has.
    """

    tag: str
    decline: Decline
    article: str
    summary: str
    only_after_delivery: bool = False
    authority: str = "Directive 2011/83/EU"
    verified_on: date | None = None


EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(
        "price_fluctuates", Decline.EXEMPT_PRICE_FLUCTUATES, "16(b)",
        "The price follows a financial market that the trader cannot control.",
    ),
    Exemption("personalised", Decline.EXEMPT_PERSONALISED, "16(c)", "Made to order or clearly personalised."),
    Exemption("perishable", Decline.EXEMPT_PERISHABLE, "16(d)", "Spoils or expires soon."),
    Exemption(
        "sealed_hygiene", Decline.EXEMPT_SEALED_HYGIENE, "16(e)",
        "Sealed for health or hygiene, and unsealed after delivery.", only_after_delivery=True,
    ),
    Exemption(
        "sealed_media", Decline.EXEMPT_SEALED_MEDIA, "16(i)",
        "Sealed audio, video or software, unsealed after delivery.", only_after_delivery=True,
    ),
    Exemption(
        "dated_service", Decline.EXEMPT_DATED_SERVICE, "16(l)",
        "Lodging, transport, car rental, catering or leisure for a given date or period.",
    ),
    Exemption(
        "digital_started", Decline.EXEMPT_DIGITAL_STARTED, "16(m)",
        "Digital content whose supply began with the customer's express consent.",
    ),
)

EXEMPT_TAGS: dict[str, Decline] = {exemption.tag: exemption.decline for exemption in EXEMPTIONS}


def exemption_of(tags: tuple[str, ...], *, despatched: bool) -> Exemption | None:
    """The first exception that one of these product tags claims, in the order of the articles.

    `despatched`: have the goods left? Sealed goods that have not cannot have been unsealed.
    """
    for exemption in EXEMPTIONS:
        if exemption.tag in tags and (despatched or not exemption.only_after_delivery):
            return exemption
    return None
