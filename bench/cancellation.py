"""One durable cancellation through the API over PostgreSQL, against what PostgreSQL does for the same rows.

    .venv/bin/python -m bench.cancellation [--seconds 6] [--workers 2]

Prints requests a second at 16 clients, the limit (the same rows written by one prepared statement, best of 8, 16 and
32 clients), the fixed small reference, and their ratios, in passes A-B-A-B of one run on this machine. Rows inserted
and updated per table are counted on both sides and must be equal. Web on, keys, idempotency, audit and outbox on; the
runner is off while the clock runs, because draining is a figure of its own.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.recording import Template, Writes, difference, limit_script, snapshot
from bench.reference import SCHEMA, SCRIPT
from tests.engines import Postgres

CLIENTS = 16
LIMIT_CLIENTS = (8, 16, 32)
MERCHANT = "bench"
COMMAND = Path(sys.executable).with_name("countermand")


@dataclass
class Bench:
    url: str
    port: int
    token: str
    seconds: float
    folder: Path
    next_order: int = 1

    def orders(self, clients: int, per_client: int) -> int:
        """The first of a range of orders that nobody used yet."""
        first = self.next_order
        self.next_order += clients * per_client
        return first


def order_line(number: int) -> str:
    lines = ",".join(
        f'{{"id":"{line}","sku":"S{line}","title":"Thing {line}","quantity":3,"unit_price":1200,"tax":228}}'
        for line in (1, 2, 3)
    )
    return (
        f'{{"number":"B{number}","placed_at":"2026-11-21T10:00:00Z","currency":"EUR",'
        f'"customer":{{"name":"C {number}","email":"c{number}@example.com","locale":"en"}},'
        f'"ship_to":{{"city":"Bonn","postcode":"53111","country":"DE"}},"lines":[{lines}],'
        f'"payments":[{{"id":"p1","provider":"sandbox","reference":"pi_{number}","captured":11484}}]}}\n'
    )


def set_up(url: str, orders: int, folder: Path) -> str:
    """Tables, a merchant, a key, and orders through the importer; answers the key."""
    environment = {**os.environ, "COUNTERMAND_DATABASE": url}

    def command(*words: str) -> str:
        done = subprocess.run(
            [COMMAND, *words], check=False, env=environment, cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    command("migrate")
    command("merchants", "create", MERCHANT)
    command("holders", "create", "main", "--merchant", MERCHANT)
    token = command("keys", "create", "--merchant", MERCHANT).strip()
    file = folder / "orders.jsonl"
    with file.open("w") as out:
        out.writelines(order_line(number) for number in range(orders + 1))
    start = time.perf_counter()
    command("import", str(file), "--merchant", MERCHANT, "--json")
    print(f"imported {orders + 1} orders at {(orders + 1) / (time.perf_counter() - start):.0f}/s (whole command)")
    return token


def serve(url: str, port: int, workers: int, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "COUNTERMAND_DATABASE": url}
    words = [COMMAND, "serve", "--port", str(port), "--only", "web", "--workers", str(workers)]
    server = subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        probe = subprocess.run(
            [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"],
            check=False, capture_output=True,
        )
        if probe.returncode == 0:
            return server
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def ask_api(bench: Bench, clients: int, seconds: float, per_client: int) -> tuple[float, float, float]:
    """Requests a second, p50 and p99 in milliseconds."""
    first = bench.orders(clients, per_client)
    words = [bench.port, bench.token, clients, seconds, first, per_client]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *map(str, words)], capture_output=True, text=True, check=True
    )
    count, took, p50, p99, bad = done.stdout.split()
    if int(bad):
        raise SystemExit(f"{bad} answers were not 201")
    return int(count) / float(took), float(p50), float(p99)


async def record(bench: Bench) -> tuple[Writes, Template]:
    """One cancellation of order B0 through the API, as rows; and how its values become functions of the counter."""
    database = await asyncpg.connect(bench.url)
    before = await snapshot(database, MERCHANT, "B0")
    keep = bench.next_order
    bench.next_order = 0
    ask_api(bench, 1, 5, 1)
    bench.next_order = keep
    after = await snapshot(database, MERCHANT, "B0")
    await database.close()
    [request] = after["requests"].values()
    suffix = request["id"].partition("_")[2]
    counter = "CAST(:n AS text)"
    # k0 is the idempotency key; scope and bodies name the order itself.
    template = Template((
        ("B0", f"'B' || {counter}"), (suffix, f"lpad({counter}, 26, '0')"), ("k0", f"'k' || {counter}")
    ))
    return difference(before, after), template


def pgbench(bench: Bench, script: str, clients: int, per_client: int) -> float:
    """Transactions a second of one script."""
    file = bench.folder / f"limit-{clients}.sql"
    file.write_text(script)
    program = shutil.which("pgbench")
    if program is None:
        raise SystemExit("pgbench is not here; Debian's package postgresql-contrib or postgresql has it")
    words = [program, "-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", int(bench.seconds), "-D", "i=0",
             "-f", file, bench.url]
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return float(next(line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")))


async def written(bench: Bench) -> dict[str, tuple[int, int]]:
    """Rows inserted and updated per table since the database was made, from PostgreSQL's own counters."""
    await asyncio.sleep(1.5)
    database = await asyncpg.connect(bench.url)
    rows = await database.fetch(
        "SELECT relname, n_tup_ins, n_tup_upd FROM pg_stat_user_tables WHERE schemaname = 'public'"
    )
    await database.close()
    return {row["relname"]: (row["n_tup_ins"], row["n_tup_upd"]) for row in rows}


Counters = dict[str, tuple[int, int]]


def per_request(before: Counters, after: Counters, requests: int) -> Counters:
    found = {}
    for table, (inserted, updated) in after.items():
        was = before.get(table, (0, 0))
        each = round((inserted - was[0]) / requests), round((updated - was[1]) / requests)
        if any(each):
            found[table] = each
    return dict(sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--orders", type=int, default=160_000)
    parser.add_argument("--port", type=int, default=8977)
    chosen = parser.parse_args()
    postgres = Postgres(None)
    postgres.server()
    url = postgres.create("bench")
    folder = Path(tempfile.mkdtemp(prefix="countermand-bench-"))
    try:
        run(chosen, url, folder)
    finally:
        postgres.drop("bench")
        postgres.close()
        shutil.rmtree(folder)


def run(chosen: argparse.Namespace, url: str, folder: Path) -> None:
    bench = Bench(url, chosen.port, set_up(url, chosen.orders, folder), chosen.seconds, folder)
    subprocess.run(["psql", "-q", url, "-c", "VACUUM ANALYZE"], check=True)
    subprocess.run(["psql", "-q", url, "-v", "ON_ERROR_STOP=1"], input=SCHEMA.format(orders=chosen.orders),
                   text=True, check=True)
    server = serve(url, chosen.port, chosen.workers, folder)
    try:
        measure(bench, chosen)
    finally:
        server.terminate()
        server.wait()


def measure(bench: Bench, chosen: argparse.Namespace) -> None:
    writes, template = asyncio.run(record(bench))
    print("rows of one cancellation (inserted, updated):", writes.per_table())
    ask_api(bench, CLIENTS, 2, 100)
    share = (chosen.orders - bench.next_order) // chosen.passes
    ours, limits, small, waits = [], [], [], []
    for turn in range(chosen.passes):
        before = asyncio.run(written(bench))
        start = bench.next_order
        rate, p50, p99 = ask_api(bench, CLIENTS, bench.seconds, share // 10 // CLIENTS)
        ours.append(rate)
        waits.append((p50, p99))
        after = asyncio.run(written(bench))
        count = after["requests"][0] - before["requests"][0]
        if (seen := per_request(before, after, count)) != writes.per_table():
            raise SystemExit(f"the API wrote {seen} a request, the limit {writes.per_table()}")
        best = []
        for clients in LIMIT_CLIENTS:
            per_client = share * 3 // 10 // clients
            first = bench.orders(clients, per_client)
            best.append(pgbench(bench, limit_script(writes, template, per_client, first - 1), clients, per_client))
        limits.append(max(best))
        limited = asyncio.run(written(bench))
        done = limited["requests"][0] - after["requests"][0]
        if (seen := per_request(after, limited, done)) != writes.per_table():
            raise SystemExit(f"the limit wrote {seen} a request")
        part = chosen.orders // chosen.passes // CLIENTS
        script = SCRIPT.format(first=turn * (chosen.orders // chosen.passes), per_client=part)
        small.append(pgbench(bench, script, CLIENTS, part))
        print(f"pass {turn + 1}: ours {rate:.0f}/s (p50 {p50} ms, p99 {p99} ms; orders from {start}), "
              f"limit {limits[-1]:.0f}/s {[round(each) for each in best]}, reference {small[-1]:.0f}/s")
    rate, limit, reference = map(statistics.median, (ours, limits, small))
    print(
        f"ours/limit {rate / limit:.3f}   ours/reference {rate / reference:.3f}   "
        f"limit/reference {limit / reference:.3f}"
    )


if __name__ == "__main__":
    main()
