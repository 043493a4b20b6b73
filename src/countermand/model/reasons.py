"""The canonical reason codes, as data, and which of a policy's reasons somebody may choose from.

The set stays open: a policy may add codes of its own or of another scheme. A request stores the code; the free
text beside it is a separate, optional comment.
"""

import unicodedata

from countermand.model.policy import Fault, Policy, ReasonCode
from countermand.model.request import Role

CUSTOMER = frozenset({Role.CUSTOMER, Role.SUPPORT, Role.PLATFORM})
"""Support chooses for the customer, a platform passes on what either side chose there."""

MERCHANT = frozenset({Role.MERCHANT, Role.SELLER, Role.PLATFORM})
SYSTEM = frozenset({Role.SYSTEM})
OPERATOR = frozenset({Role.MERCHANT, Role.PLATFORM})

LAST = {"other_customer": 1, "other_merchant": 1, "not_stated": 2}
"""The ways out stand after the alphabet, so that nobody takes them before reading the others."""

CATALOGUE: tuple[tuple[str, frozenset[Role], Fault, str, str, str, str], ...] = (
    ("changed_mind", CUSTOMER, Fault.CUSTOMER, "I changed my mind", "Ich habe es mir anders überlegt",
     "J'ai changé d'avis", "He cambiado de opinión"),
    ("ordered_by_mistake", CUSTOMER, Fault.CUSTOMER, "I ordered by mistake", "Ich habe aus Versehen bestellt",
     "J'ai commandé par erreur", "Hice el pedido por error"),
    ("duplicate_order", CUSTOMER | MERCHANT, Fault.CUSTOMER, "Ordered twice", "Doppelt bestellt",
     "Commandé deux fois", "Pedido duplicado"),
    ("wrong_item_or_variant", CUSTOMER, Fault.CUSTOMER, "Wrong item, size or colour",
     "Falscher Artikel, falsche Größe oder Farbe", "Mauvais article, taille ou couleur",
     "Artículo, talla o color equivocado"),
    ("wrong_quantity", CUSTOMER, Fault.CUSTOMER, "Wrong quantity", "Falsche Menge", "Mauvaise quantité",
     "Cantidad equivocada"),
    ("wrong_address", CUSTOMER, Fault.CUSTOMER, "Wrong delivery address", "Falsche Lieferadresse",
     "Mauvaise adresse de livraison", "Dirección de entrega equivocada"),
    ("wrong_shipping_method", CUSTOMER, Fault.CUSTOMER, "Wrong delivery method", "Falsche Versandart",
     "Mauvais mode de livraison", "Método de envío equivocado"),
    ("wrong_payment_or_promo", CUSTOMER, Fault.CUSTOMER, "Wrong payment method or missing discount code",
     "Falsche Zahlungsart oder Rabattcode vergessen", "Mauvais moyen de paiement ou code promo oublié",
     "Forma de pago equivocada o falta un código de descuento"),
    ("found_cheaper", CUSTOMER, Fault.CUSTOMER, "I found it cheaper elsewhere", "Woanders günstiger gefunden",
     "Trouvé moins cher ailleurs", "Lo encontré más barato en otro sitio"),
    ("price_too_high", CUSTOMER, Fault.CUSTOMER, "The price is too high", "Der Preis ist zu hoch",
     "Le prix est trop élevé", "El precio es demasiado alto"),
    ("arriving_too_late", CUSTOMER, Fault.MERCHANT, "It will arrive too late", "Es kommt zu spät an",
     "La livraison est trop tardive", "Llegará demasiado tarde"),
    ("delay_not_accepted", CUSTOMER | SYSTEM, Fault.MERCHANT, "I do not want to wait for the new date",
     "Ich möchte nicht bis zum neuen Termin warten", "Je ne souhaite pas attendre la nouvelle date",
     "No quiero esperar hasta la nueva fecha"),
    ("statutory_withdrawal", CUSTOMER, Fault.NONE, "I use my right of withdrawal",
     "Ich mache von meinem Widerrufsrecht Gebrauch", "J'exerce mon droit de rétractation",
     "Ejerzo mi derecho de desistimiento"),
    ("other_customer", CUSTOMER, Fault.CUSTOMER, "Other", "Anderer Grund", "Autre raison", "Otro motivo"),
    ("not_stated", CUSTOMER, Fault.CUSTOMER, "I would rather not say", "Möchte ich nicht sagen",
     "Je préfère ne pas le dire", "Prefiero no decirlo"),
    ("customer_asked_merchant", MERCHANT, Fault.CUSTOMER, "The customer asked us", "", "", ""),
    ("out_of_stock", MERCHANT, Fault.MERCHANT, "Out of stock", "", "", ""),
    ("cannot_fulfil", MERCHANT, Fault.MERCHANT, "We cannot fulfil it", "", "", ""),
    ("pricing_error", MERCHANT, Fault.MERCHANT, "Pricing error", "", "", ""),
    ("address_undeliverable", MERCHANT | SYSTEM, Fault.CUSTOMER, "The address cannot be delivered to", "", "", ""),
    ("suspected_fraud", OPERATOR, Fault.CUSTOMER, "Suspected fraud", "", "", ""),
    ("payment_failed", MERCHANT | SYSTEM, Fault.CUSTOMER, "The payment failed", "", "", ""),
    ("unpaid", MERCHANT | SYSTEM, Fault.CUSTOMER, "Not paid in time", "", "", ""),
    ("staff_error", MERCHANT, Fault.MERCHANT, "Our mistake", "", "", ""),
    ("not_shipped_in_time", SYSTEM | {Role.PLATFORM}, Fault.MERCHANT, "Not despatched in time", "", "", ""),
    ("delivery_refused", MERCHANT | SYSTEM, Fault.CUSTOMER, "Refused on delivery", "", "", ""),
    ("customer_unreachable", MERCHANT | SYSTEM, Fault.CUSTOMER, "The customer could not be reached", "", "", ""),
    ("lost_or_damaged_before_delivery", MERCHANT | SYSTEM, Fault.CARRIER, "Lost or damaged before delivery",
     "", "", ""),
    ("other_merchant", MERCHANT, Fault.MERCHANT, "Other", "", "", ""),
)
"""Code, who may choose it, whose fault it is, then its words in English, German, French and Spanish.

Source: countermand's own list, made from the codes of eBay, Amazon, Buy with Prime, Walmart, Shopify and ONDC.
"""

CANONICAL: dict[str, ReasonCode] = {
    code: ReasonCode(
        code, askers, fault,
        {language: text for language, text in zip(("en", "de", "fr", "es"), texts, strict=True) if text},
    )
    for code, askers, fault, *texts in CATALOGUE
}


def default_reasons() -> tuple[ReasonCode, ...]:
    """Every canonical reason: what a new merchant's policy offers."""
    return tuple(CANONICAL.values())


def reason_label(reason: ReasonCode, language: str) -> str:
    """The reason in words: the merchant's own first, then the catalogue's, then English, at last the bare code."""
    known = CANONICAL.get(reason.code)
    catalogue = known.labels if known is not None else {}
    for wanted in (language, language.partition("-")[0], "en"):
        if text := reason.labels.get(wanted) or catalogue.get(wanted):
            return text
    return next(iter(reason.labels.values()), reason.code)


def reasons_for(policy: Policy, role: Role, language: str = "en") -> tuple[ReasonCode, ...]:
    """What somebody in this role may choose from: alphabetical by label in their language, the ways out last."""
    offered = [reason for reason in policy.reasons if role in reason.askers]
    return tuple(sorted(offered, key=lambda reason: (LAST.get(reason.code, 0), _collated(reason, language))))


def reason_of(policy: Policy, code: str, role: Role) -> ReasonCode | None:
    """The reason with this code if this role may choose it, else None."""
    return next((each for each in policy.reasons if each.code == code and role in each.askers), None)


def _collated(reason: ReasonCode, language: str) -> str:
    """The label without accents and case, so that é stands beside e."""
    plain = unicodedata.normalize("NFKD", reason_label(reason, language))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
