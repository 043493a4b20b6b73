"""serve and runner: one process, parted, and ended with good manners."""

import json
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.world import LONGEST, Shell, order, written

PLACE = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def running(shell: Shell, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process and its first line; it is told to stop at the end if it still runs."""
    process = subprocess.Popen(
        [shell.command, *words], cwd=shell.folder, env=shell.environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)


def asked(place: str, path: str, key: str = "", body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} if key else {}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(place + path, data, headers), timeout=LONGEST) as answer:
        return json.load(answer)


@pytest.mark.parametrize("words", [(), ("--workers", "2"), ("--only", "web")])
def test_the_web_answers_and_stops_gracefully(acme: Shell, words: tuple[str, ...]) -> None:
    with running(acme, "serve", "--port", "0", *words) as (process, line):
        found = PLACE.search(line)
        assert found is not None, line
        assert asked(found[0], "/readyz")["status"] == "ready"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=LONGEST) == 0


def test_the_runner_of_serve_carries_a_request_out(acme: Shell, tmp_path: Path) -> None:
    acme("import", written(tmp_path / "orders.jsonl", order("1042")), "--merchant", "acme")
    key = acme("keys", "create", "--merchant", "acme").out.strip()
    with running(acme, "serve", "--port", "0") as (_, line):
        found = PLACE.search(line)
        assert found is not None, line
        request = asked(found[0], "/api/v1/orders/1042/cancellation-requests", key, {})
        for _ in range(200):
            view = asked(found[0], f"/api/v1/cancellation-requests/{request['id']}", key)
            if view["state"] == "completed":
                break
            time.sleep(0.1)
        assert view["state"] == "completed"
    shown = acme("orders", "show", "1042", "--merchant", "acme", "--json").json
    assert shown["payments"][0]["refunded"] == 4465
    acme("verify")


@pytest.mark.parametrize("words", [("runner",), ("serve", "--only", "runner")])
def test_the_runner_alone_stops_gracefully(acme: Shell, words: tuple[str, ...]) -> None:
    with running(acme, *words) as (process, line):
        assert "runner is at work" in line
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=LONGEST) == 0


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_told_with_another_to_choose(acme: Shell, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = acme(command, "--port", str(port), code=4)
    assert f"port {port}" in ran.err
    assert re.search(r"(--port |PORT=)\d+", ran.err)
    assert not (acme.folder / "demo-data").exists()


def test_a_database_without_tables_is_told_before_anything_listens(command: str, tmp_path: Path) -> None:
    shell = Shell(command, tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert "countermand migrate" in shell("serve", "--port", "0", code=2).err
