"""Every statement is understood by both engines, and the schema keeps its own rules."""

import re
import sqlite3
from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files
from itertools import product

import pytest

from countermand.model.fulfilment import Control, HolderKind, ParcelState, Stage
from countermand.model.order import ChargeKind, ChargeRule, LineKind
from countermand.model.payment import DutyKind, DutyState, PaymentState
from countermand.model.plan import StepKind, StepState
from countermand.model.request import (
    Answerer,
    CaseState,
    Decline,
    GoodsState,
    Kind,
    NextStep,
    Outcome,
    PartState,
    RequestState,
    Role,
    Silence,
)
from countermand.store import access, deliveries_sql, directory_sql, invariants, lists_sql, open_store, statements
from countermand.store.dialect import translated
from countermand.store.difference import Act
from countermand.store.migrate import migrations
from countermand.store.postgres import PostgresStore
from countermand.store.postgres_commit import Shape, statement
from countermand.store.sqlite import SqliteStore
from countermand.store.sqlite_commit import INSERT_IDEMPOTENCY, INSERT_ORDER, UPDATE_NARROW, UPDATE_WIDE, act_text
from countermand.store.tables import AGGREGATE, APPENDED

ENGINES = ("sqlite", "postgresql")


def named(engine: str) -> dict[str, str]:
    """The statements with `:name` parameters."""
    return {
        **statements.SHARED, **statements.OF_ENGINE[engine], **directory_sql.ALL, **deliveries_sql.SHARED,
        **deliveries_sql.OF_ENGINE[engine], **lists_sql.FIXED, **lists_sql.every_list(engine),
        "insert_key": access.INSERT_KEY, "find_key": access.FIND_KEY, "audit_page": invariants.AUDIT_PAGE,
        **{each.says: each.text(engine) for each in invariants.INVARIANTS},
    }


def shapes() -> Iterator[Shape]:
    """Each act on each table alone, and everything together, for one order and for many."""
    acts = [(table, act) for table in AGGREGATE for act in Act] + [(table, Act.INSERT) for table in APPENDED]
    for many, wide, claims in product((False, True), repeat=3):
        for chosen in ((), *((act,) for act in acts), tuple(acts)):
            yield Shape(many, many, True, wide, claims, True, chosen)
        yield Shape(many, True, False, False, False, True, ())


async def test_both_engines_understand_every_statement(engine: str, migrated_url: str) -> None:
    store = await open_store(migrated_url)
    for sql in named(engine).values():
        found = translated(engine, sql)
        if isinstance(store, SqliteStore):
            store.point_reader.execute(f"EXPLAIN {found.text}", dict.fromkeys(found.names)).fetchall()
        elif isinstance(store, PostgresStore):
            async with store.pool.acquire() as connection:
                await connection.fetch(f"EXPLAIN {found.text}", *[None] * len(found.names))
    await store.close()


async def test_postgresql_understands_a_commit_of_every_shape(migrated_postgres: dict[str, str]) -> None:
    store = await open_store(migrated_postgres["url"] + "?statement_cache_size=0")
    assert isinstance(store, PostgresStore)
    async with store.pool.acquire() as connection:
        for shape in shapes():
            text = statement(shape)
            count = max(map(int, re.findall(r"\$(\d+)", text)))
            await connection.fetch(f"EXPLAIN {text}", *[None] * count)
    await store.close()


def test_sqlite_understands_every_act(migrated_sqlite: object) -> None:
    connection = sqlite3.connect(str(migrated_sqlite))
    texts = [act_text(table, act) for table in AGGREGATE for act in Act]
    texts += [act_text(table, Act.INSERT) for table in APPENDED]
    for text in (*texts, INSERT_ORDER, UPDATE_NARROW, UPDATE_WIDE, INSERT_IDEMPOTENCY):
        numbered = [int(number) for number in re.findall(r"\?(\d+)", text)]
        connection.execute(f"EXPLAIN {text}", [None] * (max(numbered) if numbered else text.count("?")))
    connection.close()


SETS: dict[tuple[str, str], type[StrEnum]] = {
    ("holders", "kind"): HolderKind, ("holders", "control"): Control, ("orders", "stage"): Stage,
    ("orders", "request_state"): RequestState, ("order_lines", "kind"): LineKind, ("charges", "kind"): ChargeKind,
    ("charges", "refund"): ChargeRule, ("payments", "state"): PaymentState, ("fulfilment_orders", "stage"): Stage,
    ("fulfilment_orders", "control"): Control, ("parcels", "state"): ParcelState, ("requests", "kind"): Kind,
    ("requests", "asker_role"): Role, ("requests", "state"): RequestState, ("parts", "outcome"): Outcome,
    ("parts", "state"): PartState, ("parts", "goods"): GoodsState, ("parts", "stage"): Stage,
    ("parts", "reason"): Decline, ("parts", "next_step"): NextStep, ("parts", "on_silence"): Silence,
    ("cases", "answerer"): Answerer, ("cases", "state"): CaseState, ("cases", "on_silence"): Silence,
    ("cases", "final_default"): Silence, ("duties", "kind"): DutyKind, ("duties", "state"): DutyState,
    ("steps", "kind"): StepKind, ("steps", "state"): StepState,
}
OWN_SETS = {("outbox", "kind"), ("outbox", "state")}


def closed_sets() -> dict[tuple[str, str], set[str]]:
    """Every CHECK that lists texts, by table and column."""
    text = "\n".join(each.sql for each in migrations("sqlite"))
    found: dict[tuple[str, str], set[str]] = {}
    for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", text, re.DOTALL):
        for column, listed in re.findall(r"CHECK \((\w+) IN\s*\(([^()]*'[^()]*)\)\)", body):
            found[table, column] = set(re.findall(r"'([^']*)'", listed))
    return found


def test_each_closed_set_is_the_set_of_its_enum() -> None:
    found = closed_sets()
    assert found.keys() == SETS.keys() | OWN_SETS
    for place, members in SETS.items():
        assert found[place] == {member.value for member in members}, place


@pytest.mark.parametrize("engine_name", ENGINES)
def test_every_key_contains_the_merchant(engine_name: str) -> None:
    text = "\n".join(each.sql for each in migrations(engine_name))
    keys = re.findall(r"(?:PRIMARY KEY|UNIQUE|FOREIGN KEY) \(([^)]*)\)", text)
    indexes = re.findall(r"CREATE UNIQUE INDEX \w+ ON \w+ \((.*)\)", text)
    assert len(keys) > 40
    assert [key for key in (*keys, *indexes) if "merchant_id" not in key] == []


def test_each_migration_has_its_own_number() -> None:
    for engine_name in ENGINES:
        versions = [each.version for each in migrations(engine_name)]
        assert versions == list(range(1, len(versions) + 1))
    assert (files("countermand.store") / "migrations").is_dir()
