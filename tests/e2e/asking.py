"""Asking the admin door as a program does: over HTTP, with a token."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .running import RunningServer


class Answer(NamedTuple):
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def values(self) -> Any:
        """The body, decoded from JSON."""
        return json.loads(self.text)


class Asking:
    """Somebody who asks the admin door of a server."""

    def __init__(self, server: RunningServer, token: str | None) -> None:
        self._url = server.addresses["admin"]
        self._token = token

    def __call__(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; a body that is no text is sent as JSON."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(self._url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if self._token is not None:
            request.add_header("Authorization", f"Bearer {self._token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode("utf-8", "replace"), dict(error.headers))


def admin(server: RunningServer) -> Asking:
    """The holder of the admin's own token."""
    return Asking(server, (server.data / "admin.token").read_text().strip())


def holder(server: RunningServer, *scopes: str, account: str | None = None) -> Asking:
    """The holder of a token that was made for this."""
    arguments = [part for scope in scopes for part in ("--scope", scope)] + (["--account", account] if account else [])
    return Asking(server, server.run("token", "create", *arguments, "--quiet").stdout.strip())


class Operation(NamedTuple):
    """One row of the route table."""

    method: str
    path: str
    right: str | None
    about: str | None
    parameters: tuple[str, ...]


def operations(server: RunningServer) -> Iterator[Operation]:
    """The whole route table, as the server itself describes it."""
    described = Asking(server, None)("GET", "/api/v1/openapi.json").values
    for path, item in described["paths"].items():
        for method, one in item.items():
            names = tuple(parameter["name"] for parameter in one["parameters"] if parameter["in"] == "query")
            yield Operation(method.upper(), path, one.get("x-right"), one.get("x-about"), names)
