"""OpenAPI 3.1 of the admin door, made from its route table and the model, and a page of it for people."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import jinja2
import msgspec
from aiohttp import web

from offhook import __version__
from offhook.model.document import RawValue
from offhook.model.kind import KINDS, SINGULAR
from offhook.model.secret import Secret

from .route import Answer, Route

_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What, where and how to mend it."},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "message"],
                "properties": {
                    "place": {"type": "string", "description": "The document and field."},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_PARAMETER: Final = re.compile(r"\{(?P<name>[a-z]+)(?::(?P<choices>[^}]*))?\}")
_PAGE: Final = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string("""\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>offhook: the admin door</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1917 }
h2 { margin: 2rem 0 0; font: 600 1rem ui-monospace, monospace } b { color: #c2410c } td, th { padding: .1rem 1rem .1rem 0;
text-align: left; vertical-align: top } code { background: #f5f5f4 } p { margin: .2rem 0 }
</style>
<h1>The admin door</h1>
<p>Version {{ spec.info.version }}. Programs read <a href="openapi.json">openapi.json</a>. {{ spec.info.description }}</p>
{% for path, item in spec.paths.items() %}{% for method, operation in item.items() %}
<h2 id="{{ operation.operationId }}"><b>{{ method | upper }}</b> {{ path }}</h2>
<p>{{ operation.description }}</p>
<table>
{% for one in operation.parameters %}
<tr><td><code>{{ one.name }}</code><td>{{ one.in }}{{ ", required" if one.required }}<td>{{ one.description }}
{% endfor %}
{% for status, answer in operation.responses.items() %}
<tr><td>{{ status }}<td><td>{{ answer.description }}
{% endfor %}
</table>
{% endfor %}{% endfor %}
</html>
""")


class OpenApiRoutes:
    """`/api/v1/openapi.json` and `/api/v1/`."""

    def __init__(self, served: Sequence[Route]) -> None:
        self._served = served

    def routes(self) -> list[Route]:
        """The routes that tell of the others."""
        return [
            Route(
                method="GET", path="/api/v1/openapi.json", handler=self.specification, right=None, about="nobody",
                gives={200: Answer("This description.", dict[str, Any])},
            ),
            Route(
                method="GET", path="/api/v1/", handler=self.page, right=None, about="nobody",
                gives={200: Answer("This description, for people.", str, ("text/html",))},
            ),
        ]  # fmt: skip

    async def specification(self, request: web.Request) -> web.Response:
        """The description of the admin door for programs, as OpenAPI 3.1."""
        return web.Response(text=self._texts[0], content_type="application/json")

    async def page(self, request: web.Request) -> web.Response:
        """The description of the admin door for people."""
        return web.Response(text=self._texts[1], content_type="text/html", charset="utf-8")

    @functools.cached_property
    def _texts(self) -> tuple[str, str]:
        described = specification([*self._served, *self.routes()])
        return json.dumps(described, ensure_ascii=False, indent=1) + "\n", _PAGE.render(spec=described)


def specification(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI description of a route table."""
    types = [*KINDS.values(), *_types(routes)]
    schemas, components = msgspec.json.schema_components(types, schema_hook=_own_types, ref_template=_REF)
    named = {repr(one): schema for one, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for path, kind in _expanded(route.path):
            paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, kind, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "offhook",
            "version": __version__,
            "description": "Errors are problem documents that say what, where and how to mend it. Secrets are never shown"
            " unless they are asked for by who may see them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "offhook_session"},
            },
        },
    }


def _types(routes: Iterable[Route]) -> list[Any]:
    """Every type that a body or an answer has, once."""
    used = [route.body for route in routes]
    used += [part for route in routes for answer in route.gives.values() for part in _parts(answer)]
    return list({repr(one): one for one in used if one is not None and not isinstance(one, str)}.values())


def _parts(answer: Answer) -> tuple[Any, ...]:
    return answer.schema if isinstance(answer.schema, tuple) else (answer.schema,)


def _own_types(wanted: type) -> dict[str, Any]:
    """msgspec's hook for our own value types."""
    if wanted is Secret:
        return {"type": "string", "description": "A secret; `***` in answers, and as a value the one that is stored."}
    if wanted is RawValue:
        secret = {"type": "object", "required": ["secret"], "properties": {"secret": {"type": "string"}}}
        return {"description": "A vendor's raw parameter.", "anyOf": [{"type": ["string", "number"]}, secret]}
    raise NotImplementedError(wanted)


def _expanded(path: str) -> Iterator[tuple[str, str]]:
    """(path, kind) of each path that a pattern stands for."""
    kinds = next((found["choices"] for found in _PARAMETER.finditer(path) if found["name"] == "kind"), None)
    for kind in kinds.split("|") if kinds else ("",):
        of_kind = re.sub(r"\{kind:[^}]*\}", kind, path)
        yield _PARAMETER.sub(r"{\g<name>}", of_kind), kind


def _operation(route: Route, path: str, kind: str, named: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "description": "", "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{([a-z]+)\}", path)
    ]
    for one in route.query:
        schema = {"type": "array", "items": one.schema} if one.many else one.schema
        parameters.append(
            {"name": one.name, "in": one.where, "required": one.required, "description": one.says, "schema": schema}
        )
    name = route.handler.__name__.strip("_")
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}:{path}",
        "summary": f"{name.replace('_', ' ')} {SINGULAR.get(kind, '')}".strip(),
        "description": inspect.getdoc(route.handler) or "",
        "parameters": parameters,
        "responses": {str(status): _answer(answer, kind, named) for status, answer in route.gives.items()},
        "security": [{"token": []}, {"session": []}] if route.right is not None else [],
    }
    operation["responses"]["default"] = {
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}},
    }
    if route.right is not None:
        operation["x-right"], operation["x-about"] = route.right, route.about
    if route.body is not None:
        content = {"schema": _schema(route.body, kind, named)}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(route.body_types, content)}
    return operation


def _answer(answer: Answer, kind: str, named: dict[str, Any]) -> dict[str, Any]:
    parts = [_schema(part, kind, named) for part in _parts(answer)]
    schema = parts[0] if len(parts) == 1 else {"anyOf": parts}
    described: dict[str, Any] = {
        "description": answer.says,
        "content": {type_: {"schema": schema} for type_ in answer.types},
    }
    if answer.headers:
        described["headers"] = {name: {"schema": {"type": "string"}} for name in answer.headers}
    return described


def _schema(wanted: Any, kind: str, named: dict[str, Any]) -> dict[str, Any]:
    if wanted is None or wanted == "patch":
        return {"type": "object"}
    if wanted is bytes:
        return {}
    if wanted in ("document", "page"):
        document: dict[str, Any] = named[repr(KINDS[kind])]
        if wanted == "document":
            return document
        properties = {"items": {"type": "array", "items": document}, "next": {"type": ["string", "null"]}}
        return {"type": "object", "required": ["items", "next"], "properties": properties}
    found: dict[str, Any] = named[repr(wanted)]
    return found
