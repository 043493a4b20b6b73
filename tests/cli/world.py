"""The command line as a user meets it: a process, its output, its exit code."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:
        """The last line of the output, as JSON."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `countermand` in a folder, on a database."""

    command: str
    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERMAND_")}
        return {**kept, "COUNTERMAND_DATABASE": self.database, "NO_COLOR": "1"}

    def __call__(self, *words: str | Path, stdin: str = "", code: int | None = 0) -> Ran:
        done = subprocess.run(
            [self.command, *map(str, words)], cwd=self.folder, env=self.environment, input=stdin, text=True,
            capture_output=True, timeout=LONGEST, check=False,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert code is None or ran.code == code, ran
        assert "Traceback" not in ran.err, ran.err
        return ran


def order(number: str, **changes: Any) -> dict[str, Any]:
    """The order of the API's document: three mugs, shipping, all captured."""
    body: dict[str, Any] = {
        "number": number, "placed_at": "2026-11-21T10:00:00Z", "currency": "EUR",
        "customer": {"name": "Ana Silva", "email": "ana@example.com", "locale": "de-DE"},
        "lines": [{"id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "unit_price": 1200, "discount": 300,
                   "tax": 570}],
        "shipping": {"amount": 500, "tax": 95},
        "payments": [{"id": "p1", "provider": "sandbox", "reference": f"pi_{number}", "captured": 4465}],
    }
    return {**body, **changes}


def written(path: Path, *bodies: Mapping[str, Any] | str) -> Path:
    """A file of JSON Lines; a text stands as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in bodies]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
