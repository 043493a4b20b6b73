"""A shell on a database of each engine; `acme` is a shell whose merchant acme has a holder."""

from pathlib import Path

import pytest

from tests.cli.world import Shell


@pytest.fixture
def shell(command: str, tmp_path: Path, migrated_url: str) -> Shell:
    return Shell(command, tmp_path, migrated_url)


@pytest.fixture
def acme(shell: Shell) -> Shell:
    shell("merchants", "create", "acme")
    shell("holders", "create", "main", "--merchant", "acme")
    return shell
