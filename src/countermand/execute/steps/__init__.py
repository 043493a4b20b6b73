"""The steps of a saga, one file each: what it does, how it is undone or why it is not."""

from countermand.execute.steps.close_lines import CLOSE_LINES
from countermand.execute.steps.hold_fulfilment import HoldFulfilment
from countermand.execute.steps.limit_capture import LimitCapture
from countermand.execute.steps.refund_payment import RefundPayment
from countermand.execute.steps.release_hold import ReleaseHold
from countermand.execute.steps.release_stock import RELEASE_STOCK
from countermand.execute.steps.step import StepWork
from countermand.execute.steps.stop_fulfilment import StopFulfilment
from countermand.execute.steps.void_payment import VoidPayment
from countermand.model.plan import StepKind

STEPS: dict[StepKind, StepWork] = {
    StepKind.HOLD: HoldFulfilment(),
    StepKind.STOP: StopFulfilment(),
    StepKind.RELEASE_HOLD: ReleaseHold(),
    StepKind.VOID: VoidPayment(),
    StepKind.REFUND: RefundPayment(),
    StepKind.LIMIT_CAPTURE: LimitCapture(),
    StepKind.RELEASE_STOCK: RELEASE_STOCK,
    StepKind.CLOSE_LINES: CLOSE_LINES,
}
