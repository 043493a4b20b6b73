"""The cancel page's form as data: what may be chosen, what was chosen, what would come of it, and every mistake.

Shared by the customer's page and the console's. Pure: the order, the options and the preview go in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from countermand.errors import Fault
from countermand.model.order import Line, Order, counts
from countermand.model.request import Ask, Asker, Decline, Kind, NextStep, Wanted
from countermand.web.pages.forms import COMMENT_LIMIT, Form
from countermand.web.pages.goods import amount_of
from countermand.web.pages.look import DECLINE_WORDS, NEXT_STEP_WORDS, SILENCE_WORDS
from countermand.web.pages.requests import instant, money_sentences
from countermand.web.pages.words import Reader, capital, items, plural, text


@dataclass(frozen=True, slots=True)
class Choosable:
    """One line to choose from. `most`: units that can be asked for now; `hint`: at once, or who is asked."""

    line: str
    name: str
    sku: str
    price: str
    most: int
    hint: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Goods that cannot be cancelled: why, until when it was possible, and what to do instead."""

    name: str
    why: str
    until: str | None
    instead: tuple[str, str] | None


def alike(blocked: Sequence[Blocked]) -> list[tuple[list[str], Blocked]]:
    """Goods with the same reason, time and next step told of together: their names, and what holds for all."""
    groups: dict[tuple[str, str | None, tuple[str, str] | None], tuple[list[str], Blocked]] = {}
    for each in blocked:
        groups.setdefault((each.why, each.until, each.instead), ([], each))[0].append(each.name)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class ReasonChoice:
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Offered:
    version: int
    lines: tuple[Choosable, ...]
    blocked: tuple[Blocked, ...]
    reasons: tuple[ReasonChoice, ...]

    @property
    def most(self) -> int:
        return sum(each.most for each in self.lines)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form says. `quantities` hold what was typed, so that a mistake is shown back as it was."""

    lines: tuple[str, ...]
    typed: Mapping[str, str]
    quantities: Mapping[str, int]
    reason: str
    comment: str
    keep_stock: frozenset[str] = frozenset()
    version: int | None = None

    @property
    def units(self) -> int:
        return sum(self.quantities.values())


@dataclass(frozen=True, slots=True)
class LedgerRow:
    words: str
    amount: str
    sum: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What happens, said before it is confirmed. `button`: the words of the last step, with the amount in them."""

    rows: tuple[LedgerRow, ...]
    sentences: tuple[str, ...]
    button: str


def offered(order: Order, options: Mapping[str, Any], reader: Reader) -> Offered:
    """What the cancel page offers, from what `ask/options.py` answers."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in options["lines"]:
        rows.setdefault(str(row["line"]), []).append(row)
    lines = tuple(
        Choosable(line.id, line.title, line.sku, each_price(order, line, reader), most, _hint(rows[line.id], reader))
        for line in order.lines
        if (most := sum(_most(row) for row in rows.get(line.id, [])))
    )
    blocked = tuple(dict.fromkeys(_blocked(row, reader) for row in options["lines"] if row["not_cancellable"]))
    choices = tuple(ReasonChoice(str(each["code"]), str(each["label"])) for each in options["reasons"])
    return Offered(int(options["version"]), lines, blocked, choices)


def _most(row: Mapping[str, Any]) -> int:
    return int(row["cancellable_now"]) + int(row["with_approval"])


def each_price(order: Order, line: Line, reader: Reader) -> str:
    price = reader.money(line.unit_price, order.currency)
    return price if counts(order, line.id).quantity == 1 else text("{price} each", price=price)


def _hint(rows: Sequence[Mapping[str, Any]], reader: Reader) -> str:
    asked = [row for row in rows if row["with_approval"]]
    now = sum(int(row["cancellable_now"]) for row in rows)
    if not asked:
        return text("can be cancelled at once")
    says = text("we have to ask first, with an answer by {when}", when=reader.moment(instant(asked[0]["answer_by"])))
    return text("{n} at once; for the rest {says}", n=now, says=says) if now else says


def _blocked(row: Mapping[str, Any], reader: Reader) -> Blocked:
    return Blocked(
        name=f"{row['not_cancellable']} × {row['title']}", why=DECLINE_WORDS[Decline(row["reason"])],
        until=reader.moment(instant(row["until"])) if row["until"] else None,
        instead=NEXT_STEP_WORDS[NextStep(row["next_step"])] if row["next_step"] else None,
    )


def nothing_chosen(offers: Offered) -> Chosen:
    """The page as it opens: nothing ticked, each quantity at all that can go, unless there is only one thing."""
    typed = {each.line: str(each.most) for each in offers.lines}
    return Chosen((), typed, {}, "", "", version=offers.version)


def read_choice(form: Form, offers: Offered, *, reason_needed: bool = True) -> tuple[Chosen, tuple[Fault, ...]]:
    """The form and its mistakes, each with the field it belongs to and what to do about it."""
    everything = form.one("all") == "1"
    known = {each.line: each for each in offers.lines}
    ticked = tuple(known) if everything else tuple(line for line in dict.fromkeys(form.all("line")) if line in known)
    typed = {line: str(known[line].most) if everything else form.one(f"q-{line}") for line in known}
    faults: list[Fault] = []
    quantities: dict[str, int] = {}
    for line in ticked:
        most = known[line].most
        value = typed[line] or str(most)
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= most):
            faults.append(Fault(f"q-{line}", text("Enter a number from 1 to {most} for {name}", most=most,
                                                  name=known[line].name)))
        else:
            quantities[line] = int(value)
    if not ticked:
        faults.append(Fault("items", text("Select at least one item to cancel")))
    reason, comment = form.one("reason"), form.one("comment").replace("\r\n", "\n")
    if reason_needed and reason not in {each.code for each in offers.reasons}:
        faults.append(Fault("reasons", text("Select why you are cancelling")))
    if len(comment) > COMMENT_LIMIT:
        faults.append(Fault("comment", text("Comments must be {n} characters or less", n=COMMENT_LIMIT)))
    chosen = Chosen(ticked, typed, quantities, reason, comment, frozenset(form.all("keep-out")),
                    form.number("version"))
    return chosen, tuple(faults)


def spelled(chosen: Chosen) -> str:
    """The choice in one spelling: what the last button promised is compared with what the form then sends."""
    return msgspec.json.encode(sorted(chosen.quantities.items())).decode()


def kept_choice(chosen: Chosen, offers: Offered) -> Chosen:
    """The choice as far as it still can be, for a page that was overtaken."""
    most = {each.line: each.most for each in offers.lines}
    kept = {line: min(units, most[line]) for line, units in chosen.quantities.items() if line in most}
    typed = {line: str(kept.get(line, units)) for line, units in most.items()}
    return Chosen(tuple(kept), typed, kept, chosen.reason, chosen.comment, chosen.keep_stock, offers.version)


def ask_of(chosen: Chosen, asker: Asker, kind: Kind = Kind.CANCELLATION) -> Ask:
    lines = tuple(
        Wanted(line, quantity, False if line in chosen.keep_stock else None)
        for line, quantity in chosen.quantities.items()
    )
    return Ask(asker, kind, lines, chosen.reason or None, chosen.comment or None)


def summary(
    order: Order, chosen: Chosen, preview: Mapping[str, Any], reader: Reader, *, staff: bool = False
) -> Summary:
    """What the request would bring, from the answer of `POST …/cancellation-previews`."""
    goes = [part for part in preview["lines"] if part["outcome"] != "declined"]
    money = preview["money"]
    taken = sum(int(part["quantity"]) for part in goes)
    back = int(money["refund"]) or int(money["void"])
    rows = _rows(order, goes, money, back, reader, staff=staff)
    told = [*_outcomes(preview["lines"], reader), *money_sentences(money, reader, staff=staff)]
    asks = any(part["outcome"] == "awaiting_approval" for part in goes)
    return Summary(tuple(rows), tuple(told), button_words(taken, back, asks, order, reader, staff=staff))


def button_words(units: int, back: int, asks: bool, order: Order, reader: Reader, *, staff: bool) -> str:
    """Verb, number and amount: nobody presses it without knowing what comes of it."""
    if not units:
        return text("Send the request anyway")
    amount = reader.money(back, order.currency)
    if asks:
        return plural(units, "Ask to cancel {n} item", "Ask to cancel {n} items")
    if back and staff:
        one, many = "Cancel {n} unit, give {amount} back", "Cancel {n} units, give {amount} back"
        return plural(units, one, many, amount=amount)
    if back:
        one, many = "Cancel {n} item, get {amount} back", "Cancel {n} items, get {amount} back"
        return plural(units, one, many, amount=amount)
    return plural(units, "Cancel {n} item", "Cancel {n} items")


def _rows(
    order: Order, goes: Sequence[Mapping[str, Any]], money: Mapping[str, Any], back: int, reader: Reader, *,
    staff: bool,
) -> list[LedgerRow]:
    wanted: dict[str, int] = {}
    for part in goes:
        wanted[str(part["line"])] = wanted.get(str(part["line"]), 0) + int(part["quantity"])
    rows: list[LedgerRow] = []
    goods = 0
    for line_id, units in wanted.items():
        line, now = order.line(line_id), counts(order, line_id)
        taken = now.cancelled - line.removed + now.held
        worth = amount_of(order, line, taken, taken + units)
        goods += worth
        words = text("{name}, {n} of {m}", name=line.title, n=units, m=now.quantity)
        rows.append(LedgerRow(words, reader.money(worth, order.currency)))
    fee = int(money["fee"])
    if fee:
        rows.append(LedgerRow(text("Fee for cancelling"), reader.money(-fee, order.currency)))
    rest = back - goods + fee
    if rest > 0:
        rows.append(LedgerRow(text("Delivery and other charges"), reader.money(rest, order.currency)))
    elif rest < 0 and back:
        rows.append(LedgerRow(text("Not paid yet, so not paid back"), reader.money(rest, order.currency)))
    limit = money.get("capture_limit")
    if not back and limit is not None:
        still = text("May still be taken") if staff else text("You pay in the end")
        return [*rows, LedgerRow(still, reader.money(int(limit), order.currency), sum=True)]
    goes_back = text("Goes back") if staff else text("You get back")
    words = goes_back if money["refund"] or not back else text("Let go, never taken")
    rows.append(LedgerRow(words, reader.money(back, order.currency), sum=True))
    return rows


def _outcomes(parts: Sequence[Mapping[str, Any]], reader: Reader) -> list[str]:
    told: list[str] = []
    now = sum(int(part["quantity"]) for part in parts if part["outcome"] == "approved")
    if now:
        told.append(text("{items} cancelled at once.", items=capital(items(now))))
    for part in parts:
        many = capital(items(int(part["quantity"])))
        if part["outcome"] == "awaiting_approval":
            told.append(text(
                "{items}: we have to ask first. You will hear by {when}. If nobody answers, {silence}.", items=many,
                when=reader.moment(instant(part["answer_by"])), silence=SILENCE_WORDS[part["on_silence"]],
            ))
        elif part["outcome"] == "declined":
            why = DECLINE_WORDS[Decline(part["reason"])]
            told.append(text("{items} cannot be cancelled. {why}", items=many, why=why))
            if part.get("next_step"):
                told.append(" ".join(NEXT_STEP_WORDS[NextStep(part["next_step"])]))
    return list(dict.fromkeys(told))

