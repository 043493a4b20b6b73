"""The OpenAPI 3.1 document, made from the same calls and shapes that serve the requests."""

import re
from collections.abc import Iterable, Mapping

from countermand.errors import (
    BadFields,
    BadJson,
    IdempotencyKeyReused,
    InProgress,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OrderChanged,
    Problem,
)
from countermand.web.api.call import JSON, NAMES, Call
from countermand.web.api.desk import PREFIX
from countermand.web.api.schemas import PROBLEM
from countermand.web.api.shape import Fields, Schema
from countermand.web.idempotency import HEADER, VISIBLE
from countermand.web.problem import MEDIA_TYPE, BodyTooLarge, OurMistake, WrongMediaType, problem_body

IN_PATH = re.compile(r"\{(\w+)\}")
ABOUT = (
    "Cancel orders, whole or in part, decided at once and carried out exactly once. Amounts are integers in minor "
    "units, instants are RFC 3339 in UTC, errors are RFC 9457 problems whose `type` is stable."
)
VISIBLE_EXAMPLE = "3f0c9a4e-cancel-1042"


def document(calls: Iterable[Call], version: str) -> Schema:
    """The whole document."""
    paths: dict[str, dict[str, object]] = {}
    schemas: dict[str, object] = {}
    for call in calls:
        operations = paths.setdefault(PREFIX + call.path, {})
        operations[call.method.lower()] = operation(call, schemas)
        if call.method == "GET":
            operations["head"] = {**operation(call, schemas), "operationId": f"head{operation_id(call)}"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Countermand", "version": version, "summary": "Order cancellation", "description": ABOUT,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": tag} for tag in sorted({call.tag for call in calls})],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, `ck_{merchant}_{secret}`."}
            },
            "schemas": schemas,
        },
    }


def operation(call: Call, schemas: dict[str, object]) -> dict[str, object]:
    """One operation."""
    about = f"{call.summary}\n\nScope `{call.scope}`; keys of: {', '.join(sorted(call.sides))}."
    made: dict[str, object] = {
        "operationId": operation_id(call), "summary": call.summary, "description": about, "tags": [call.tag],
        "parameters": parameters(call), "responses": responses(call, schemas),
    }
    if call.body is not None:
        content: dict[str, object] = {"schema": reference(call.body, schemas)}
        if call.body.example is not None:
            content["example"] = call.body.example
        made["requestBody"] = {"required": not call.body_optional, "content": {JSON: content}}
    return made


def operation_id(call: Call) -> str:
    """A name such as `postOrdersNumberCancellationRequests`."""
    words = re.findall(r"[A-Za-z0-9]+", call.path)
    return call.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def parameters(call: Call) -> list[object]:
    """Names in the path, the query, and the headers that the call takes."""
    found: list[object] = [
        {"name": name, "in": "path", "required": True,
         "schema": {"type": "string", "pattern": f"^(?:{NAMES[name].pattern})$"}}
        for name in IN_PATH.findall(call.path)
    ]
    found += [
        {"name": each.name, "in": "query", "required": False, "description": each.says, "schema": each.shape.schema()}
        for each in call.query
    ]
    if call.changing:
        found.append({
            "name": HEADER, "in": "header", "required": False, "example": VISIBLE_EXAMPLE,
            "description": "The same key and body are answered the same and have one effect.",
            "schema": {"type": "string", "pattern": f"^{VISIBLE.pattern}$"},
        })
    if call.conditional:
        found.append({
            "name": "If-Match", "in": "header", "required": False, "example": '"7"',
            "description": "The version that was seen, as ETag gave it; otherwise 412.",
            "schema": {"type": "string", "pattern": '^(?:"[0-9]{1,18}"|\\*)$'},
        })
    if call.tagged:
        found.append({"name": "If-None-Match", "in": "header", "required": False, "example": '"7"',
                      "description": "Answers 304 if that is still the version.", "schema": {"type": "string"}})
    return found


def responses(call: Call, schemas: dict[str, object]) -> dict[str, object]:
    """What the call answers: its effects and every problem it can meet."""
    found: dict[str, object] = {}
    for status, shape in call.answers.items():
        answer: dict[str, object] = {"description": shape.name or "Done"}
        if status not in (204, 304):
            content: dict[str, object] = {"schema": reference(shape, schemas)}
            if shape.example is not None:
                content["example"] = shape.example
            answer["content"] = {JSON: content}
        if call.tagged or call.conditional:
            answer["headers"] = {"ETag": {"description": "The order's version.", "schema": {"type": "string"}}}
        found[str(status)] = answer
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in problems_of(call):
        by_status.setdefault(int(kind.status), []).append(kind)
    for status, each in sorted(by_status.items()):
        found[str(status)] = {
            "description": "; ".join(f"`{kind.slug}`: {kind.title}" for kind in each),
            "content": {
                MEDIA_TYPE: {
                    "schema": reference(PROBLEM, schemas),
                    "examples": {kind.slug: {"value": problem_body(example(kind))} for kind in each},
                }
            },
        }
    return found


def problems_of(call: Call) -> list[type[Problem]]:
    """Every kind of problem that the call can answer."""
    found: list[type[Problem]] = [NotSignedIn, NotAllowed, BadFields, OurMistake]
    if call.path.count("{") or call.body is not None:
        found.append(NotFound)
    if call.body is not None:
        found += [BadJson, WrongMediaType]
    if call.body is not None or call.changing:
        found.append(BodyTooLarge)
    if call.changing:
        found += [IdempotencyKeyReused, InProgress]
    if call.conditional:
        found.append(OrderChanged)
    return list(dict.fromkeys([*found, *call.refusals]))


def example(kind: type[Problem]) -> Problem:
    """A problem of this kind as the document shows it."""
    if kind is BadFields:
        from countermand.errors import Fault

        return BadFields([Fault("lines[0].quantity", "must be from 1 to 1000000")])
    return kind(f"{kind.title}.")


def reference(shape: Fields, schemas: dict[str, object]) -> Schema:
    """A pointer to the named schema, which is added if it is new."""
    if shape.name is None:
        return shape.schema()
    schemas.setdefault(shape.name, shape.schema())
    return {"$ref": f"#/components/schemas/{shape.name}"}


def operations(doc: Mapping[str, object]) -> Iterable[tuple[str, str, dict[str, object]]]:
    """Path, method and operation, for whoever shows the document."""
    paths = doc["paths"]
    assert isinstance(paths, dict), "a document has paths"
    for path, methods in paths.items():
        for method, each in methods.items():
            if method != "head":
                yield path, method.upper(), each
