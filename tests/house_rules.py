"""The house rules that a machine can check. A rule takes a file's path and text and gives its complaints.

Paths are relative to the checkout, with forward slashes. Needles are put together from pieces, so that this file
keeps the rules it checks.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

SRC = "src/countermand/"
PURE = (SRC + "model/", SRC + "decide/")
HOST = SRC + "host.py"
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400

Complaints = Iterator[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`applies` picks the files. `bad` and `good` are paths with texts: a complaint about each, and about none."""

    name: str
    check: Callable[[str, str], Complaints]
    applies: Callable[[str], bool]
    bad: tuple[tuple[str, str], ...]
    good: tuple[tuple[str, str], ...] = field(default=())


def is_python(path: str) -> bool:
    return path.endswith(".py")


def is_source(path: str) -> bool:
    return is_python(path) and path.startswith(SRC)


def is_pure(path: str) -> bool:
    return is_python(path) and path.startswith(PURE)


def is_text(path: str) -> bool:
    return not path.startswith("requirements/")


# Time, chance and ids come from the Host.

RAW_MODULES = {"time", "random", "uuid", "secrets"}
RAW_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("os", "urandom"),
    ("os", "getrandom"), ("asyncio", "sleep"),
}  # fmt: skip


def raw_calls(path: str, text: str) -> Complaints:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (f"{node.lineno}: import {n.name}" for n in names if n.name in RAW_MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                taken = {n.name for n in names} - ({"Random"} if module == "random" else set())
                if (module in RAW_MODULES and taken) or any((module, name) in RAW_CALLS for name in taken):
                    yield f"{node.lineno}: from {module} import {', '.join(sorted(taken))}"
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if (owner, attribute) in RAW_CALLS:
                yield f"{node.lineno}: {owner}.{attribute}"
            case ast.Attribute(value=ast.Attribute(attr=owner), attr=attribute) if (owner, attribute) in RAW_CALLS:
                yield f"{node.lineno}: {owner}.{attribute}"
            case ast.Call(func=ast.Name(id="Random")):
                yield f"{node.lineno}: Random()"
            case _:
                pass


# No float touches money, and the rules touch nothing outside.


def floats(path: str, text: str) -> Complaints:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=float()):
                yield f"{node.lineno}: a float literal"
            case ast.Name(id="float"):
                yield f"{node.lineno}: float"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"{node.lineno}: /"
            case _:
                pass


def effects(path: str, text: str) -> Complaints:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name(id="open" | "print" | "input" as name)):
                yield f"{node.lineno}: {name}()"
            case ast.Import(names=names) if any(n.name.split(".")[0] == "logging" for n in names):
                yield f"{node.lineno}: logging"
            case ast.ImportFrom(module="logging"):
                yield f"{node.lineno}: logging"
            case ast.AsyncFunctionDef():
                yield f"{node.lineno}: async in a pure folder"
            case _:
                pass


# Short enough to be read.


def too_long(path: str, text: str) -> Complaints:
    lines = text.count("\n")
    if lines > LONGEST_MODULE:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {length} lines"


# Nothing is put off, nothing is left out.

PUT_OFF = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
LEFT_OUT = re.compile(r"\b(py" + r"test\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail))\b")


def put_off(path: str, text: str) -> Complaints:
    for number, line in enumerate(text.splitlines(), 1):
        for found in (PUT_OFF.search(line), LEFT_OUT.search(line)):
            if found:
                yield f"{number}: {found.group()}"


# Nothing of anybody's machine or network.

ABSOLUTE = re.compile(r"(?<![\w.:/])/(" + r"work|home|tmp|root|Users)/")
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js.org", "deb." + "debian.org")


def absolute_paths(path: str, text: str) -> Complaints:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ABSOLUTE.search(node.value):
            yield f"{node.lineno}: {node.value[:60]!r}"


def registry_hosts(path: str, text: str) -> Complaints:
    for number, line in enumerate(text.splitlines(), 1):
        yield from (f"{number}: {host}" for host in HOSTS if host in line)


# SQL lives in store/. The sandbox keeps a world of its own in its own file.

SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX)\s|PRAGMA\s)"
)
SQL_LIVES_IN = (SRC + "store/", SRC + "plugins/sandbox/")


def sql_outside(path: str, text: str) -> Complaints:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"{node.lineno}: {node.value.strip()[:60]!r}"


# British spelling, the glossary's words. What a provider or a standard calls a thing is named here.

FOREIGN = {
    "canceled", "canceling", "cancelation", "fulfillment", "fulfillments", "fulfill", "authorization",
    "authorizations", "authorize", "authorized", "shipment", "shipments", "dispatch", "dispatched", "behavior",
}  # fmt: skip
TRANSLATES = (SRC + "plugins/",)  # a provider's words are translated at its plugin
ALLOWED_WORDS = frozenset({"Authorization", "authorization", "WWW-Authenticate"})  # the HTTP header
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names_defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case _:
                pass


def foreign_spelling(path: str, text: str) -> Complaints:
    tree = ast.parse(text)
    for number, name in names_defined(tree):
        yield from (f"{number}: {name}" for word in WORD.findall(name) if word.lower() in FOREIGN)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = re.findall(r"[A-Za-z-]+", node.value)
            yield from (f"{node.lineno}: {w}" for w in words if w.lower() in FOREIGN and w not in ALLOWED_WORDS)


def foreign_text(path: str, text: str) -> Complaints:
    for number, line in enumerate(text.splitlines(), 1):
        yield from (f"{number}: {w}" for w in re.findall(r"[A-Za-z]+", line) if w.lower() in FOREIGN)


RULES = (
    Rule(
        "time, chance and ids come from the host",
        raw_calls,
        lambda path: is_source(path) and path != HOST,
        bad=tuple(
            (SRC + "ask/x.py", text)
            for text in (
                "from datetime import datetime\ndatetime.now()\n",
                "import datetime\ndatetime.datetime.utcnow()\n",
                "import datetime\ndatetime.date.today()\n",
                "import time\n",
                "from time import monotonic\n",
                "import random\n",
                "from random import choice\n",
                "from random import Random\nRandom()\n",
                "from uuid import uuid4\n",
                "import secrets\n",
                "import os\nos.urandom(1)\n",
                "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n",
                "from asyncio import sleep\n",
            )
        ),
        good=((SRC + "ask/x.py", "from datetime import time\nfrom random import Random\nhost.sleep(1)\n"),),
    ),
    Rule(
        "no float touches money",
        floats,
        is_pure,
        bad=tuple((PURE[0] + "x.py", text) for text in ("x = 0.5\n", "x = 1 / 2\n", "x /= 2\n", "x = float(1)\n")),
        good=((PURE[0] + "x.py", "x = 1 // 2\n"),),
    ),
    Rule(
        "the words and the rules have no effects",
        effects,
        is_pure,
        bad=tuple(
            (PURE[1] + "x.py", text)
            for text in (
                "open('x')\n",
                "print(1)\n",
                "import logging\n",
                "from logging import info\n",
                "async def f(): ...\n",
            )
        ),
    ),
    Rule(
        "functions and modules are short",
        too_long,
        is_python,
        bad=(
            ("tests/x.py", "def f():\n" + "    f()\n" * LONGEST_FUNCTION),
            ("tests/x.py", "x = 1\n" * (LONGEST_MODULE + 1)),
        ),
        good=(("tests/x.py", "def f():\n" + "    f()\n" * (LONGEST_FUNCTION - 1)),),
    ),
    Rule(
        "nothing is put off or left out",
        put_off,
        is_text,
        bad=(
            ("docs/x.md", "a TO" + "DO\n"),
            ("x.py", "# FIX" + "ME\n"),
            ("x.py", "# XX" + "X\n"),
            ("tests/x.py", "py" + "test.skip('later')\n"),
            ("tests/x.py", "@pytest.mark" + ".xfail\n"),
        ),
    ),
    Rule(
        "no path of anybody's machine",
        absolute_paths,
        is_source,
        bad=((SRC + "x.py", "x = '/ho" + "me/me/file'\n"),),
        good=((SRC + "x.py", "x = '/api/v1/work/'\n"),),
    ),
    Rule(
        "no host of a package registry",
        registry_hosts,
        lambda path: True,
        bad=(("README.md", f"see {HOSTS[0]}\n"),),
    ),
    Rule(
        "SQL lives in store/",
        sql_outside,
        lambda path: is_source(path) and not path.startswith(SQL_LIVES_IN),
        bad=(
            (SRC + "web/x.py", "x = 'SELECT 1'\n"),
            (SRC + "web/x.py", "x = f'''\n  UPDATE orders SET version = {x}'''\n"),
        ),
        good=((SRC + "web/x.py", "x = 'Select an order'\n"),),
    ),
    Rule(
        "British spelling and the glossary's words in code",
        foreign_spelling,
        lambda path: is_source(path) and not path.startswith(TRANSLATES),
        bad=tuple(
            (SRC + "x.py", text)
            for text in (
                "canceled_at = 1\n",
                "class ShipmentView: ...\n",
                "def f(fulfillment): ...\n",
                "x = 'was canceled'\n",
            )
        ),
        good=((SRC + "x.py", "header = 'Authorization'\nrequest.is_canceled()\n"),),
    ),
    Rule(
        "British spelling in pages and mails",
        foreign_text,
        lambda path: path.startswith(SRC) and path.endswith((".html", ".txt", ".md")),
        bad=((SRC + "web/x.html", "<p>Your shipment was canceled</p>\n"),),
    ),
)
