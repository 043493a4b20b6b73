"""The demo: made once, kept, and full of orders in every stage."""

import json
import sqlite3
from pathlib import Path

from tests.cli.test_serving import PLACE, running
from tests.cli.world import Shell


def test_the_demo_is_made_once_and_kept(command: str, tmp_path: Path) -> None:
    shell = Shell(command, tmp_path, f"sqlite:///{tmp_path / 'demo-data' / 'countermand.sqlite'}")
    shell("demo", "--only-make", "--port", "0")
    way = (tmp_path / "demo-data" / "demo.json").read_bytes()
    with running(shell, "demo", "--port", "0") as (process, _):
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(24)]
    assert (tmp_path / "demo-data" / "demo.json").read_bytes() == way
    text = "".join(told)
    assert PLACE.search(text)
    for each in ("/o/demo.", "/console/enter/", "/queue/enter/", "/demo/mailbox", "/api/docs", "ck_demo_"):
        assert each in text
    shell("verify")


def test_the_demo_has_every_stage_and_every_kind_of_end(command: str, tmp_path: Path) -> None:
    shell = Shell(command, tmp_path, f"sqlite:///{tmp_path / 'd' / 'countermand.sqlite'}")
    shell("demo", "--only-make", "--port", "0", "--data", tmp_path / "d")
    assert [each["id"] for each in shell("holders", "list", "-m", "demo", "--json").json] == [
        "warehouse", "north-3pl", "market-seller",
    ]
    with sqlite3.connect(tmp_path / "d" / "countermand.sqlite") as rows:
        count = rows.execute("SELECT count(*) FROM orders").fetchone()[0]
        stages = {row[0] for row in rows.execute("SELECT DISTINCT stage FROM fulfilment_orders")}
        states = {row[0] for row in rows.execute("SELECT DISTINCT state FROM requests")}
        work = {row[0] for row in rows.execute("SELECT DISTINCT kind FROM work_items WHERE closed_at IS NULL")}
    assert count > 300
    assert stages == {"unreleased", "released", "picking", "packed", "despatched", "delivered"}
    assert states == {"awaiting_approval", "executing", "needs_attention", "completed", "declined", "retracted"}
    assert {"quarantined", "refund_by_hand", "stray_parcel"} <= work
    links = json.loads((tmp_path / "d" / "demo.json").read_text())["links"]
    assert len({each["order"] for each in links}) == 6
