"""Tenants, keys, policies, links and sessions; a caller's key makes each write happen once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from countermand.model.fulfilment import Control, Holder, HolderKind
from countermand.model.policy_document import default_policy, parse_policy, policy_document
from countermand.store.access import WriteRefused
from countermand.store.directory_port import (
    AlreadyAnswered,
    ApiKey,
    CustomerLink,
    Merchant,
    Once,
    Seller,
    Session,
    Store,
    WebhookEndpoint,
)
from countermand.store.port import Answer, Change, Idempotency, Replayed
from tests.builders import MERCHANT, NOW, a_tenancy, an_order

ONCE = Once(Idempotency("POST /x", "k1", "digest"), Answer(201, b"{}"))
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
async def tenancy(store: Store) -> None:
    await a_tenancy(store)


async def test_a_merchant_is_created_once_with_the_default_policy(store: Store) -> None:
    assert not await store.create_merchant(Merchant(MERCHANT, "Other", "11", NOW))
    found = await store.find_merchant(MERCHANT)
    assert found is not None
    assert found.name == "Acme"
    version, document = await store.current_policy(MERCHANT)
    assert parse_policy(document, version) == default_policy()
    assert await store.digest_key(MERCHANT) == bytes(32)
    with pytest.raises(KeyError):
        await store.current_policy("nobody")


async def test_a_merchants_settings_can_change(store: Store) -> None:
    found = await store.find_merchant(MERCHANT)
    assert found is not None
    await store.update_merchant(replace(found, shop_name="Mugs", support_email="help@example.com"))
    assert await store.merchants() == [replace(found, shop_name="Mugs", support_email="help@example.com")]


async def test_the_first_holder_created_is_the_first_listed(store: Store) -> None:
    other = Holder(MERCHANT, "aaa", "3PL", HolderKind.THIRD_PARTY, Control.GATE, "sandbox", "lamps", "x@example.com")
    assert await store.create_holder(other, NOW)
    assert not await store.create_holder(other, NOW)
    assert [each.id for each in await store.holders(MERCHANT)] == ["main", "aaa"]
    assert (await store.holders(MERCHANT))[1] == other


async def test_a_holder_of_an_unknown_seller_is_refused(store: Store) -> None:
    with pytest.raises(WriteRefused):
        await store.create_holder(Holder(MERCHANT, "x", "X", seller="nobody"), NOW)


async def test_a_write_with_a_used_key_is_answered_and_not_repeated(store: Store) -> None:
    assert await store.create_seller(Seller(MERCHANT, "new", "New"), NOW, ONCE)
    with pytest.raises(AlreadyAnswered) as told:
        await store.create_seller(Seller(MERCHANT, "newer", "Newer"), NOW, ONCE)
    assert told.value.replayed == Replayed(ONCE.answer, "digest")
    assert [each.id for each in await store.sellers(MERCHANT)] == ["lamps", "new"]


async def test_a_write_without_effect_leaves_its_key_unused(store: Store) -> None:
    assert not await store.create_seller(Seller(MERCHANT, "lamps", "Again"), NOW, ONCE)
    assert await store.find_answer(MERCHANT, ONCE.idempotency) is None


async def test_twins_at_once_have_one_effect(store: Store) -> None:
    told = await asyncio.gather(
        *(store.create_seller(Seller(MERCHANT, f"s{n}", "S"), NOW, ONCE) for n in range(4)), return_exceptions=True
    )
    assert told.count(True) == 1
    assert sum(isinstance(each, AlreadyAnswered) for each in told) == 3
    assert len(await store.sellers(MERCHANT)) == 2


async def test_an_api_key_is_found_by_the_hash_of_its_secret(store: Store) -> None:
    key = ApiKey(MERCHANT, "key_1", "Shop", ("orders:read",), NOW, holder="main", expires_at=LATER)
    await store.create_api_key(key, "hash")
    assert await store.find_api_key(MERCHANT, "hash") == key
    assert await store.find_api_key("other", "hash") is None
    await store.touch_api_key(MERCHANT, "key_1", LATER)
    assert await store.revoke_api_key(MERCHANT, "key_1", NOW)
    assert not await store.revoke_api_key(MERCHANT, "key_1", LATER)
    assert await store.api_keys(MERCHANT) == [replace(key, revoked_at=NOW, last_used_at=LATER)]


async def test_of_two_policies_put_at_once_one_wins(store: Store) -> None:
    documents = [policy_document(replace(default_policy(), version=2)) for _ in range(2)]
    told = await asyncio.gather(*(store.put_policy(MERCHANT, 1, each, "ana", NOW) for each in documents))
    assert sorted(told, key=str) == [2, None]
    assert (await store.current_policy(MERCHANT))[0] == 2
    assert [each.created_by for each in await store.policies(MERCHANT)] == ["system", "ana"]
    assert parse_policy(await store.policy_version(MERCHANT, 1), 1) == default_policy()


async def test_rotating_a_link_ends_the_others_and_adding_one_does_not(store: Store) -> None:
    await store.commit([Change(None, an_order())])
    links = [CustomerLink(MERCHANT, "1042", f"h{n}", LATER, NOW) for n in range(3)]
    await store.rotate_link(links[0])
    await store.add_link(links[1])
    assert await store.find_link(MERCHANT, "h0", NOW) == links[0]
    assert await store.find_link(MERCHANT, "h1", NOW) == links[1]
    assert await store.find_link(MERCHANT, "h1", LATER) is None
    await store.rotate_link(links[2])
    assert [await store.find_link(MERCHANT, f"h{n}", NOW) for n in range(3)] == [None, None, links[2]]


async def test_a_session_lasts_until_its_end_or_until_it_is_closed(store: Store) -> None:
    session = Session(MERCHANT, "hash", "customer", "1042", NOW, LATER)
    await store.open_session(session)
    assert await store.find_session(MERCHANT, "hash", NOW) == session
    assert await store.find_session(MERCHANT, "hash", LATER) is None
    await store.close_session(MERCHANT, "hash")
    assert await store.find_session(MERCHANT, "hash", NOW) is None


async def test_a_webhook_endpoint_comes_and_goes(store: Store) -> None:
    endpoint = WebhookEndpoint(MERCHANT, "we_1", "https://example.com/hook", "whsec", NOW, ("request.created",))
    await store.create_endpoint(endpoint, ONCE)
    assert await store.endpoints(MERCHANT) == [endpoint]
    assert await store.delete_endpoint(MERCHANT, "we_1")
    assert not await store.delete_endpoint(MERCHANT, "we_1")
