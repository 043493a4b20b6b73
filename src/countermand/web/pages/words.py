"""Numbers, amounts and times in a reader's own way, and the texts of the pages.

Texts are English for now; each goes through `text` or `plural`, so that catalogues can take their place. Source of
the formats: Unicode CLDR, through Babel.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, get_currency_precision

from countermand.model.money import minor_digits

LANGUAGES = ("en",)
LETTER_BEFORE_DIGIT = re.compile(r"([A-Z])(\d)")
"""CLDR parts a currency's letters from the digits (`KWD 2.580`); Babel does not."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def text(message: str, **values: object) -> str:
    """A text of a page in the reader's language."""
    return message.format(**values) if values else message


def plural(count: int, one: str, many: str, **values: object) -> str:
    """A text that depends on a number; `{n}` stands for it."""
    return (one if count == 1 else many).format(n=count, **values)


def locale_of(tag: str | None) -> Locale:
    """The reader's region in a language that the pages have: `de-DE` reads English words and German amounts."""
    language, _, region = (tag or "en").replace("_", "-").partition("-")
    region = region.rpartition("-")[2]
    wanted = language if language in LANGUAGES else LANGUAGES[0]
    try:
        return Locale.parse(f"{wanted}_{region.upper()}" if region else f"{wanted}_GB")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(f"{wanted}_GB")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is written: the locale, the zone of its times, and what time it is now."""

    locale: Locale
    now: datetime
    zone: tzinfo = UTC

    @property
    def language(self) -> str:
        return str(self.locale.language)

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def number(self, value: int) -> str:
        return str(format_decimal(value, locale=self.locale))

    def money(self, minor: int, currency: str) -> str:
        """`minor` whole minor units, written with the currency's own digits."""
        digits = minor_digits(currency)
        usual = get_currency_precision(currency) == digits
        amount = format_currency(
            Decimal(abs(minor)).scaleb(-digits), currency, locale=self.locale, currency_digits=usual,
            format=None if usual else f"¤#,##0.{'0' * digits}",
        )
        amount = LETTER_BEFORE_DIGIT.sub("\\1\N{NO-BREAK SPACE}\\2", amount)
        return f"−\N{NO-BREAK SPACE}{amount}" if minor < 0 else amount

    def clock(self, at: datetime) -> str:
        """`14:30 UTC`; the zone is named because a page cannot know where its reader is."""
        there = at.astimezone(self.zone)
        return f"{format_time(there, 'short', locale=self.locale)} {there.tzname()}"

    def day(self, at: datetime) -> str:
        """`Tuesday 24 November`, with the year only when it is another one."""
        there, here = at.astimezone(self.zone), self.now.astimezone(self.zone)
        if there.year != here.year:
            return str(format_date(there, "long", locale=self.locale))
        if "MMMMEEEEd" in self.locale.datetime_skeletons:
            return str(format_skeleton("MMMMEEEEd", there, locale=self.locale))
        return str(format_date(there, "EEEE d MMMM", locale=self.locale))

    def moment(self, at: datetime) -> str:
        """`today, 14:30 UTC` or `Tuesday 24 November, 14:30 UTC`."""
        there, here = at.astimezone(self.zone), self.now.astimezone(self.zone)
        if there.date() == here.date():
            return text("today, {clock}", clock=self.clock(at))
        if there.date() == (here + timedelta(days=1)).date():
            return text("tomorrow, {clock}", clock=self.clock(at))
        return f"{self.day(at)}, {self.clock(at)}"

    def length(self, span: timedelta) -> str:
        """How long in words: `8 min`, `1 h 13 min`, `3 days`."""
        minutes = max(0, int(span.total_seconds() // 60))
        if minutes < 60:
            return text("{m} min", m=minutes)
        if minutes < 48 * 60:
            hours, rest = divmod(minutes, 60)
            return text("{h} h {m} min", h=hours, m=rest) if rest else text("{h} h", h=hours)
        return plural(minutes // (24 * 60), "{n} day", "{n} days")


def capital(words: str) -> str:
    """The text as the start of a sentence or a table cell."""
    return words[:1].upper() + words[1:]


def items(count: int) -> str:
    return plural(count, "{n} item", "{n} items")


def masked(email: str | None) -> str | None:
    """`a•••@example.com`: enough to recognise one's own address, too little to learn somebody else's."""
    name, at, domain = (email or "").partition("@")
    return f"{name[:1]}•••@{domain}" if at else None
