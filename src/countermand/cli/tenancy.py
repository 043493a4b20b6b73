"""Making a tenancy: a merchant with its default policy. The commands, the demo and the replay share it."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from countermand.cli.output import Exit, Quit
from countermand.context import Context
from countermand.model.policy_document import default_policy, parse_policy, policy_document
from countermand.store.directory_port import ApiKey, Merchant


async def new_merchant(
    ctx: Context, merchant: str, name: str = "", support: str | None = None, locale: str = "en"
) -> bool:
    """Create a merchant with the default policy as version 1; False = the id is taken."""
    shown = name or merchant
    made = Merchant(
        id=merchant, name=shown, digest_key=ctx.host.ids.secret().encode().hex(), created_at=ctx.host.now(),
        shop_name=shown, support_email=support, default_locale=locale,
    )
    return await ctx.store.create_merchant(made)


async def document_of(ctx: Context, merchant: str, version: int | None = None) -> dict[str, Any]:
    """A policy as the document it stands for, every default filled in. Errors: Quit if there is no such version."""
    current, document = await ctx.store.current_policy(merchant)
    if version is not None and version != current:
        known = {each.version for each in await ctx.store.policies(merchant)}
        if version not in known:
            raise Quit(f"{merchant} has no policy version {version}", f"The newest is {current}.")
        document = await ctx.store.policy_version(merchant, version)
    number = version or current
    return {**policy_document(parse_policy(document, number)), "version": number}


async def put_document(
    ctx: Context, merchant: str, document: Mapping[str, object], if_version: int | None = None, by: str = "cli"
) -> int:
    """Put a document in force as the next version. Errors: Quit if another version is in force than was said."""
    current, _ = await ctx.store.current_policy(merchant)
    expected = if_version or current
    stated = {name: value for name, value in document.items() if name != "version"}
    version = await ctx.store.put_policy(merchant, expected, stated, by, ctx.host.now())
    if version is None:
        raise Quit(f"version {expected} is not in force any more", "countermand policy show", Exit.CONFLICT)
    ctx.policies.forget(merchant)
    return version


async def put_terms(ctx: Context, merchant: str, terms: Mapping[str, object], by: str = "cli") -> int:
    """The default policy with these terms, in force as the next version."""
    return await put_document(ctx, merchant, {**policy_document(default_policy()), **terms}, by=by)


async def new_key(
    ctx: Context, merchant: str, *, label: str = "", holder: str | None = None, seller: str | None = None,
    scopes: tuple[str, ...] = ("*",), expires_in: timedelta | None = None,
) -> str:
    """Make an API key and return it; only its digest is stored, so it can never be read again."""
    secret = ctx.host.ids.secret()
    now = ctx.host.now()
    key = ApiKey(
        merchant, ctx.host.ids.new("key"), label or holder or seller or "api", scopes, now, holder, seller,
        now + expires_in if expires_in is not None else None,
    )
    await ctx.store.create_api_key(key, sha256(secret.encode()).hexdigest())
    return f"ck_{merchant}_{secret}"
