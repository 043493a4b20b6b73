"""A load of its own process: some clients over kept connections, each waiting for its answer before it goes on."""

import asyncio
import sys
import time

import uvloop


def request(number: str, key: str, port: int, token: str) -> bytes:
    body = b'{"reason":"ordered_by_mistake","comment":"two clicks"}'
    head = (
        f"POST /api/v1/orders/{number}/cancellation-requests HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answered(reader: asyncio.StreamReader) -> int:
    """Read one answer whole; its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return status


async def client(port: int, token: str, first: int, count: int, until: float, waits: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bad = 0
    for number in range(first, first + count):
        start = time.perf_counter()
        if start >= until:
            break
        writer.write(request(f"B{number}", f"k{number}", port, token))
        bad += await answered(reader) != 201
        waits.append(time.perf_counter() - start)
    writer.close()
    return bad


async def main(port: int, token: str, clients: int, seconds: float, first: int, per_client: int) -> None:
    waits: list[float] = []
    start = time.perf_counter()
    bad = await asyncio.gather(*(
        client(port, token, first + index * per_client, per_client, start + seconds, waits)
        for index in range(clients)
    ))
    took = time.perf_counter() - start
    waits.sort()
    at = [waits[min(len(waits) - 1, int(len(waits) * share))] * 1000 for share in (0.5, 0.99)]
    print(f"{len(waits)} {took:.3f} {at[0]:.2f} {at[1]:.2f} {sum(bad)}")


if __name__ == "__main__":
    port, token, clients, seconds, first, per_client = sys.argv[1:]
    uvloop.run(main(int(port), token, int(clients), float(seconds), int(first), int(per_client)))
