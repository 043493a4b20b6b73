"""The consumer's statutory withdrawal: approved by law, whatever the stage; only the law's exceptions say no.

Source: Directive 2011/83/EU, Art. 9 to 16, and Art. 11a as inserted by Directive (EU) 2023/2673. The exceptions are
data in model/withdrawal_exemptions.py, with their authority and the date they were last compared.
"""

from countermand.decide.candidates import Candidate, Fate
from countermand.model.request import Decline
from countermand.model.withdrawal_exemptions import exemption_of


def decide_withdrawal(candidate: Candidate) -> Decline | None:
    """Why these units cannot be withdrawn from; None = approved by law. Lateness is never a reason."""
    if candidate.fate is Fate.MISSING:
        return Decline.NOT_ENOUGH_LEFT
    if candidate.fate is Fate.HELD:
        return Decline.ALREADY_REQUESTED
    exemption = exemption_of(candidate.line.tags, despatched=candidate.fate is Fate.DESPATCHED)
    return exemption.decline if exemption is not None else None
