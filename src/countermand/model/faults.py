"""What is wrong with something that came from outside, as data: every faulty field and what to do about it."""


class Faults(Exception):
    """Some fields are wrong. `faults`: pairs of a field's path, such as `lines[0].quantity`, and what to do.

    The rules know no HTTP; the shell turns this into the problem `bad-fields`.
    """

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in faults[:20]))
        self.faults = faults


class PolicyFaults(Faults):
    """A policy document that cannot be a policy."""


class IntakeFaults(Faults):
    """An order body that cannot be an order."""
