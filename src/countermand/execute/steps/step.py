"""What every step has: a beginning, a call, an end, and what a definite no means. One step a file beside this one."""

from datetime import datetime
from typing import Protocol

from countermand.context import Context
from countermand.model.order import Order
from countermand.model.plan import Step
from countermand.plugins.protocols import Failure, PluginError, Receipt


class StepWork(Protocol):
    """`begin`, `done` and `refused` are written in a commit; `call` runs between two commits, never inside one."""

    def begin(self, ctx: Context, order: Order, step: Step, now: datetime) -> Order:
        """The order as the intent is written. It may find that nothing is left to do and settle the step itself."""
        ...

    async def call(self, ctx: Context, order: Order, step: Step) -> Receipt:
        """The act. On a later attempt it asks before it acts: an earlier call may have landed."""
        ...

    def done(self, order: Order, step: Step, receipt: Receipt, now: datetime) -> Order:
        """The order as the outcome is written. The step itself is marked by the runner."""
        ...

    def refused(self, order: Order, step: Step, detail: str, now: datetime, *, definite: bool) -> Order:
        """The order after the last no, with the step settled by this function. `definite`: surely not done."""
        ...


def step_key(order: Order, step: Step, subject: str | None = None) -> str:
    """The key that a plugin sees: the same on every attempt at the same act (DESIGN section 6)."""
    return f"{order.merchant}/{step.request}/{step.kind.value}/{subject or step.subject}/{step.generation}"


KEY_FORGOTTEN = "key_forgotten"
"""An unknown outcome that no lookup can settle, because the provider has forgotten our key."""


def no_plugin(kind: str, name: str | None) -> PluginError:
    """The plugin that an order was imported with is not installed any more."""
    return PluginError(Failure.PERMANENT, f"no {kind} plugin {name} is installed", "no_plugin")
