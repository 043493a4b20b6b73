"""A letter says what is true when it leaves, in the reader's language, safely, and small."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.decide.transitions import transitions
from countermand.inform.letters import MAX_BYTES, ShopInfo, message_id, write_letter
from countermand.inform.letters_customer import CUSTOMER_LETTERS
from countermand.inform.letters_staff import STAFF_LETTERS
from countermand.inform.letters_telling import CATALOGUES
from countermand.inform.messages import Template, messages_for, order_link
from countermand.model.event import Message
from countermand.model.order import with_duty
from countermand.model.payment import DutyState
from countermand.model.policy import Terms
from countermand.model.request import Decline, Kind, NextStep, Silence
from countermand.plugins.protocols import Letter
from tests.decide.scene import Scene, at_stage, sample

SHOP = ShopInfo("Larkfield", "help@larkfield.example", "https://larkfield.example", timezone="Europe/London")
LINK = "https://larkfield.example/o/acme.token"
ENGLISH = {"name": "Ana Silva", "email": "ana@example.com", "locale": "en-GB"}


def letters(scene: Scene, verb, shop: ShopInfo = SHOP) -> dict[str, Letter | None]:
    """The letters that a verb causes, written at once, by template."""
    before = scene.order
    verb()
    made = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    return {message.template: write(scene, message, shop) for message in made}


def write(scene: Scene, message: Message, shop: ShopInfo = SHOP) -> Letter | None:
    to = "hall@warehouse.example" if message.audience == "holder" else None
    return write_letter(scene.order, scene.policies, message, shop, LINK, scene.now, to)


def only(made: dict[str, Letter | None], template: str) -> Letter:
    letter = made[template]
    assert letter is not None
    return letter


def test_a_whole_cancellation_says_how_much_goes_back_and_adds_up() -> None:
    scene = Scene(sample(customer=ENGLISH))
    letter = only(letters(scene, lambda: scene.ask(reason="ordered_by_mistake")), "cancelled")
    assert letter.subject == "Larkfield: order 1042 is cancelled, €44.65 refund on its way"
    assert "We cancelled order 1042. Nothing will be sent." in letter.text
    assert "Mug, 3 at €12.00: €36.00" in letter.text
    assert "Discounts, tax, delivery and fees: €8.65" in letter.text
    assert "We refund: €44.65" in letter.text
    assert "I ordered by mistake" in letter.text
    assert letter.reply_to == "help@larkfield.example"


def test_a_part_says_that_the_refund_waits_for_the_rest_and_until_when() -> None:
    scene = Scene(sample(customer=ENGLISH))
    letter = only(letters(scene, lambda: scene.ask({"1": 1})), "partly_cancelled")
    assert "We refund €12.90 to the account you paid from after the rest of your order ships, by 5 December 2026" in (
        letter.text
    )


def test_a_letter_is_german_for_whoever_reads_german() -> None:
    scene = Scene()
    letter = only(letters(scene, scene.ask), "cancelled")
    assert letter.language == "de"
    assert '<html lang="de" dir="ltr">' in letter.html
    assert "Wir erstatten" in letter.text
    assert "44,65\xa0€" in letter.text


@pytest.mark.parametrize("locale", ["xx-nonsense", "", "ja-JP", "no_such!locale", "zh-Hant-TW"])
def test_an_unknown_language_falls_back_to_the_shops(locale: str) -> None:
    scene = Scene(sample(customer=ENGLISH))
    scene.order = replace(scene.order, customer=replace(scene.order.customer, locale=locale))
    assert only(letters(scene, scene.ask, replace(SHOP, language="de")), "cancelled").language == "de"


@pytest.mark.parametrize(
    ("currency", "minor", "said"),
    [("JPY", 4465, "¥4,465"), ("KWD", 4465, "KWD\xa04.465"), ("IQD", 4465, "IQD\xa04.465"),
     ("UYW", 4465, "UYW\xa00.4465"), ("EUR", 4465, "€44.65")],
)
def test_money_has_the_digits_of_its_currency(currency: str, minor: int, said: str) -> None:
    scene = Scene(sample(customer={**ENGLISH, "locale": "en"}, currency=currency))
    assert said in only(letters(scene, scene.ask), "cancelled").text.replace("JP¥", "¥")


def test_who_was_asked_by_when_and_what_silence_means() -> None:
    scene = Scene(at_stage("picking", customer=ENGLISH))
    made = letters(scene, scene.ask)
    asked = only(made, "awaiting")
    assert "You will hear by 21 November 2026, 14:00 (Europe/London)" in asked.text
    assert "If nobody answers by then, the goods are sent as you ordered them." in asked.text
    holder = only(made, "holder_new_case")
    assert holder.to == "hall@warehouse.example"
    assert "Keep the goods below back until you have answered." in " ".join(holder.text.split())


def test_a_holder_without_an_address_gets_no_letter_and_nobody_else_gets_theirs() -> None:
    scene = Scene(at_stage("picking"))
    before = scene.order
    scene.ask()
    made = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    [asked] = [each for each in made if each.audience == "holder"]
    assert write_letter(scene.order, scene.policies, asked, SHOP, LINK, scene.now) is None


def test_a_question_that_was_answered_meanwhile_is_not_sent() -> None:
    scene = Scene(at_stage("picking"))
    before = scene.order
    scene.ask()
    made = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    scene.answer(True)
    assert [write(scene, message) for message in made] == [None, None]


def test_a_receipt_that_was_overtaken_by_the_cancellation_is_not_sent() -> None:
    scene = Scene(terms=Terms(grace=timedelta(minutes=10)))
    before = scene.order
    scene.ask()
    [received] = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    assert write(scene, received) is not None
    scene.wait(minutes=11)
    assert write(scene, received) is None


def test_a_request_retracted_in_the_grace_period_is_not_confirmed_any_more() -> None:
    scene = Scene(terms=Terms(grace=timedelta(minutes=10)))
    before = scene.order
    scene.ask()
    [received] = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    scene.retract()
    assert write(scene, received) is None


def test_no_link_to_an_order_that_is_cancelled_whole() -> None:
    scene = Scene()
    message = order_link(scene.order, scene.now)
    assert write(scene, message) is not None
    scene.ask()
    assert write(scene, message) is None


def test_a_part_that_became_the_whole_is_told_as_the_whole() -> None:
    scene = Scene(sample(customer=ENGLISH))
    before = scene.order
    scene.ask({"1": 1})
    [message] = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    scene.ask()
    letter = write(scene, message)
    assert letter is not None
    assert "Your order is cancelled" in letter.text


def test_whoever_was_told_no_is_told_why_and_what_to_do() -> None:
    scene = Scene(at_stage("despatched", customer=ENGLISH))
    scene.policy = replace(scene.policy, return_instructions={"en": "Label under the lid."})
    text = " ".join(only(letters(scene, scene.ask), "declined").text.split())
    assert "It has already shipped." in text
    assert "refuse the parcel at the door" in text
    assert "Label under the lid." in text


def test_a_stray_parcel_says_that_the_refund_stays_as_it_is() -> None:
    scene = Scene(sample(customer=ENGLISH))
    scene.ask()
    letter = only(letters(scene, lambda: scene.goods("despatched", tracking="JD01")), "refuse_parcel")
    text = " ".join(letter.text.split())
    assert "This parcel should not have come" in text
    assert "Your refund does not change by this" in text
    assert "JD01" in text


def test_a_withdrawal_receipt_has_content_date_and_time_and_stays_true() -> None:
    scene = Scene(at_stage("delivered", customer=ENGLISH))
    before = scene.order
    scene.ask(kind=Kind.WITHDRAWAL)
    [message] = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    scene.wait(days=3)
    letter = write(scene, message)
    assert letter is not None
    text = " ".join(letter.text.split())
    assert "21 November 2026, 10:00 (Europe/London)" in text
    assert "Mug, 3" in text
    assert "Ana Silva" in text


def with_first_duty(scene: Scene, state: DutyState, **changes) -> None:
    scene.order = with_duty(scene.order, replace(scene.order.duties[0], state=state, **changes))


def test_a_refund_says_how_much_and_whereto() -> None:
    body = sample(customer=ENGLISH)
    body["payments"][0]["method"] = "Visa 4242"
    scene = Scene(body)
    scene.ask()
    sent = lambda: with_first_duty(scene, DutyState.REFUNDED, payment="p1", reference="re_9")  # noqa: E731
    letter = only(letters(scene, sent), "refund_sent")
    assert letter.subject == "Larkfield: €44.65 refunded for order 1042"
    assert "to your Visa 4242" in letter.text
    assert "re_9" in letter.text


def test_a_refund_that_came_through_after_all_is_no_problem_any_more() -> None:
    scene = Scene(sample(customer=ENGLISH))
    scene.ask()
    before = scene.order
    with_first_duty(scene, DutyState.FAILED)
    [message] = messages_for(before, scene.order, transitions(before, scene.order), scene.now)
    assert message.due_at > scene.now
    assert write(scene, message) is not None
    with_first_duty(scene, DutyState.REFUNDED)
    assert write(scene, message) is None


def test_the_merchant_hears_of_a_refund_that_a_person_must_send() -> None:
    scene = Scene()
    scene.ask()
    made = letters(scene, lambda: with_first_duty(scene, DutyState.MANUAL_REQUIRED, failure="card closed"))
    letter = only(made, "merchant_attention")
    assert letter.to == "help@larkfield.example"
    assert letter.reply_to is None
    assert "card closed" in letter.text


EVIL = "<script>alert(1)</script>{number}{0.__class__}%s&amp;"


def test_nothing_that_people_wrote_is_read_as_markup_or_as_a_gap() -> None:
    body = sample(customer={**ENGLISH, "name": EVIL})
    body["lines"][0]["title"] = EVIL
    scene = Scene(body)
    letter = only(letters(scene, scene.ask, replace(SHOP, name=EVIL)), "cancelled")
    assert "<script>" not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert "{0.__class__}" in letter.text


def test_a_letter_is_small_has_one_button_and_loads_nothing() -> None:
    body = sample(customer=ENGLISH)
    lines = [
        {"id": str(number), "sku": f"S{number}", "title": "A rather long title of some goods " * 2, "quantity": 1,
         "unit_price": 100, "tax": 0} for number in range(1, 151)
    ]
    held = [{"line": line["id"], "quantity": 1} for line in lines]
    body.update(lines=lines, payments=[], fulfilment_orders=[{"id": "F1", "holder": "main", "lines": held}])
    body.pop("shipping")
    scene = Scene(body)
    letter = only(letters(scene, scene.ask), "cancelled")
    assert len(letter.html.encode()) <= MAX_BYTES
    assert letter.html.count("<a ") == 1
    assert f'href="{LINK}"' in letter.html
    assert not re.search(r"<img|<link|url\(|src=", letter.html)
    assert LINK in letter.text


def test_a_message_id_is_the_same_on_every_attempt_and_for_no_other_notice() -> None:
    first = message_id("acme", "cancelled:cr_1:1", "https://larkfield.example")
    assert first == message_id("acme", "cancelled:cr_1:1", "https://larkfield.example")
    assert first != message_id("other", "cancelled:cr_1:1", "https://larkfield.example")
    assert re.fullmatch(r"<[0-9a-f]{40}@larkfield\.example>", first)


def test_every_template_has_a_writer() -> None:
    assert set(CUSTOMER_LETTERS) | set(STAFF_LETTERS) == set(Template)


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_catalogue_has_every_text_with_the_same_gaps(language: str) -> None:
    gaps = {key: set(re.findall(r"{(\w+)}", text)) for key, text in CATALOGUES[language].items()}
    english = {key: set(re.findall(r"{(\w+)}", text)) for key, text in CATALOGUES["en"].items()}
    assert gaps == english


def test_the_catalogues_know_every_reason_step_and_silence() -> None:
    needed = {f"why.{each.value}" for each in Decline} | {f"next.{each.value}" for each in NextStep}
    needed |= {f"silence.{each.value}" for each in Silence}
    assert needed <= set(CATALOGUES["en"])
