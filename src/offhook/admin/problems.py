"""Errors as HTTP: every exception that an admin can cause becomes `application/problem+json` (RFC 9457) here."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from offhook.logs import denied
from offhook.model.problem import NotFound, Refused, RevisionConflict, Unavailable
from offhook.secrets.vault import SealBroken

from .principal import Principal

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TITLES: Final = {
    400: "The request cannot be read",
    401: "Who are you?",
    403: "Your token is not for this",
    404: "There is no such thing",
    409: "A sealed secret does not open",
    412: "The document has another revision",
    429: "Too often",
    422: "The change was not made",
    500: "Our own failure",
    503: "The store cannot write now",
}


def problem(status: int, detail: str, **more: Any) -> web.Response:
    """A problem document."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Not done"), "status": status, "detail": detail, **more}
    return web.Response(
        status=status,
        text=json.dumps(body, ensure_ascii=False) + "\n",
        content_type="application/problem+json",
        headers={"WWW-Authenticate": 'Bearer realm="offhook"'} if status == 401 else None,
    )


class BadRequest(Exception):
    """A request that cannot be understood; the message says how to mend it."""


class WhoAreYou(Exception):
    """Nobody who may ask; the message says how to."""


class Forbidden(Exception):
    """Somebody who may ask, and not this; the message says what it takes."""


class TooMany(Exception):
    """Asked too often; the message says when to come again."""


_STATUS: Final[dict[type[Exception], int]] = {
    BadRequest: 400,
    WhoAreYou: 401,
    Forbidden: 403,
    NotFound: 404,
    SealBroken: 409,
    RevisionConflict: 412,
    TooMany: 429,
    Unavailable: 503,
}
_DENIED: Final = (WhoAreYou, Forbidden, TooMany)
"""What is told in the log, as it may be somebody who tries."""


def _tell(request: web.Request, status: int, why: str) -> None:
    principal: Principal | None = request.get("principal")
    name = principal.name if principal is not None else "somebody"
    log.warning(
        "%s from %s was refused %s %s: %s",
        name, request.remote, request.method, request.path, why,
        extra=denied(
            "admin", request.remote, request.path, status, who=principal.name if principal is not None else None,
            method=request.method,
        ),
    )  # fmt: skip


@web.middleware
async def problems_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong below into a problem document."""
    try:
        return await handler(request)
    except Refused as error:
        listed = [{"place": one.place, "message": one.message} for one in error.problems]
        return problem(422, str(error), problems=listed)
    except tuple(_STATUS) as error:
        if isinstance(error, _DENIED):
            _tell(request, _STATUS[type(error)], str(error))
        return problem(_STATUS[type(error)], str(error))
    except web.HTTPException as error:
        return problem(error.status, error.reason)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return problem(500, "The server's log has the reason")
