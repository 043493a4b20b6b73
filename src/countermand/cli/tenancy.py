"""Making a tenancy: a merchant with its default policy. The commands, the demo and the replay share it."""

from countermand.context import Context
from countermand.store.directory_port import Merchant


async def new_merchant(
    ctx: Context, merchant: str, name: str = "", support: str | None = None, locale: str = "en"
) -> bool:
    """Create a merchant with the default policy as version 1; False = the id is taken."""
    shown = name or merchant
    made = Merchant(
        id=merchant, name=shown, digest_key=ctx.host.ids.secret().encode().hex(), created_at=ctx.host.now(), shop_name=shown,
        support_email=support, default_locale=locale,
    )
    return await ctx.store.create_merchant(made)
