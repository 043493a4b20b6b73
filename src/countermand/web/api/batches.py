"""Many orders cancelled alike, in the background, with an outcome for each."""

from countermand.ask.batch import batch_view, start_batch
from countermand.errors import NotFound
from countermand.model.request import Asker, Role
from countermand.web.api.bodies import BATCH, MOST_IN_BATCH, ask_of, asker_of, wanted_of
from countermand.web.api.call import MEBIBYTE, Call, Incoming, Reply, json_reply, reply_of
from countermand.web.api.schemas import BATCH_STARTED, BATCH_TOLD
from countermand.web.auth import Scope

LARGEST_BODY = 16 * MEBIBYTE


async def post_batch(call: Incoming) -> Reply:
    """Start a batch. Without an asker it is the merchant who asks."""
    told = call.body.get("asker")
    ask = ask_of({**call.body, "lines": None}, Asker(Role.MERCHANT) if told is None else asker_of(told))
    orders = {
        each["number"]: tuple(map(wanted_of, each["lines"])) if "lines" in each else None
        for each in call.body["orders"]
    }
    return reply_of(await start_batch(call.ctx, call.merchant, orders, ask, call.caller.actor, call.idempotency))


async def get_batch(call: Incoming) -> Reply:
    """How far a batch is, with the outcome of each order."""
    batch = await call.ctx.store.find_batch(call.merchant, call.path["id"])
    if batch is None:
        raise NotFound(f"There is no batch {call.path['id']}.")
    items = await call.ctx.store.batch_items(call.merchant, batch.id, MOST_IN_BATCH)
    return json_reply(200, batch_view(batch, items))


CALLS = (
    Call(
        "POST", "/cancellation-batches", "Cancel many orders in the background", Scope.REQUESTS_WRITE, post_batch,
        {202: BATCH_STARTED}, body=BATCH, changing=True, body_limit=LARGEST_BODY, tag="batches",
    ),
    Call(
        "GET", "/cancellation-batches/{id}", "How far a batch is, order by order", Scope.REQUESTS_READ, get_batch,
        {200: BATCH_TOLD}, tag="batches",
    ),
)
