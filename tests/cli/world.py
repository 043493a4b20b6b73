"""The command line as a user meets it: words in, output and an exit code back."""

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from countermand.cli.main import app

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
    """Runs `countermand` in a folder, on a database: within this process, or (`apart`) as one of its own."""

    command: str
    folder: Path
    database: str
    apart: bool = False

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERMAND_")}
        return {**kept, "COUNTERMAND_DATABASE": self.database, "NO_COLOR": "1"}

    def __call__(self, *words: str | Path, code: int | None = 0) -> Ran:
        ran = self._apart(words) if self.apart else self._here(words)
        assert code is None or ran.code == code, ran
        assert "Traceback" not in ran.err, ran.err
        return ran

    def _apart(self, words: tuple[str | Path, ...]) -> Ran:
        done = subprocess.run(
            [self.command, *map(str, words)], cwd=self.folder, env=self.environment, text=True, capture_output=True,
            timeout=LONGEST, check=False, stdin=subprocess.DEVNULL,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def _here(self, words: tuple[str | Path, ...]) -> Ran:
        out, err = StringIO(), StringIO()
        code = 0
        with (
            chdir(self.folder), patch.dict(os.environ, self.environment, clear=True), patch("sys.stdin", StringIO()),
            redirect_stdout(out), redirect_stderr(err),
        ):
            try:
                app([str(word) for word in words])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())


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
