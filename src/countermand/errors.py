"""Everything that can go wrong by the caller's doing, as RFC 9457 problems with a stable `type` slug."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Fault:
    """One faulty field: `field` is a path such as `lines[0].quantity`; `message` says what to do."""

    field: str
    message: str


class Problem(Exception):
    """The caller's mistake, or a conflict that the caller can resolve. `extra` members go into the answer."""

    slug = "bad-request"
    title = "Bad request"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class BadJson(Problem):
    slug, title, status = "bad-json", "The body is not JSON", HTTPStatus.BAD_REQUEST


class BadFields(Problem):
    """Wrong fields, every fault named."""

    slug, title, status = "bad-fields", "Some fields are wrong", HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, faults: Sequence[Fault], **extra: object) -> None:
        named = "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:20])
        super().__init__(named, errors=[{"field": f.field, "message": f.message} for f in faults], **extra)
        self.faults = tuple(faults)


class NotSignedIn(Problem):
    slug, title, status = "not-signed-in", "No valid key", HTTPStatus.UNAUTHORIZED


class NotAllowed(Problem):
    slug, title, status = "not-allowed", "This key may not do that", HTTPStatus.FORBIDDEN


class NotFound(Problem):
    slug, title, status = "not-found", "Nothing here", HTTPStatus.NOT_FOUND


class OrderExists(Problem):
    slug, title, status = "order-exists", "An order with this number exists and differs", HTTPStatus.CONFLICT


class UnitsCommitted(Problem):
    slug, title, status = "units-committed", "Units are already cancelled, held or despatched", HTTPStatus.CONFLICT


class OrderChanged(Problem):
    slug, title, status = "order-changed", "The order changed meanwhile", HTTPStatus.PRECONDITION_FAILED


class OrderBusy(Problem):
    """Lost the race for the order's version ten times in a row; `retry_after` is in seconds."""

    slug, title, status = "order-busy", "The order is being changed by others", HTTPStatus.CONFLICT

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)


class NothingToCancel(Problem):
    slug, title, status = "nothing-to-cancel", "Nothing is left to cancel", HTTPStatus.CONFLICT


class TooLateToRetract(Problem):
    slug, title, status = "too-late-to-retract", "Too late to take the request back", HTTPStatus.CONFLICT


class CaseAlreadyAnswered(Problem):
    slug, title, status = "case-already-answered", "Somebody answered first", HTTPStatus.CONFLICT


class CaseClosed(Problem):
    slug, title, status = "case-closed", "The question is no longer open", HTTPStatus.CONFLICT


class NoMoreTime(Problem):
    slug, title, status = "no-more-time", "No more time can be given", HTTPStatus.CONFLICT


class OrderCancelled(Problem):
    slug, title, status = "order-cancelled", "Do not ship: it is cancelled", HTTPStatus.CONFLICT


class AlreadyDespatched(Problem):
    slug, title, status = "already-despatched", "An earlier claim has these goods", HTTPStatus.CONFLICT


class LinesChanged(Problem):
    slug, title, status = "lines-changed", "Part of it is cancelled: ship only what is open", HTTPStatus.CONFLICT


class OrderOnHold(Problem):
    slug, title, status = "order-on-hold", "On hold: a cancellation is being decided", HTTPStatus.CONFLICT


class ClaimConfirmed(Problem):
    slug, title, status = "claim-confirmed", "The goods were seen on their way", HTTPStatus.CONFLICT


class IdempotencyKeyReused(Problem):
    slug, title, status = (
        "idempotency-key-reused", "This key was used for another request", HTTPStatus.UNPROCESSABLE_ENTITY,
    )


class InProgress(Problem):
    slug, title, status = "in-progress", "The same request is still being worked on", HTTPStatus.CONFLICT


class PolicyChanged(Problem):
    slug, title, status = "policy-changed", "The policy changed meanwhile", HTTPStatus.PRECONDITION_FAILED


class NameTaken(Problem):
    slug, title, status = "name-taken", "The name is taken", HTTPStatus.CONFLICT


def problem_of(slug: str, detail: str, facts: Mapping[str, object]) -> Problem:
    """The problem with this slug; for bad-fields, `facts` are the messages per field."""
    if slug == BadFields.slug:
        return BadFields([Fault(field, str(message)) for field, message in facts.items()])
    return BY_SLUG[slug](detail, **facts)


BY_SLUG: dict[str, type[Problem]] = {each.slug: each for each in Problem.__subclasses__()}
