"""The command's way to the admin door: address and token, requests, and errors in words."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from offhook.model.secret import Secret

DEFAULT_URL: Final = "http://127.0.0.1:8081"


class Failed(Exception):
    """The server refused, or could not be reached; the message is for the admin."""

    def __init__(self, message: str, status: int | None = None) -> None:
        """`status` is the HTTP status of the server's answer; None when there was none."""
        super().__init__(message)
        self.status = status


class AdminClient:
    """Asks the admin door of a running server."""

    def __init__(self, url: str | None, token: str | None, data: Path | None) -> None:
        """Address and token as given, else from `OFFHOOK_URL` and `OFFHOOK_TOKEN`, else from the data folder."""
        self._data = data
        self.url = (url or os.environ.get("OFFHOOK_URL") or self._url_of_data() or DEFAULT_URL).rstrip("/")
        self._given_token = token or os.environ.get("OFFHOOK_TOKEN")

    def get(self, path: str, **query: str | None) -> Any:
        """GET, decoded from JSON."""
        return json.loads(self.text("GET", path, query=query))

    def text(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO | None = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
    ) -> str:
        """The answer's text; raises `Failed` with the server's own words."""
        with self._answer(method, path, body, content_type=content_type, headers=headers, query=query) as answer:
            text: str = answer.read().decode("utf-8", "replace")
            return text

    def save(self, path: str, file: BinaryIO, *, query: Mapping[str, str | None] | None = None) -> int:
        """GET into a file; gives its bytes. Raises `Failed`, also when the answer is cut off."""
        try:
            with self._answer("GET", path, query=query) as answer:
                while piece := answer.read(256 * 1024):
                    file.write(piece)
        except http.client.HTTPException as error:
            raise Failed(f"the server broke off its answer ({error!r}): its log says why") from None
        return file.tell()

    @contextlib.contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        body: bytes | BinaryIO | None = None,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the admin chose the address
        request.add_header("Authorization", f"Bearer {self._token().reveal()}")
        request.add_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
                yield answer
        except urllib.error.HTTPError as error:
            raise Failed(_words(error), error.code) from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise Failed(
                f"no offhook answers at {self.url} ({reason}): start it with `offhook serve`, or name it with --url or"
                " OFFHOOK_URL"
            ) from None

    def model_of_mac(self, mac: str) -> str | None:
        """The model (`vendor/Model`) of the device with this MAC, as far as it is known."""
        try:
            explained = self.get(f"/api/v1/explain/config/{urllib.parse.quote(mac)}")
        except Failed:
            return None
        return f"{explained['vendor']}/{explained['model']}" if explained["model"] else explained["vendor"]

    def _token(self) -> Secret:
        if self._given_token:
            return Secret(self._given_token)
        path = data_folder(self._data) / "admin.token"
        try:
            return Secret(path.read_text(encoding="ascii").strip())
        except OSError as error:
            raise Failed(
                f"no admin token: {path} cannot be read ({error.strerror}); name the data folder with --data, or give the"
                " token with --token or OFFHOOK_TOKEN"
            ) from None

    def _url_of_data(self) -> str | None:
        """The address that the server on this data folder wrote down when it started."""
        path = data_folder(self._data) / "admin.url"
        try:
            return path.read_text(encoding="ascii").strip() or None
        except OSError:
            return None


def data_folder(given: Path | None) -> Path:
    """The data folder: as given, else `OFFHOOK_DATA`, else `data` below the current folder."""
    return given or Path(os.environ.get("OFFHOOK_DATA") or "data")


def _words(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(error.read().decode("utf-8"))
    except ValueError:
        return f"the server answered {error.code} {error.reason}"
    return str(problem.get("detail") or problem.get("title") or error.reason)
