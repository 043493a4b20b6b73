"""What a merchant sets up: its policy, holders, sellers, and where webhooks go."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from countermand.errors import BadFields, Fault, NameTaken, NotFound, PolicyChanged
from countermand.model.faults import PolicyFaults
from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.model.policy_document import default_policy, parse_policy, policy_document
from countermand.store.directory_port import Seller, WebhookEndpoint
from countermand.web.api.bodies import ENDPOINT_BODY, HOLDER, SELLER
from countermand.web.api.call import Call, Incoming, Reply, json_reply
from countermand.web.api.once import kept
from countermand.web.api.paging import cut, page, paged
from countermand.web.api.schemas import ENDPOINT, ENDPOINT_MADE, HOLDER_TOLD, NO_CONTENT, POLICY, SELLER_TOLD, listed
from countermand.web.api.shape import Fields
from countermand.web.auth import Scope

POLICY_BODY = Fields(name="PolicyBody", closed=False, example=policy_document(default_policy()))
LOCAL_NAMES = frozenset({"localhost", "localhost."})


async def get_policy(call: Incoming) -> Reply:
    """The policy as it holds now; its version is the ETag."""
    version, document = await call.ctx.store.current_policy(call.merchant)
    shown = policy_document(parse_policy(document, version))
    return json_reply(200, shown, {"ETag": f'"{version}"'})


async def put_policy(call: Incoming) -> Reply:
    """The next version of the policy. Requests that were already taken keep the version they met."""
    current, _ = await call.ctx.store.current_policy(call.merchant)
    try:
        policy = parse_policy(call.body, current + 1)
    except PolicyFaults as wrong:
        raise BadFields([Fault(field, message) for field, message in wrong.faults]) from None
    if call.if_match not in (None, current):
        raise PolicyChanged(f"The policy is at version {current}, not {call.if_match}.", version=current)
    shown = policy_document(policy)
    reply = json_reply(200, shown, {"ETag": f'"{policy.version}"'})
    who = call.caller.actor
    made = await call.ctx.store.put_policy(
        call.merchant, current, shown, who.id or who.role, call.ctx.host.now(), kept(call, reply)
    )
    if made is None:
        raise PolicyChanged("Somebody else put a policy at the same time; read it and try again.")
    call.ctx.policies.forget(call.merchant)
    return reply


async def list_holders(call: Incoming) -> Reply:
    """The holders; the first is the default one."""
    found, after = cut(await call.ctx.store.holders(call.merchant), call.query)
    return json_reply(200, page(map(holder_view, found), after))


async def post_holder(call: Incoming) -> Reply:
    """A new holder of goods."""
    body = call.body
    holder = Holder(
        call.merchant, body["id"], body.get("name", body["id"]), HolderKind(body.get("kind", HolderKind.WAREHOUSE)),
        Control(body.get("control", Control.CONFIRM)), body.get("plugin"), body.get("seller"), body.get("email"),
    )
    faults = []
    if holder.seller is not None and holder.seller not in {
        each.id for each in await call.ctx.store.sellers(call.merchant)
    }:
        faults.append(Fault("seller", f"there is no seller {holder.seller}; create it first"))
    if holder.plugin is not None and call.ctx.plugins.fulfilment(holder.plugin) is None:
        faults.append(Fault("plugin", f"there is no fulfilment plugin {holder.plugin}"))
    if faults:
        raise BadFields(faults)
    reply = json_reply(201, holder_view(holder))
    if not await call.ctx.store.create_holder(holder, call.ctx.host.now(), kept(call, reply)):
        raise NameTaken(f"There is a holder {holder.id} already.")
    return reply


def holder_view(holder: Holder) -> dict[str, Any]:
    return {
        "id": holder.id, "name": holder.name, "kind": holder.kind, "control": holder.control,
        "plugin": holder.plugin, "seller": holder.seller, "email": holder.email,
    }


async def list_sellers(call: Incoming) -> Reply:
    """The sellers."""
    found, after = cut(await call.ctx.store.sellers(call.merchant), call.query)
    return json_reply(200, page(map(seller_view, found), after))


async def post_seller(call: Incoming) -> Reply:
    """A new seller."""
    seller = Seller(call.merchant, call.body["id"], call.body.get("name", call.body["id"]), call.body.get("email"))
    reply = json_reply(201, seller_view(seller))
    if not await call.ctx.store.create_seller(seller, call.ctx.host.now(), kept(call, reply)):
        raise NameTaken(f"There is a seller {seller.id} already.")
    return reply


def seller_view(seller: Seller) -> dict[str, Any]:
    return {"id": seller.id, "name": seller.name, "email": seller.email}


async def list_endpoints(call: Incoming) -> Reply:
    """Where webhooks go; secrets are never shown again."""
    found, after = cut(await call.ctx.store.endpoints(call.merchant), call.query)
    return json_reply(200, page(map(endpoint_view, found), after))


async def post_endpoint(call: Incoming) -> Reply:
    """A new endpoint. The answer is the only place where its signing secret is shown."""
    url = call.body["url"]
    if (message := url_fault(url)) is not None:
        raise BadFields([Fault("url", message)])
    host = call.ctx.host
    endpoint = WebhookEndpoint(
        call.merchant, host.ids.new("we"), url, f"whsec_{host.ids.secret()}", host.now(),
        tuple(call.body.get("types", ())),
    )
    reply = json_reply(201, {**endpoint_view(endpoint), "secret": endpoint.secret})
    await call.ctx.store.create_endpoint(endpoint, kept(call, reply))
    return reply


async def delete_endpoint(call: Incoming) -> Reply:
    """Stop sending webhooks there."""
    if not await call.ctx.store.delete_endpoint(call.merchant, call.path["id"]):
        raise NotFound(f"There is no webhook endpoint {call.path['id']}.")
    return Reply(204, b"")


def endpoint_view(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id, "url": endpoint.url, "types": list(endpoint.types), "created_at": endpoint.created_at,
    }


def url_fault(url: str) -> str | None:
    """What is wrong with an endpoint's address: https anywhere, http only to this very machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be a web address"
    if not host or parts.scheme not in ("http", "https"):
        return "must begin with https:// and name a host"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must not hold a user, a password or a fragment"
    if parts.scheme == "http" and not is_loopback(host):
        return "must begin with https://; http:// is only for this machine, such as http://127.0.0.1:9000/"
    return None


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


READ, WRITE = Scope.SETTINGS_READ, Scope.SETTINGS_WRITE
CALLS = (
    Call("GET", "/policy", "The policy as it holds now", READ, get_policy, {200: POLICY}, tag="settings"),
    Call(
        "PUT", "/policy", "Put the next version of the policy", WRITE, put_policy, {200: POLICY},
        body=POLICY_BODY, checked_later=True, changing=True, conditional=True, refusals=(PolicyChanged,),
        tag="settings",
    ),
    Call(
        "GET", "/holders", "Who holds goods", READ, list_holders, {200: listed(HOLDER_TOLD)}, query=paged(int),
        tag="settings",
    ),
    Call(
        "POST", "/holders", "Add a holder", WRITE, post_holder, {201: HOLDER_TOLD}, body=HOLDER, changing=True,
        refusals=(NameTaken,), tag="settings",
    ),
    Call(
        "GET", "/sellers", "Who sells", READ, list_sellers, {200: listed(SELLER_TOLD)}, query=paged(int),
        tag="settings",
    ),
    Call(
        "POST", "/sellers", "Add a seller", WRITE, post_seller, {201: SELLER_TOLD}, body=SELLER, changing=True,
        refusals=(NameTaken,), tag="settings",
    ),
    Call(
        "GET", "/webhook-endpoints", "Where webhooks go", READ, list_endpoints, {200: listed(ENDPOINT)},
        query=paged(int), tag="settings",
    ),
    Call(
        "POST", "/webhook-endpoints", "Add a webhook endpoint; its secret is shown once", WRITE, post_endpoint,
        {201: ENDPOINT_MADE}, body=ENDPOINT_BODY, changing=True, tag="settings",
    ),
    Call(
        "DELETE", "/webhook-endpoints/{id}", "Remove a webhook endpoint", WRITE, delete_endpoint, {204: NO_CONTENT},
        tag="settings",
    ),
)
