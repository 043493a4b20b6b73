"""Links for customers: bearer secrets that carry their merchant, stored only as digests, one an order.

A call with an Idempotency-Key must be told the same link again, yet no link may lie in the database. So its secret is
derived from the presented API secret and the key; what is stored with the key tells everything but that secret.
"""

import base64
import hmac
from datetime import timedelta
from hashlib import sha256

import msgspec

from countermand.store.directory_port import AlreadyAnswered, CustomerLink, Once
from countermand.store.port import Answer
from countermand.web.api.call import Incoming, Reply, json_reply
from countermand.web.api.visible import order_of
from countermand.web.idempotency import same_body

LASTS = timedelta(days=90)


async def post_customer_link(call: Incoming) -> Reply:
    """A fresh link for the shop's own mail; the earlier one stops working."""
    number = call.path["number"]
    await order_of(call, number)
    now = call.ctx.host.now()
    secret = link_secret(call, number)
    link = CustomerLink(call.merchant, number, sha256(secret.encode()).hexdigest(), now + LASTS, now)
    once = None
    if call.idempotency is not None:
        kept = msgspec.json.encode({"expires_at": link.expires_at})
        once = Once(call.idempotency, Answer(201, kept))
    try:
        await call.ctx.store.rotate_link(link, once)
    except AlreadyAnswered as before:
        assert call.idempotency is not None, "only a key can have been used before"
        kept = same_body(before.replayed, call.idempotency).answer.body
        told = json_reply(201, {"url": link_url(call, secret), **msgspec.json.decode(kept)})
        return Reply(told.status, told.body, replayed=True)
    return json_reply(201, {"url": link_url(call, secret), "expires_at": link.expires_at})


def link_url(call: Incoming, secret: str) -> str:
    return f"{call.ctx.config.base_url}/o/{call.merchant}.{secret}"


def link_secret(call: Incoming, number: str) -> str:
    """A fresh secret, or the one that belongs to this caller's key: 43 URL-safe characters, 256 bits."""
    if call.idempotency is None:
        return call.ctx.host.ids.secret()
    about = f"customer-link\n{number}\n{call.idempotency.key}\n{call.idempotency.digest}"
    derived = hmac.digest(call.secret.encode(), about.encode(), sha256)
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode("ascii")
