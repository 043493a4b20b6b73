"""The words of the letters in English. Sentences are short; a date or an amount never stands without its meaning."""

WORDS: dict[str, str] = {
    "hello": "Hello {name},",
    "hello_nobody": "Hello,",
    "goods": "The goods",
    "goods_cancelled": "Cancelled goods",
    "unit_row": "{title}, {quantity} at {price}",
    "unit_row_plain": "{title}, {quantity}",
    "rest_row": "Discounts, tax, delivery and fees",
    "sum_row": "We refund",
    "records": "Keep this for your records",
    "record": "Reference {reference}. Asked on {asked_at}.",
    "record_reason": "Reason: {reason}.",
    "record_comment": "Comment: {comment}",
    "footer": "You do not know what this is about? Write to {email}. "
              "The link opens a page and changes nothing by itself.",
    "footer_plain": "You do not know what this is about? Write to the shop. "
                    "The link opens a page and changes nothing by itself.",
    "button_order": "View your order",
    "button_request": "View your request",
    "button_case": "Open the question",
    "button_console": "Open the order",

    "order_link.subject": "{shop}: your order {number}",
    "order_link.heading": "View your order",
    "order_link.body": "This link opens the page of order {number}. There you see how far it is, and you can cancel "
                       "it or a part of it while that is possible. Do not pass the link on.",

    "request_received.subject": "{shop}: we are stopping order {number}",
    "request_received.mark": "Cancellation requested, {at}",
    "request_received.heading": "We received your cancellation",
    "request_received.body": "We are stopping the goods below of order {number}. We write again as soon as they are "
                             "stopped.",
    "request_received.grace": "Until {until} you can still change your mind on the order page.",

    "cancelled.subject": "{shop}: order {number} is cancelled",
    "cancelled.subject_refund": "{shop}: order {number} is cancelled, {amount} refund on its way",
    "cancelled.mark": "Cancelled, {at}",
    "cancelled.heading": "Your order is cancelled",
    "cancelled.body": "We cancelled order {number}. Nothing will be sent.",
    "cancelled.stray": "If a parcel still comes, refuse it at the door. You pay nothing for that.",
    "partly_cancelled.subject": "{shop}: a part of order {number} is cancelled",
    "partly_cancelled.subject_refund": "{shop}: a part of order {number} is cancelled, {amount} refund",
    "partly_cancelled.mark": "Partly cancelled, {at}",
    "partly_cancelled.heading": "A part of your order is cancelled",
    "partly_cancelled.body": "We cancelled the goods below of order {number}. They will not be sent. Everything else "
                             "stays as you ordered it.",

    "money.at_once": "We refund {amount} {way}, in 5 to 10 working days.",
    "money.after_remaining_despatched": "We refund {amount} {way} after the rest of your order ships, by {due_by} at "
                                        "the latest.",
    "money.after_goods_return": "We refund {amount} {way} when the goods are back with us.",
    "money.void": "We let the reservation of {amount} on your account go. Nothing was taken.",
    "money.fee": "The shop keeps a cancellation fee of {amount}.",
    "money.nothing": "You paid nothing for these goods, so there is nothing to refund.",
    "way": "to the account you paid from",
    "way_method": "to your {method}",

    "declined.subject": "{shop}: order {number} could not be cancelled",
    "declined.mark": "Could not be cancelled, {at}",
    "declined.heading": "We could not cancel this",
    "declined.body": "The goods below of order {number} could not be cancelled. {why}",
    "next.refuse_on_delivery": "What you can do: refuse the parcel at the door. It comes back to us, and then we "
                               "refund you.",
    "next.return_on_arrival": "What you can do: when the parcel is there, send it back. Then we refund you.",
    "next.contact_shop": "What you can do: write to the shop. They see your order and help you.",
    "next.contact_seller": "What you can do: write to the seller of these goods.",
    "next.cancel_whole_order": "What you can do: cancel the whole order.",
    "next.cancel_whole_set": "What you can do: cancel the whole set.",
    "next.wait_for_answer": "An earlier request for these goods is still being decided. Wait for that answer.",
    "next.return_instructions": "{instructions}",

    "awaiting.subject": "{shop}: we asked the warehouse to stop order {number}",
    "awaiting.mark": "Cancellation requested, {at}",
    "awaiting.heading": "We asked whether your order can still be stopped",
    "awaiting.body": "Work on the goods below of order {number} has begun. We asked whoever holds them to stop. You "
                     "will hear by {answer_by}.",
    "awaiting.if_yes": "If they can still be stopped, this happens with your money:",
    "silence.approve": "If nobody answers by then, your cancellation counts as approved.",
    "silence.decline": "If nobody answers by then, the goods are sent as you ordered them.",
    "silence.escalate": "If nobody answers by then, the shop decides.",

    "retracted.subject": "{shop}: order {number} goes on",
    "retracted.mark": "Kept, {at}",
    "retracted.heading": "You keep these goods",
    "retracted.body": "The cancellation of the goods below of order {number} was taken back. We go on with your "
                      "order.",

    "refund_sent.subject": "{shop}: {amount} refunded for order {number}",
    "refund_sent.mark": "Refund sent, {at}",
    "refund_sent.heading": "Your refund is on its way",
    "refund_sent.body": "We sent {amount} {way} for order {number}. Your bank shows it within 5 to 10 working days.",
    "refund_sent.reference": "The payment provider's reference: {reference}.",

    "refund_problem.subject": "{shop}: the refund for order {number} takes longer",
    "refund_problem.mark": "We are sorting out your refund",
    "refund_problem.heading": "Your refund takes longer",
    "refund_problem.body": "The refund of {amount} for order {number} did not go through by itself. Somebody at the "
                           "shop takes care of it. You do not have to do anything.",
    "refund_problem.by": "You have your money by {due_by} at the latest.",

    "refuse_parcel.subject": "{shop}: refuse the parcel of order {number}",
    "refuse_parcel.mark": "Refuse this parcel",
    "refuse_parcel.heading_stray": "This parcel should not have come",
    "refuse_parcel.body_stray": "The goods below of order {number} are cancelled, and yet they were sent.",
    "refuse_parcel.stray_steps": "Refuse the parcel at the door. If you have accepted it already, write to the shop: "
                                 "sending it back costs you nothing.",
    "refuse_parcel.stray_money": "Your refund does not change by this, and nothing is charged again.",
    "refuse_parcel.heading_late": "Your order had already shipped",
    "refuse_parcel.body_late": "The goods below of order {number} had left the building before they could be "
                               "stopped.",
    "refuse_parcel.tracking": "The parcel: {carrier} {tracking}.",

    "returned.subject": "{shop}: goods of order {number} are back",
    "returned.mark": "Back at the warehouse, {at}",
    "returned.heading": "The goods are back with us",
    "returned.body": "We have the goods below of order {number} again.",
    "returned.no_more_money": "Your refund for them was settled when they were cancelled; there is no second one.",

    "withdrawal_receipt.subject": "{shop}: we received your withdrawal for order {number}",
    "withdrawal_receipt.mark": "Withdrawal received, {at}",
    "withdrawal_receipt.heading": "We received your withdrawal",
    "withdrawal_receipt.body": "You declared your withdrawal from the contract about order {number} on {at}. This "
                               "mail "
                               "is your proof. It covers the goods below.",
    "withdrawal_receipt.name": "Declared by: {name}.",
    "withdrawal_receipt.declined": "These goods are exempt from withdrawal: {goods}. {why}",

    "holder_new_case.subject": "Stop order {number}? Answer by {answer_by}",
    "holder_new_case.mark": "Waiting for your answer until {answer_by}",
    "holder_new_case.heading": "Can you still stop these goods?",
    "holder_new_case.body": "A cancellation was asked for order {number}, fulfilment order {fulfilment_order}. Keep "
                            "the goods below back until you have answered.",
    "holder_new_case.silence_approve": "No answer by {answer_by} counts as yes.",
    "holder_new_case.silence_decline": "No answer by {answer_by} counts as no: you may go on then.",
    "holder_new_case.silence_escalate": "Without an answer by {answer_by} the shop is asked instead.",

    "merchant_attention.subject": "Order {number} needs you",
    "merchant_attention.mark": "Needs attention",
    "merchant_attention.heading": "Order {number} needs you",
    "merchant_attention.refund": "The refund of {amount} could not be sent by itself: {failure}. It is on the "
                                 "worklist.",
    "merchant_attention.case": "{holder} did not answer in time whether order {number} can be stopped. Please answer "
                               "by {answer_by}.",
    "merchant_attention.part": "A cancellation of order {number} cannot go on by itself. It is on the worklist.",
    "no_detail": "no detail was given",

    "why.window_closed": "The time for cancelling was over.",
    "why.too_late": "It was too late: work on it had gone too far.",
    "why.already_despatched": "It has already shipped.",
    "why.already_requested": "It had been asked for already.",
    "why.not_enough_left": "There are not that many left to cancel.",
    "why.partial_not_allowed": "This shop cancels whole orders only.",
    "why.asker_not_allowed": "The shop does this itself; it cannot be asked for here.",
    "why.not_cancellable": "These goods cannot be cancelled.",
    "why.bundle_indivisible": "The set can only be cancelled as a whole.",
    "why.all_or_nothing": "You asked for all or nothing, and not all of it could be cancelled.",
    "why.declined_by_holder": "The warehouse could not stop it.",
    "why.answer_overdue": "Nobody could stop it in time.",
    "why.already_packed": "It was already packed.",
    "why.loaded": "It was already loaded.",
    "why.handed_to_carrier": "The carrier already had it.",
    "why.cannot_reach": "It could not be reached any more.",
    "why.other": "The warehouse could not stop it.",
    "why.exempt_personalised": "It was made for you personally (exempt from withdrawal).",
    "why.exempt_perishable": "It spoils quickly (exempt from withdrawal).",
    "why.exempt_sealed_hygiene": "It is sealed for hygiene and was opened (exempt from withdrawal).",
    "why.exempt_sealed_media": "It is a sealed recording and was opened (exempt from withdrawal).",
    "why.exempt_digital_started": "The digital content has been started with your consent (exempt from withdrawal).",
    "why.exempt_dated_service": "It is a service for a fixed date (exempt from withdrawal).",
    "why.exempt_price_fluctuates": "Its price follows a market (exempt from withdrawal).",
    "why.self_service_off": "Changes to this order go through the shop.",
}
