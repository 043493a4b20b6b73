"""The same constraints, tried as the role that the application itself has: an ordinary owner, no superuser.

On PostgreSQL a superuser passes by every REVOKE, so that only a role like the application's shows what holds.
"""

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.conftest import migrate
from tests.engines import Postgres, ask, run
from tests.store.test_constraints import raw, test_the_database_refuses

ROLE = "countermand_test_application"
_numbers = count(1)

__all__ = ["raw", "test_the_database_refuses"]


def as_application(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{ROLE}@{parts.hostname}:{parts.port or 5432}"))


async def make_role(connection: asyncpg.Connection) -> bool:
    """False if the server's role may not make another: then it is no superuser itself, and plays the part."""
    if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return False
    try:
        await connection.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return True  # another worker, or an earlier run
    return True


@pytest.fixture(scope="module")
def template(postgres: Postgres) -> Iterator[tuple[str, bool]]:
    """A migrated database that belongs to the application, and whether it has a role of its own."""
    url = postgres.create("application")
    apart = run(ask(postgres.server().url, make_role))
    name = urlsplit(url).path[1:]
    if apart:
        run(ask(postgres.server().url, lambda c: c.execute(f'ALTER DATABASE "{name}" OWNER TO {ROLE}')))
        run(ask(url, lambda c: c.execute(f"ALTER SCHEMA public OWNER TO {ROLE}")))
    run(migrate(as_application(url) if apart else url))
    yield name, apart
    postgres.drop("application")


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    request.node.user_properties.append(("runs_on", "postgresql"))
    return "postgresql"


@pytest.fixture
def migrated_url(engine: str, postgres: Postgres, template: tuple[str, bool]) -> Iterator[str]:
    name, apart = template
    copy = f"application{next(_numbers)}"
    url = postgres.create(copy)
    fresh = urlsplit(url).path[1:]
    owner = f"OWNER {ROLE}" if apart else ""

    async def clone(connection: asyncpg.Connection) -> None:
        await connection.execute(f'DROP DATABASE "{fresh}"')
        await connection.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{name}" {owner}')

    run(ask(postgres.server().url, clone))
    yield as_application(url) if apart else url
    postgres.drop(copy)


@pytest.mark.parametrize("act", ["UPDATE audit_entries SET digest = 'x'", "DELETE FROM audit_entries"])
def test_the_application_has_no_right_to_change_the_audit(migrated_url: str, act: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        run(ask(migrated_url, lambda connection: connection.execute(act)))
