"""The letters to whoever holds the goods and to the merchant. They open a page; nothing is answered by mail."""

from collections.abc import Callable

from countermand.inform.letters_telling import Sheet, Telling
from countermand.inform.messages import Template, subject_of
from countermand.model.event import Message
from countermand.model.payment import DutyState
from countermand.model.request import Answerer, Case, CaseState, PartState


def case_of(told: Telling, message: Message) -> Case | None:
    """The open case the letter is about; None if it was answered or overtaken meanwhile."""
    case = next((each for each in told.order.cases if each.id == message.case), None)
    return case if case is not None and case.state is CaseState.OPEN else None


def holder_new_case(told: Telling, message: Message) -> Sheet | None:
    case = case_of(told, message)
    if case is None or case.answerer.value != message.audience:
        return None
    answer_by = told.when(case.answer_by)
    request = told.order.request(case.request)
    parts = [part for part in request.parts if part.case == case.id and part.state is PartState.AWAITING_APPROVAL]
    return Sheet(
        told.say("holder_new_case.subject", answer_by=answer_by), told.say("holder_new_case.heading"),
        (told.say("holder_new_case.body", fulfilment_order=case.fulfilment_order),
         told.say(f"holder_new_case.silence_{case.on_silence.value}", answer_by=answer_by)),
        told.say("button_case"), told.say("holder_new_case.mark", answer_by=answer_by), True,
        told.say("goods"), told.goods(parts),
    )


def merchant_attention(told: Telling, message: Message) -> Sheet | None:
    """A refund that a person must send, a case that nobody answered, or a part that cannot go on."""
    if message.case is not None:
        case = case_of(told, message)
        if case is None or case.answerer is not Answerer.MERCHANT:
            return None
        answer_by = told.when(case.answer_by)
        said = told.say("merchant_attention.case", holder=case.holder, answer_by=answer_by)
    else:
        about = subject_of(message)
        duty = next((each for each in told.order.duties if each.id == about), None)
        if duty is not None and duty.state is DutyState.MANUAL_REQUIRED:
            failure = duty.failure or told.say("no_detail").plain()
            said = told.say("merchant_attention.refund", amount=told.money(duty.amount), failure=failure)
        elif duty is None and message.request is not None and needs_attention(told, message.request, about):
            said = told.say("merchant_attention.part")
        else:
            return None
    return Sheet(
        told.say("merchant_attention.subject"), told.say("merchant_attention.heading"), (said,),
        told.say("button_console"), told.say("merchant_attention.mark"), True,
    )


def needs_attention(told: Telling, request_id: str, number: str) -> bool:
    request = next((each for each in told.order.requests if each.id == request_id), None)
    return request is not None and any(
        str(part.number) == number and part.state is PartState.NEEDS_ATTENTION for part in request.parts
    )


STAFF_LETTERS: dict[str, Callable[[Telling, Message], Sheet | None]] = {
    Template.HOLDER_NEW_CASE: holder_new_case,
    Template.MERCHANT_ATTENTION: merchant_attention,
}
