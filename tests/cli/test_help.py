"""Every command explains itself, with an example to copy."""

import subprocess

import pytest

COMMANDS = [
    "demo", "serve", "runner", "migrate", "merchants create", "merchants list", "holders create", "holders list",
    "sellers create", "sellers list", "keys create", "keys list", "keys revoke", "policy show", "policy check",
    "policy put", "import", "replay", "orders list", "orders show", "cancel", "verify",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_has_examples(command: str, words: str) -> None:
    ran = subprocess.run([command, *words.split(), "--help"], capture_output=True, text=True, check=True)
    assert "Examples:" in ran.stdout
    assert f"countermand {words}" in ran.stdout


def test_the_overview_names_every_command_and_what_exit_codes_mean(command: str) -> None:
    shown = subprocess.run([command, "--help"], capture_output=True, text=True, check=True).stdout
    for words in COMMANDS:
        assert f"  {words.split()[0]} " in shown
    assert "Exit codes" in shown
    assert "COUNTERMAND_DATABASE" in shown


def test_a_wrong_option_is_wrong_use(command: str) -> None:
    assert subprocess.run([command, "migrate", "--fast"], capture_output=True, check=False).returncode == 2
