"""What surrounds every page: the reader, the token of its forms, the saved appearance."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, post
from litestar.datastructures import Cookie

from countermand.host import Host
from countermand.web.pages.forms import form_token, read_form, secure
from countermand.web.pages.render import page, see_other
from countermand.web.pages.words import Reader, locale_of

THEME_COOKIE = "cm_theme"
THEMES = ("auto", "light", "dark")
THEME_SECONDS = 365 * 24 * 3600
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """`owner`: whose page it is (the shop, the warehouse). `back`: this page's own path, for forms that come back."""

    owner: str
    language: str
    direction: str
    theme: str
    form_token: str
    back: str
    section: str = ""
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """One visit to one page: for whom it is written, and what goes around it."""

    reader: Reader
    frame: Frame
    cookies: list[Cookie]

    def page(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response[bytes]:
        return page(
            template, status=status, cookies=self.cookies, headers=headers, frame=self.frame, reader=self.reader,
            **context,
        )


def stand(
    request: AnyRequest, host: Host, owner: str, *, locale: str | None = None, section: str = "",
    order: str | None = None,
) -> Stand:
    """Everything around a page. `locale`: the customer's own; without one, the browser's first language."""
    wanted = locale or request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0].strip()
    reader = Reader(locale_of(wanted[:40]), host.now())
    token, cookies = form_token(request, host)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    frame = Frame(
        owner, reader.language, reader.direction, theme if theme in THEMES else "auto", token,
        own_path(request), section, order,
    )
    return Stand(reader, frame, cookies)


def bare_stand(request: AnyRequest, now: datetime | None = None) -> Stand:
    """Around a page that tells of a mistake: no form, nothing that could fail again."""
    reader = Reader(locale_of(None), now or datetime.min.replace(tzinfo=UTC))
    return Stand(reader, Frame("Countermand", reader.language, reader.direction, "auto", "", "/"), [])


def own_path(request: AnyRequest) -> str:
    """The path of this page as it stands in its address: an order's number may hold `#`."""
    return local_path(quote(request.scope["path"]))


def local_path(path: str) -> str:
    """The path if it surely stays on this site, else the start page."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if inside and path.isprintable() and len(path) <= 300 else "/"


@post("/appearance", status_code=303, include_in_schema=False)
async def appearance(request: AnyRequest) -> Response[bytes]:
    """Save light, dark or automatic in a cookie, and go back to the page."""
    form = await read_form(request)
    theme = form.one("theme")
    cookie = Cookie(
        key=THEME_COOKIE, value=theme if theme in THEMES else "auto", max_age=THEME_SECONDS, samesite="lax",
        httponly=True, secure=secure(request), path="/",
    )
    return see_other(local_path(form.one("back")), [cookie])
