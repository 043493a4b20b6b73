"""What a letter is made of, and how amounts, instants and goods are said in the reader's language."""

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from countermand.decide.shares import RequestMoney, request_money
from countermand.inform import letters_words_de, letters_words_en
from countermand.model.money import minor_digits
from countermand.model.order import Order
from countermand.model.payment import Payment
from countermand.model.policy import PolicyBook
from countermand.model.request import Part, Request

CATALOGUES: dict[str, dict[str, str]] = {"en": letters_words_en.WORDS, "de": letters_words_de.WORDS}

CODE_BEFORE_DIGIT = re.compile(r"([A-Z]{3})(?=\d)")


@dataclass(frozen=True, slots=True)
class ShopInfo:
    """Whose letter it is. `base_url` without a slash at the end; `timezone` is an IANA name."""

    name: str
    support_email: str | None
    base_url: str
    language: str = "en"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the catalogue and what goes into its gaps; the values are never read as text with gaps."""

    text: str
    values: dict[str, str]

    def plain(self) -> str:
        return self.text.format_map(self.values)


@dataclass(frozen=True, slots=True)
class Row:
    what: Phrase
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One letter before it is set. `stop`: its mark says that something ended or must not happen."""

    subject: Phrase
    heading: Phrase
    paragraphs: tuple[Phrase, ...]
    button: Phrase
    mark: Phrase | None = None
    stop: bool = False
    goods_heading: Phrase | None = None
    rows: tuple[Row, ...] = ()
    total: Row | None = None
    notes: tuple[Phrase, ...] = ()


def pick_locale(wanted: str, otherwise: str) -> tuple[str, Locale]:
    """The language of the letter (one we have words for) and the locale for amounts and dates."""
    for tag in (wanted, otherwise, "en"):
        try:
            locale = Locale.parse(tag, sep="-" if "-" in tag else "_")
        except (ValueError, UnknownLocaleError):
            continue
        if locale.language in CATALOGUES:
            return locale.language, locale
    return "en", Locale("en")


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything that the writers of letters read: the order as it is now, the words, the clock."""

    order: Order
    policies: PolicyBook
    shop: ShopInfo
    language: str
    locale: Locale
    now: datetime

    def say(self, key: str, **values: str) -> Phrase:
        """The phrase of this letter's language, with `{shop}` and `{number}` always at hand."""
        words = CATALOGUES[self.language]
        return Phrase(words[key], {"shop": self.shop.name, "number": self.order.number, **values})

    def money(self, minor: int) -> str:
        """An amount of the order's currency as people of the locale write it."""
        digits = minor_digits(self.order.currency)
        pattern = copy(self.locale.currency_formats["standard"])
        pattern.frac_prec = (digits, digits)  # as ISO 4217 counts them; CLDR shows some currencies without
        said = pattern.apply(
            Decimal(minor).scaleb(-digits), self.locale, currency=self.order.currency, currency_digits=False
        )
        return CODE_BEFORE_DIGIT.sub("\\1\N{NO-BREAK SPACE}", said)

    def when(self, instant: datetime) -> str:
        """A date and a time with its zone, so that nobody has to guess."""
        local = instant.astimezone(ZoneInfo(self.shop.timezone))
        at = format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale)
        return f"{self.day(instant)}, {at} ({self.shop.timezone})"

    def day(self, instant: datetime) -> str:
        return format_date(instant.astimezone(ZoneInfo(self.shop.timezone)), "long", locale=self.locale)

    def money_of(self, request: Request) -> RequestMoney:
        return request_money(self.order, request, self.policies)

    def way(self, payment: str | None) -> str:
        """Where money goes back to, in words that fit into a sentence."""
        found = next((each for each in self.order.payments if each.id == payment), None)
        return self._way(found)

    def _way(self, payment: Payment | None) -> str:
        if payment is None or not payment.method:
            return self.say("way").plain()
        return self.say("way_method", method=payment.method).plain()

    def goods(self, parts: Iterable[Part], priced: bool = False) -> tuple[Row, ...]:
        """One row a line of the order: its title, how many, and, if `priced`, what they cost as sold."""
        units: dict[str, int] = {}
        for part in parts:
            units[part.line] = units.get(part.line, 0) + part.quantity
        return self.rows(units, priced)

    def rows(self, units: dict[str, int], priced: bool = False) -> tuple[Row, ...]:
        return tuple(self._row(line, quantity, priced) for line, quantity in units.items())

    def _row(self, line_id: str, quantity: int, priced: bool) -> Row:
        line = self.order.line(line_id)
        values: dict[str, Any] = {"title": line.title, "quantity": str(quantity)}
        if not priced:
            return Row(self.say("unit_row_plain", **values))
        price = self.money(line.unit_price)
        return Row(self.say("unit_row", price=price, **values), self.money(line.unit_price * quantity))
