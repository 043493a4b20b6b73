"""The API's documentation as one plain page: no script, no font, nothing from another host."""

from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec

from countermand.web.api.openapi import operations

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d1d1f;"
    "background:#fff}h2{border-top:1px solid #ccc;padding-top:1.5rem;overflow-wrap:anywhere}"
    "pre{background:#f4f4f2;padding:1rem;overflow:auto}"
    "code{font:14px/1.5 ui-monospace,monospace}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e4e4e0}"
    "@media(prefers-color-scheme:dark){body{background:#161618;color:#ececee}pre{background:#232326}a{color:#8ab4ff}}"
)


def page(doc: Mapping[str, Any]) -> str:
    """The whole document as HTML."""
    calls = list(operations(doc))
    contents = "".join(
        f'<li><a href="#{each["operationId"]}"><code>{method} {escape(path)}</code></a> '
        f"{escape(str(each['summary']))}</li>"
        for path, method, each in calls
    )
    body = "".join(section(path, method, each, doc) for path, method, each in calls)
    info = doc["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        '<p>Send <code>Authorization: Bearer ck_…</code> with every call. '
        'The same as a machine reads it: <a href="/api/openapi.json">openapi.json</a>.</p>'
        f"<nav><ul>{contents}</ul></nav>{body}</main></body></html>"
    )


def section(path: str, method: str, call: Mapping[str, Any], doc: Mapping[str, Any]) -> str:
    """One call."""
    about = escape(call["description"].partition("\n\n")[2])
    parts = [f'<section id="{call["operationId"]}"><h2><code>{method} {escape(path)}</code></h2>']
    parts.append(f"<p>{escape(call['summary'])}. {about}</p>")
    if call["parameters"]:
        parts.append("<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>")
        parts += [parameter(each) for each in call["parameters"]]
        parts.append("</tbody></table>")
    if "requestBody" in call:
        parts.append("<h3>Body</h3>")
        parts += [fields(content, doc) for content in call["requestBody"]["content"].values()]
    parts.append("<h3>Answers</h3><table><tbody>")
    for status, answer in call["responses"].items():
        parts.append(f"<tr><td><code>{status}</code></td><td>{escape(answer['description'])}</td></tr>")
    parts.append("</tbody></table>")
    for status, answer in call["responses"].items():
        for content in answer.get("content", {}).values():
            if "example" in content:
                parts.append(f"<p>{status}, for example:</p>{sample(content['example'])}")
    parts.append("</section>")
    return "".join(parts)


def parameter(each: Mapping[str, Any]) -> str:
    """A row of the parameters' table."""
    meaning = each.get("description", "")
    words = each["schema"].get("enum")
    if words:
        meaning += f" One of {', '.join(words)}."
    return f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td><td>{escape(meaning)}</td></tr>"


def fields(content: Mapping[str, Any], doc: Mapping[str, Any]) -> str:
    """The members of a body, and an example."""
    schema = content["schema"]
    if "$ref" in schema:
        schema = doc["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{'required' if name in needed else 'optional'}</td>"
        f"<td>{escape(kind(each))}</td></tr>"
        for name, each in schema.get("properties", {}).items()
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return table + (sample(content["example"]) if "example" in content else "")


def kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "anyOf" in schema:
        return kind(schema["anyOf"][0])
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    named = schema.get("type", "any")
    first = named if isinstance(named, str) else named[0]
    if first == "array":
        return "list of " + kind(schema["items"])
    if first == "object" and "properties" in schema:
        return "object with " + ", ".join(schema["properties"])
    return str(schema.get("format", first))


def sample(value: object) -> str:
    """An example, indented."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return f"<pre><code>{escape(text)}</code></pre>"
