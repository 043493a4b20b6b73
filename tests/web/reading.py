"""Reading a page as a browser without script does: its words, its links, its forms with what they would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

APART = frozenset(
    {"br", "li", "dt", "dd", "p", "h1", "h2", "h3", "td", "th", "div", "section", "button", "a", "span"}
)
EMPTY = frozenset({"input", "meta", "link", "br", "img", "use", "path", "circle"})


@dataclass
class Control:
    kind: str
    name: str
    value: str
    checked: bool = False
    words: str = ""
    action: str = ""


@dataclass
class Form:
    """`data` begins with what is filled in and ticked; change it, then send it with one of the buttons."""

    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)

    @property
    def data(self) -> dict[str, list[str]]:
        made: dict[str, list[str]] = {}
        for each in self.controls:
            if each.kind in ("checkbox", "radio") and not each.checked:
                continue
            made.setdefault(each.name, []).append(each.value)
        return made

    def button(self, words: str) -> Control:
        return next(each for each in self.buttons if words in each.words)

    def values(self, name: str) -> list[str]:
        return [each.value for each in self.controls if each.name == name]


class Page(HTMLParser):
    """`words`: all text in order, white space folded."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.title = ""
        self.h1 = ""
        self.links: dict[str, str] = {}
        self.forms: list[Form] = []
        self.notices: list[str] = []
        self._pieces: list[str] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._area: Control | None = None
        self.feed(html)
        self.words = " ".join("".join(self._pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        flags = {name for name, _ in attrs}
        if tag == "form":
            self.forms.append(Form(known.get("action", ""), known.get("method", "get").upper()))
        elif tag == "input" and self.forms and "name" in known:
            kind = known.get("type", "text")
            value = known.get("value", "on" if kind == "checkbox" else "")
            self.forms[-1].controls.append(Control(kind, known["name"], value, "checked" in flags))
        elif tag == "textarea" and self.forms:
            self._area = Control("textarea", known.get("name", ""), "")
            self.forms[-1].controls.append(self._area)
        elif tag == "option" and self.forms:
            self._option(known, "selected" in flags)
        elif tag == "select" and self.forms:
            self.forms[-1].controls.append(Control("select", known.get("name", ""), ""))
        if tag in APART:
            self._pieces.append(" ")
        if tag not in EMPTY:
            self._open.append((tag, known, []))

    def _option(self, known: dict[str, str], selected: bool) -> None:
        select = next(each for each in reversed(self.forms[-1].controls) if each.kind == "select")
        if selected or not select.value:
            select.value = known.get("value", "")

    def handle_data(self, data: str) -> None:
        self._pieces.append(data)
        if self._area is not None:
            self._area.value += data
        for _, _, words in self._open:
            words.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<use …/>` opens and closes nothing."""

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _, _ in self._open):
            name, known, pieces = self._open.pop()
            words = " ".join("".join(pieces).split())
            self._closed(name, known, words)
            if name == tag:
                return

    def _closed(self, tag: str, known: dict[str, str], words: str) -> None:
        if tag == "title" and not self.title:
            self.title = words
        elif tag == "h1":
            self.h1 = words
        elif tag == "a" and "href" in known:
            self.links.setdefault(words, known["href"])
        elif tag == "textarea":
            self._area = None
        elif tag == "button" and self.forms and known.get("type", "submit") == "submit":
            self.forms[-1].buttons.append(
                Control("button", known.get("name", ""), known.get("value", ""), words=words,
                        action=known.get("formaction", ""))
            )
        if known.get("role") in ("alert", "status") and words:
            self.notices.append(words)

    def form(self, words: str) -> Form:
        """The form that has a button with these words."""
        return next(form for form in self.forms if any(words in each.words for each in form.buttons))

    def has_button(self, words: str) -> bool:
        return any(words in each.words for form in self.forms for each in form.buttons)
