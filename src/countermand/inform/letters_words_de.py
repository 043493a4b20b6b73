"""The words of the letters in German."""

WORDS: dict[str, str] = {
    "hello": "Guten Tag {name},",
    "hello_nobody": "Guten Tag,",
    "goods": "Die Artikel",
    "goods_cancelled": "Stornierte Artikel",
    "unit_row": "{title}, {quantity} zu {price}",
    "unit_row_plain": "{title}, {quantity}",
    "rest_row": "Rabatte, Steuer, Versand und Gebühren",
    "sum_row": "Wir erstatten",
    "records": "Für Ihre Unterlagen",
    "record": "Vorgang {reference}. Angefragt am {asked_at}.",
    "record_reason": "Grund: {reason}.",
    "record_comment": "Anmerkung: {comment}",
    "footer": "Sie wissen nicht, worum es geht? Schreiben Sie an {email}. "
              "Der Link öffnet eine Seite und ändert von sich aus nichts.",
    "footer_plain": "Sie wissen nicht, worum es geht? Schreiben Sie dem Shop. "
                    "Der Link öffnet eine Seite und ändert von sich aus nichts.",
    "button_order": "Bestellung ansehen",
    "button_request": "Anfrage ansehen",
    "button_case": "Frage öffnen",
    "button_console": "Bestellung öffnen",

    "order_link.subject": "{shop}: Ihre Bestellung {number}",
    "order_link.heading": "Ihre Bestellung ansehen",
    "order_link.body": "Dieser Link öffnet die Seite der Bestellung {number}. Dort sehen Sie, wie weit sie ist, und "
                       "können sie ganz oder teilweise stornieren, solange das möglich ist. Geben Sie den Link nicht "
                       "weiter.",

    "request_received.subject": "{shop}: Wir halten Bestellung {number} an",
    "request_received.mark": "Storno angefragt, {at}",
    "request_received.heading": "Wir haben Ihre Stornierung erhalten",
    "request_received.body": "Wir halten die folgenden Artikel der Bestellung {number} an. Sobald sie angehalten "
                             "sind, "
                             "schreiben wir Ihnen wieder.",
    "request_received.grace": "Bis {until} können Sie es sich auf der Bestellseite noch anders überlegen.",

    "cancelled.subject": "{shop}: Bestellung {number} ist storniert",
    "cancelled.subject_refund": "{shop}: Bestellung {number} ist storniert, {amount} Erstattung unterwegs",
    "cancelled.mark": "Storniert, {at}",
    "cancelled.heading": "Ihre Bestellung ist storniert",
    "cancelled.body": "Wir haben Bestellung {number} storniert. Es wird nichts versandt.",
    "cancelled.stray": "Kommt trotzdem ein Paket, nehmen Sie es nicht an. Das kostet Sie nichts.",
    "partly_cancelled.subject": "{shop}: Ein Teil der Bestellung {number} ist storniert",
    "partly_cancelled.subject_refund": "{shop}: Ein Teil der Bestellung {number} ist storniert, {amount} Erstattung",
    "partly_cancelled.mark": "Teilweise storniert, {at}",
    "partly_cancelled.heading": "Ein Teil Ihrer Bestellung ist storniert",
    "partly_cancelled.body": "Wir haben die folgenden Artikel der Bestellung {number} storniert. Sie werden nicht "
                             "versandt. Alles andere bleibt, wie Sie es bestellt haben.",

    "money.at_once": "Wir erstatten {amount} {way}, in 5 bis 10 Werktagen.",
    "money.after_remaining_despatched": "Wir erstatten {amount} {way}, sobald der Rest versandt ist, spätestens bis "
                                        "{due_by}.",
    "money.after_goods_return": "Wir erstatten {amount} {way}, sobald die Ware wieder bei uns ist.",
    "money.void": "Wir geben die Reservierung von {amount} auf Ihrem Konto frei. Es wurde nichts abgebucht.",
    "money.fee": "Der Shop behält eine Stornogebühr von {amount} ein.",
    "money.nothing": "Sie haben für diese Artikel nichts bezahlt, daher gibt es nichts zu erstatten.",
    "way": "auf das Konto, von dem Sie bezahlt haben",
    "way_method": "auf {method}",

    "declined.subject": "{shop}: Bestellung {number} konnte nicht storniert werden",
    "declined.mark": "Nicht storniert, {at}",
    "declined.heading": "Das konnten wir nicht stornieren",
    "declined.body": "Die folgenden Artikel der Bestellung {number} konnten nicht storniert werden. {why}",
    "next.refuse_on_delivery": "Was Sie tun können: Nehmen Sie das Paket nicht an. Es kommt zu uns zurück, dann "
                               "erstatten wir.",
    "next.return_on_arrival": "Was Sie tun können: Senden Sie das Paket zurück, wenn es da ist. Dann erstatten wir.",
    "next.contact_shop": "Was Sie tun können: Schreiben Sie dem Shop. Dort sieht man Ihre Bestellung und hilft "
                         "Ihnen.",
    "next.contact_seller": "Was Sie tun können: Schreiben Sie dem Verkäufer dieser Artikel.",
    "next.cancel_whole_order": "Was Sie tun können: Stornieren Sie die ganze Bestellung.",
    "next.cancel_whole_set": "Was Sie tun können: Stornieren Sie das ganze Set.",
    "next.wait_for_answer": "Über eine frühere Anfrage zu diesen Artikeln wird noch entschieden. Warten Sie die "
                            "Antwort "
                            "ab.",
    "next.return_instructions": "{instructions}",

    "awaiting.subject": "{shop}: Wir haben das Lager gebeten, Bestellung {number} anzuhalten",
    "awaiting.mark": "Storno angefragt, {at}",
    "awaiting.heading": "Wir haben gefragt, ob Ihre Bestellung noch anzuhalten ist",
    "awaiting.body": "Die folgenden Artikel der Bestellung {number} sind schon in Arbeit. Wir haben gebeten, sie "
                     "anzuhalten. Sie hören bis {answer_by} von uns.",
    "awaiting.if_yes": "Lassen sie sich noch anhalten, geschieht mit Ihrem Geld Folgendes:",
    "silence.approve": "Antwortet bis dahin niemand, gilt Ihre Stornierung als genehmigt.",
    "silence.decline": "Antwortet bis dahin niemand, werden die Artikel wie bestellt versandt.",
    "silence.escalate": "Antwortet bis dahin niemand, entscheidet der Shop.",

    "retracted.subject": "{shop}: Bestellung {number} läuft weiter",
    "retracted.mark": "Behalten, {at}",
    "retracted.heading": "Sie behalten diese Artikel",
    "retracted.body": "Die Stornierung der folgenden Artikel der Bestellung {number} wurde zurückgenommen. Ihre "
                      "Bestellung läuft weiter.",

    "refund_sent.subject": "{shop}: {amount} für Bestellung {number} erstattet",
    "refund_sent.mark": "Erstattet, {at}",
    "refund_sent.heading": "Ihre Erstattung ist unterwegs",
    "refund_sent.body": "Wir haben {amount} {way} für Bestellung {number} erstattet. Ihre Bank zeigt es in 5 bis 10 "
                        "Werktagen.",
    "refund_sent.reference": "Referenz des Zahlungsdienstes: {reference}.",

    "refund_problem.subject": "{shop}: Die Erstattung für Bestellung {number} dauert länger",
    "refund_problem.mark": "Wir kümmern uns um Ihre Erstattung",
    "refund_problem.heading": "Ihre Erstattung dauert länger",
    "refund_problem.body": "Die Erstattung von {amount} für Bestellung {number} ging nicht von selbst durch. Im Shop "
                           "kümmert sich jemand darum. Sie müssen nichts tun.",
    "refund_problem.by": "Sie haben Ihr Geld spätestens bis {due_by}.",

    "refuse_parcel.subject": "{shop}: Nehmen Sie das Paket zu Bestellung {number} nicht an",
    "refuse_parcel.mark": "Paket nicht annehmen",
    "refuse_parcel.heading_stray": "Dieses Paket hätte nicht kommen sollen",
    "refuse_parcel.body_stray": "Die folgenden Artikel der Bestellung {number} sind storniert und wurden doch "
                                "versandt.",
    "refuse_parcel.stray_steps": "Nehmen Sie das Paket nicht an. Haben Sie es schon, schreiben Sie dem Shop: Die "
                                 "Rücksendung kostet Sie nichts.",
    "refuse_parcel.stray_money": "An Ihrer Erstattung ändert das nichts, und es wird nichts erneut abgebucht.",
    "refuse_parcel.heading_late": "Ihre Bestellung war schon versandt",
    "refuse_parcel.body_late": "Die folgenden Artikel der Bestellung {number} hatten das Haus verlassen, bevor sie "
                               "anzuhalten waren.",
    "refuse_parcel.tracking": "Das Paket: {carrier} {tracking}.",

    "returned.subject": "{shop}: Artikel der Bestellung {number} sind zurück",
    "returned.mark": "Zurück im Lager, {at}",
    "returned.heading": "Die Artikel sind wieder bei uns",
    "returned.body": "Wir haben die folgenden Artikel der Bestellung {number} wieder.",
    "returned.no_more_money": "Die Erstattung dafür ist mit der Stornierung erledigt; eine zweite gibt es nicht.",

    "withdrawal_receipt.subject": "{shop}: Wir haben Ihren Widerruf zu Bestellung {number} erhalten",
    "withdrawal_receipt.mark": "Widerruf erhalten, {at}",
    "withdrawal_receipt.heading": "Wir haben Ihren Widerruf erhalten",
    "withdrawal_receipt.body": "Sie haben den Vertrag über Bestellung {number} am {at} widerrufen. Diese "
                               "Nachricht ist "
                               "Ihr Nachweis. Der Widerruf betrifft die folgenden Artikel.",
    "withdrawal_receipt.name": "Erklärt von: {name}.",
    "withdrawal_receipt.declined": "Vom Widerruf ausgenommen: {goods}. {why}",

    "holder_new_case.subject": "Bestellung {number} anhalten? Antwort bis {answer_by}",
    "holder_new_case.mark": "Wartet auf Ihre Antwort bis {answer_by}",
    "holder_new_case.heading": "Können Sie diese Artikel noch anhalten?",
    "holder_new_case.body": "Für Bestellung {number}, Lieferauftrag {fulfilment_order}, wurde eine Stornierung "
                            "angefragt. Halten Sie die folgenden Artikel zurück, bis Sie geantwortet haben.",
    "holder_new_case.silence_approve": "Keine Antwort bis {answer_by} gilt als Ja.",
    "holder_new_case.silence_decline": "Keine Antwort bis {answer_by} gilt als Nein: Dann dürfen Sie weitermachen.",
    "holder_new_case.silence_escalate": "Ohne Antwort bis {answer_by} wird der Shop gefragt.",

    "merchant_attention.subject": "Bestellung {number} braucht Sie",
    "merchant_attention.mark": "Bitte ansehen",
    "merchant_attention.heading": "Bestellung {number} braucht Sie",
    "merchant_attention.refund": "Die Erstattung von {amount} ging nicht von selbst durch: {failure}. Sie steht "
                                 "auf der "
                                 "Arbeitsliste.",
    "merchant_attention.case": "{holder} hat nicht rechtzeitig geantwortet, ob Bestellung {number} anzuhalten ist. "
                               "Bitte antworten Sie bis {answer_by}.",
    "merchant_attention.part": "Eine Stornierung der Bestellung {number} kommt nicht von selbst weiter. Sie steht "
                               "auf "
                               "der Arbeitsliste.",
    "no_detail": "ohne nähere Angabe",

    "why.window_closed": "Die Zeit zum Stornieren war vorbei.",
    "why.too_late": "Es war zu spät: Die Arbeit daran war zu weit.",
    "why.already_despatched": "Es ist schon versandt.",
    "why.already_requested": "Das war schon angefragt.",
    "why.not_enough_left": "So viele sind nicht mehr zu stornieren.",
    "why.partial_not_allowed": "Dieser Shop storniert nur ganze Bestellungen.",
    "why.asker_not_allowed": "Das macht der Shop selbst; hier lässt es sich nicht anfragen.",
    "why.not_cancellable": "Diese Artikel lassen sich nicht stornieren.",
    "why.bundle_indivisible": "Das Set lässt sich nur als Ganzes stornieren.",
    "why.all_or_nothing": "Sie wollten alles oder nichts, und nicht alles war zu stornieren.",
    "why.declined_by_holder": "Das Lager konnte es nicht anhalten.",
    "why.answer_overdue": "Niemand konnte es rechtzeitig anhalten.",
    "why.already_packed": "Es war schon gepackt.",
    "why.loaded": "Es war schon verladen.",
    "why.handed_to_carrier": "Der Paketdienst hatte es schon.",
    "why.cannot_reach": "Es war nicht mehr zu erreichen.",
    "why.other": "Das Lager konnte es nicht anhalten.",
    "why.exempt_personalised": "Es wurde eigens für Sie gefertigt (vom Widerruf ausgenommen).",
    "why.exempt_perishable": "Es verdirbt schnell (vom Widerruf ausgenommen).",
    "why.exempt_sealed_hygiene": "Es ist aus Gründen der Hygiene versiegelt und wurde geöffnet (vom Widerruf "
                                 "ausgenommen).",
    "why.exempt_sealed_media": "Es ist eine versiegelte Aufnahme und wurde geöffnet (vom Widerruf ausgenommen).",
    "why.exempt_digital_started": "Der digitale Inhalt wurde mit Ihrer Zustimmung begonnen (vom Widerruf "
                                  "ausgenommen).",
    "why.exempt_dated_service": "Es ist eine Leistung zu einem festen Termin (vom Widerruf ausgenommen).",
    "why.exempt_price_fluctuates": "Der Preis folgt einem Markt (vom Widerruf ausgenommen).",
    "why.self_service_off": "Änderungen an dieser Bestellung gehen über den Shop.",
}
