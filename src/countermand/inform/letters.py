"""Writing a letter when it leaves, from what is true then: the notice that leaves is the notice that is still true.

A message that is true no more is no letter (None), and its outbox row is marked suppressed.
"""

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from countermand.inform.letters_customer import CUSTOMER_LETTERS
from countermand.inform.letters_staff import STAFF_LETTERS
from countermand.inform.letters_telling import Phrase, ShopInfo, Telling, pick_locale
from countermand.model.event import Message
from countermand.model.order import Order
from countermand.model.policy import PolicyBook
from countermand.plugins.protocols import Letter

MAX_BYTES = 60_000
"""A letter's HTML. Mail programs cut longer ones off (ux.md section 7)."""

__all__ = ["MAX_BYTES", "ShopInfo", "message_id", "write_letter"]


def write_letter(
    order: Order, policies: PolicyBook, message: Message, shop: ShopInfo, link: str | None, now: datetime,
    to: str | None = None,
) -> Letter | None:
    """The letter as it is true now, or None if it is true no more or there is nobody to send it to.

    `link`: the page its one button opens. `to`: the address of a holder; the customer's and the shop's are known.
    """
    customer = message.audience == "customer"
    writer = (CUSTOMER_LETTERS if customer else STAFF_LETTERS).get(message.template)
    known = {"customer": order.customer.email, "merchant": shop.support_email}
    address = to or known.get(message.audience)
    if writer is None or not address:
        return None
    wanted = order.customer.locale if customer else shop.language
    language, locale = pick_locale(wanted, shop.language)
    told = Telling(order, policies, shop, language, locale, now)
    sheet = writer(told, message)
    if sheet is None:
        return None
    name = order.customer.name if customer else None
    values = {
        "sheet": sheet, "shop": shop.name, "link": link, "language": language, "direction": locale.text_direction,
        "hello": told.say("hello", name=name) if name else told.say("hello_nobody"),
        "records": told.say("records"),
        "footer": told.say("footer", email=shop.support_email) if shop.support_email else told.say("footer_plain"),
    }
    html = environment().get_template("mail.html").render(values)
    text = environment().get_template("mail.txt").render(values)
    return Letter(
        to=address, subject=sheet.subject.plain(), text=text, html=html,
        message_id=message_id(order.merchant, message.dedupe, shop.base_url), language=language,
        sender_name=shop.name, reply_to=shop.support_email if customer else None,
    )


def message_id(merchant: str, dedupe: str, base_url: str) -> str:
    """The same for the same notice on every attempt, so that a second copy is recognised (RFC 5322, 3.6.4)."""
    digest = sha256(f"{merchant}\n{dedupe}".encode()).hexdigest()[:40]
    host = urlsplit(base_url).hostname or "countermand.invalid"
    return f"<{digest}@{host}>"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; everything that goes into HTML is escaped."""
    made = Environment(
        loader=PackageLoader("countermand", "inform/templates"), autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    made.filters["plain"] = Phrase.plain
    made.filters["rich"] = rich
    return made


def rich(phrase: Phrase) -> Markup:
    """The phrase for HTML: its gaps are filled with escaped values that keep their own direction."""
    values = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in phrase.values.items()}
    return Markup(escape(phrase.text)).format(**values)
