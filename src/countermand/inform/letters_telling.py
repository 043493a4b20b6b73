"""What a letter is made of, and how amounts, instants and goods are said in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_currency

from countermand.decide.shares import RequestMoney, request_money
from countermand.inform import letters_words_de, letters_words_en
from countermand.model.money import minor_digits
from countermand.model.order import Order
from countermand.model.payment import Payment
from countermand.model.policy import PolicyBook
from countermand.model.request import Part, Request

CATALOGUES: dict[str, dict[str, str]] = {"en": letters_words_en.WORDS, "de": letters_words_de.WORDS}


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
        currency = self.order.currency
        digits = minor_digits(currency)
        pattern = self.locale.currency_formats["standard"].pattern
        return format_currency(
            Decimal(minor).scaleb(-digits), currency, locale=self.locale, currency_digits=True, format=pattern
        ) if digits != 4 else f"{Decimal(minor).scaleb(-4)} {currency}"

    def when(self, instant: datetime) -> str:
        """A date and a time with its zone, so that nobody has to guess."""
        zone = ZoneInfo(self.shop.timezone)
        said = format_datetime(instant, "long", tzinfo=zone, locale=self.locale)
        return said if zone.key in said or "UTC" in said or "+" in said else f"{said} ({zone.key})"

    def day(self, instant: datetime) -> str:
        return format_datetime(instant, "d MMMM y", tzinfo=ZoneInfo(self.shop.timezone), locale=self.locale)

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
