"""A served process of each engine for the whole folder, and a merchant on it with a new merchant's policy.

Whatever the tests did, `countermand verify` is clean at the end.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.world import Shop, Site, served


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def running_site(
    request: pytest.FixtureRequest, command: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("contract")
    if request.param == "sqlite":
        with served(command, folder, f"sqlite:///{folder / 'countermand.sqlite'}") as site:
            yield site
            site.shell("verify")
        return
    server: Any = request.getfixturevalue("postgres")
    url = server.create("contract")
    with served(command, folder, url) as site:
        yield site
        site.shell("verify")
    server.drop("contract")


@pytest.fixture
def site(running_site: Site, request: pytest.FixtureRequest) -> Site:
    request.node.user_properties.append(("runs_on", running_site.shell.database.partition(":")[0]))
    return running_site


@pytest.fixture(scope="session")
def acme(running_site: Site) -> Shop:
    return running_site.shop()


@pytest.fixture
def shop(site: Site, acme: Shop) -> Shop:
    """The folder's own merchant: policy as it comes, its holder claims before it ships."""
    return acme
