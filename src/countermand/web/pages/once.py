"""One form, one effect: the key that a page minted becomes the idempotency key of the use case."""

from hashlib import sha256

from countermand.store.port import Idempotency


def once(scope: str, key: str, meaning: bytes) -> Idempotency:
    """`meaning`: what the form asks for, in one spelling, so that the same key can never stand for two wishes."""
    return Idempotency(scope, key, sha256(meaning).hexdigest())
