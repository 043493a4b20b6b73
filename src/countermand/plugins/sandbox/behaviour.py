"""How the sandbox misbehaves: told per kind of call, kept in its file, so that every process meets the same world."""

import json
import sqlite3
from dataclasses import asdict, dataclass, replace

ALWAYS = -1


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens at one kind of call. Lengths are in seconds; a number of times counts down, `ALWAYS` does not.

    `delay`: it is slow, before the work. `transient`: so many times it fails with nothing done. `refuse`: the code of
    a definite no. `timeout_after_work`: the work is done, then it hangs so long and the caller hears nothing.
    `lose_answer`: so many times the work is done and the answer is lost. `pending`: the answer is PENDING and the act
    completes so much later; `pending_fails`: it completes badly. `bounces`: DONE, and so much later the bank sends it
    back. `event_delay`: its event leaves so much later; `event_copies`: how often. `blind`: so many times `find` does
    not see what was done.
    """

    delay: float = 0.0
    transient: int = 0
    refuse: str | None = None
    timeout_after_work: float | None = None
    lose_answer: int = 0
    pending: float | None = None
    pending_fails: bool = False
    bounces: float | None = None
    event_delay: float = 0.0
    event_copies: int = 1
    blind: int = 0


PLAIN = Behaviour()


def write_behaviour(connection: sqlite3.Connection, call: str, subject: str, behaviour: Behaviour) -> None:
    """Keep it for this kind of call; `subject` "" = whatever it is about."""
    connection.execute(
        "INSERT INTO behaviour (call, subject, document) VALUES (?, ?, ?) "
        "ON CONFLICT (call, subject) DO UPDATE SET document = excluded.document",
        (call, subject, json.dumps(asdict(behaviour))),
    )


def read_behaviour(connection: sqlite3.Connection, call: str, subject: str) -> tuple[str, Behaviour]:
    """For which subject it was told, and what."""
    row = connection.execute(
        "SELECT subject, document FROM behaviour WHERE call = ? AND subject IN (?, '') ORDER BY subject DESC LIMIT 1",
        (call, subject),
    ).fetchone()
    return ("", PLAIN) if row is None else (str(row[0]), Behaviour(**json.loads(row[1])))


def behaviour_now(connection: sqlite3.Connection, call: str, subject: str) -> Behaviour:
    """How an act's late event leaves: nothing is used up by it."""
    return read_behaviour(connection, call, subject)[1]


def take_turn(connection: sqlite3.Connection, call: str, subject: str) -> Behaviour:
    """How this one call goes, with what it uses up counted down. What is told for the subject wins."""
    told_for, behaviour = read_behaviour(connection, call, subject)
    if behaviour.transient > 0:
        write_behaviour(connection, call, told_for, replace(behaviour, transient=behaviour.transient - 1))
        return behaviour
    used = replace(
        behaviour, lose_answer=counted_down(behaviour.lose_answer), blind=counted_down(behaviour.blind)
    )
    if used != behaviour:
        write_behaviour(connection, call, told_for, used)
    return behaviour


def counted_down(times: int) -> int:
    """One time fewer, never below none; `ALWAYS` stays."""
    return times - 1 if times > 0 else times
