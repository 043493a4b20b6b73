"""The words that others script: they stay as they are."""

from dataclasses import replace
from pathlib import Path

from tests.cli.world import Shell, order, written


def test_from_nothing_to_an_order(command: str, tmp_path: Path, database_url: str) -> None:
    shell = Shell(command, tmp_path, database_url, apart=True)
    hint = shell("merchants", "create", "acme", code=2).err
    assert "countermand migrate" in hint
    shell("migrate")
    shell("migrate")
    shell("merchants", "create", "acme")
    shell("holders", "create", "main", "--merchant", "acme")
    assert shell("policy", "show", "--merchant", "acme").json["version"] == 1
    path = written(tmp_path / "orders.jsonl", order("1042"))
    assert shell("import", path, "--merchant", "acme", "--json").last == {
        "imported": 1, "unchanged": 0, "put_aside": 0,
    }
    assert shell("orders", "show", "1042", "--merchant", "acme", "--json").json["number"] == "1042"
    shell("verify")


def test_keys_create_prints_the_key_and_nothing_else(acme: Shell) -> None:
    apart = replace(acme, apart=True)
    for words in ((), ("--holder", "main")):
        ran = apart("keys", "create", "--merchant", "acme", *words)
        (line,) = ran.out.splitlines()
        assert line.startswith("ck_acme_")
        assert len(line) > 40
    listed = acme("keys", "list", "--merchant", "acme", "--json").json
    assert [each["holder"] for each in listed] == [None, "main"]
    assert acme("keys", "create", "--merchant", "acme").out not in str(listed)


def test_a_key_can_be_revoked_once(acme: Shell) -> None:
    acme("keys", "create", "--merchant", "acme", "--label", "till", "--expires-in", "90d", "--scope", "orders:read")
    (key,) = acme("keys", "list", "--merchant", "acme", "--json").json
    assert (key["label"], key["scopes"], key["state"]) == ("till", ["orders:read"], "active")
    acme("keys", "revoke", key["id"], "--merchant", "acme")
    assert acme("keys", "list", "--merchant", "acme", "--json").json[0]["state"] == "revoked"
    acme("keys", "revoke", key["id"], "--merchant", "acme", code=4)


def test_an_unknown_name_is_told_with_the_names_there_are(acme: Shell) -> None:
    assert "there are: acme" in acme("holders", "list", "--merchant", "acne", code=2).err
    assert "there are: main" in acme("keys", "create", "--merchant", "acme", "--holder", "mian", code=2).err
    assert "there are: none yet" in acme("keys", "create", "--merchant", "acme", "--seller", "x", code=2).err
    assert "orders:read" in acme("keys", "create", "--merchant", "acme", "--scope", "all", code=2).err


def test_a_name_that_is_taken_is_a_conflict_and_a_bad_one_is_wrong_use(acme: Shell) -> None:
    acme("merchants", "create", "acme", code=4)
    acme("holders", "create", "main", "--merchant", "acme", code=4)
    acme("merchants", "create", "Acme Lamps", code=2)


def test_holders_and_sellers_keep_what_was_said(acme: Shell) -> None:
    acme("sellers", "create", "lamps", "--merchant", "acme", "--name", "Lamps & Co")
    acme("holders", "create", "north", "-m", "acme", "--kind", "3pl", "--control", "gate", "--seller", "lamps")
    first, second = acme("holders", "list", "--merchant", "acme", "--json").json
    assert (first["id"], first["kind"], first["control"]) == ("main", "warehouse", "confirm")
    assert (second["id"], second["kind"], second["control"], second["seller"]) == ("north", "3pl", "gate", "lamps")
    assert "no fulfilment plugin" in acme("holders", "create", "x", "-m", "acme", "--plugin", "nope", code=2).err


def test_a_policy_is_checked_put_and_kept_by_version(acme: Shell, tmp_path: Path) -> None:
    document = acme("policy", "show", "--merchant", "acme").out
    path = tmp_path / "policy.json"
    path.write_text(document.replace('"refund_timing": "after_remaining_despatched"', '"refund_timing": "at_once"'))
    acme("policy", "check", path)
    acme("policy", "put", path, "--merchant", "acme", "--if-version", "1")
    acme("policy", "put", path, "--merchant", "acme", "--if-version", "1", code=4)
    shown = acme("policy", "show", "--merchant", "acme").json
    assert (shown["version"], shown["refund_timing"]) == (2, "at_once")
    assert acme("policy", "show", "--merchant", "acme", "--version", "1").out == document


def test_a_wrong_policy_is_refused_with_the_field_named(acme: Shell, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"answer_within": "soon", "colour": "red"}')
    told = acme("policy", "check", path, code=2).out
    assert "answer_within" in told
    assert "colour" in told
    acme("policy", "put", path, "--merchant", "acme", code=2)
    assert acme("policy", "show", "--merchant", "acme").json["version"] == 1


def test_without_a_database_named_a_note_says_which_is_used(command: str, tmp_path: Path) -> None:
    shell = Shell(command, tmp_path, "")
    assert "sqlite:///countermand.db" in shell("migrate").err
    assert (tmp_path / "countermand.db").is_file()


def test_a_database_that_is_not_there_is_told_in_one_line(command: str, tmp_path: Path) -> None:
    for url, word in (("mysql://x/y", "mysql"), ("sqlite:///no/such/folder/a.db", "folder")):
        ran = Shell(command, tmp_path, url)("merchants", "list", code=None)
        assert ran.code in (1, 2)
        assert word in ran.err
        assert len(ran.err.splitlines()) <= 2
