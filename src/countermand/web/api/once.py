"""Effects that touch no order: their answer is written with the caller's key in the same transaction."""

from countermand.store.directory_port import Once
from countermand.store.port import Answer
from countermand.web.api.call import Incoming, Reply


def kept(call: Incoming, reply: Reply) -> Once | None:
    """The reply, to be stored with the call's key; None without a key."""
    if call.idempotency is None:
        return None
    return Once(call.idempotency, Answer(reply.status, reply.body))
