"""The documents keep up with the code: every field, every command, every linked file."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from countermand.model.policy import Terms

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_field_of_the_policy_is_explained() -> None:
    text = (ROOT / "docs" / "policy.md").read_text()
    assert [field.name for field in fields(Terms) if f"`{field.name}`" not in text] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
