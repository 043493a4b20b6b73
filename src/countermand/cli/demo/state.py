"""What a demo keeps in its folder: the database, the sandbox's world, the mailbox, and the way in."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


class Link(msgspec.Struct, frozen=True):
    """A customer's order to look at. `token`: the secret of its link."""

    order: str
    token: str
    words: str
    note: str


class Way(msgspec.Struct, frozen=True):
    """The demo's secrets: of the doors, the links and the key. They open nothing but this demo."""

    merchant: str
    console: str
    queues: dict[str, str]
    key: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one demo. The last to be written is `way`: while it is missing, the shop is not complete."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "countermand.sqlite"

    @property
    def sandbox(self) -> Path:
        return self.path / "sandbox.sqlite"

    @property
    def mailbox(self) -> Path:
        return self.path / "mailbox.sqlite"

    @property
    def way(self) -> Path:
        return self.path / "demo.json"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database.resolve()}"

    def read(self) -> Way | None:
        """The way in; None = the shop was never made, or not to its end."""
        if not self.way.is_file():
            return None
        return msgspec.json.decode(self.way.read_bytes(), type=Way)

    def write(self, way: Way) -> None:
        """Store the way in at once or not at all, for this user's eyes only."""
        fresh = self.way.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(way)))
        fresh.replace(self.way)

    def clear(self) -> None:
        """Take away what an interrupted start left."""
        for file in (self.database, self.sandbox, self.mailbox):
            for each in self.path.glob(file.name + "*"):
                each.unlink()
