"""Documents over REST: list, show, save, change and remove them, one way for every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from offhook.change import Put, Remove
from offhook.model.document import Document
from offhook.model.kind import KINDS, SINGULAR, make_document, public_values
from offhook.model.problem import NotFound, did_you_mean
from offhook.model.references import Key
from offhook.registry import Registry

from .changing import Changing, Made, dry_run
from .listing import FILTERS, page
from .office import OfficeFile
from .principal import account_of, no_account, principal_of
from .problems import BadRequest
from .route import ACCOUNT, CHANGING, IDEMPOTENCY, IF_MATCH, IF_NONE_MATCH, JSON, YAML, Answer, Parameter, Route, whole

PAGE = 100
LARGEST_PAGE = 1000


ONE: Final = "/api/v1/{kind:" + "|".join(KINDS) + "}/{id}"
"""The path of a document."""
MANY: Final = "/api/v1/{kind:" + "|".join(KINDS) + "}"
"""The path of a kind's documents."""


_LISTING: Final = (
    whole("limit", "Documents of a page.", LARGEST_PAGE),
    Parameter("cursor", "The `next` of the page before."),
    Parameter("q", "A part of the id or name."),
    *(Parameter(name, f"Only those with this {name}; empty: with none.") for name in FILTERS),
)


class DocumentRoutes:
    """`/api/v1/<kind>` and `/api/v1/<kind>/<id>`."""

    def __init__(self, registry: Registry, changing: Changing) -> None:
        self._registry = registry
        self._changing = changing

    def routes(self) -> list[Route]:
        """The route table of documents."""
        shown = Answer("The document.", "document", headers=("ETag",))
        made = Answer(
            "The document as it is now; with dry_run: what would change.", ("document", Made), headers=("ETag",)
        )
        added = Answer("The new document.", "document", headers=("ETag",))
        tried = Answer("With dry_run: what would change.", Made)
        return [
            Route(
                method="GET", path=MANY, handler=self.list, about="document", query=(ACCOUNT, *_LISTING),
                gives={200: Answer("A page of documents.", "page")},
            ),
            Route(
                method="POST", path=MANY, handler=self.create, right="write", about="document",
                query=(ACCOUNT, *CHANGING, IDEMPOTENCY), body="document", body_types=(JSON, YAML),
                gives={201: added, 200: tried},
            ),
            Route(
                method="GET", path=ONE, handler=self.show, about="document", query=(ACCOUNT,), gives={200: shown}
            ),
            Route(
                method="PUT", path=ONE, handler=self.save, right="write", about="document",
                query=(ACCOUNT, *CHANGING, IF_MATCH, IF_NONE_MATCH), body="document", body_types=(JSON, YAML),
                gives={200: made, 201: added},
            ),
            Route(
                method="PATCH", path=ONE, handler=self.change, right="write", about="document",
                query=(ACCOUNT, *CHANGING, IF_MATCH), body="patch",
                body_types=("application/merge-patch+json", JSON, YAML), gives={200: made},
            ),
            Route(
                method="DELETE", path=ONE, handler=self.remove, right="write", about="document",
                query=(ACCOUNT, *CHANGING, IF_MATCH), gives={200: Answer("What changed.", Made)},
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.Response:
        """A page of documents, ascending by id; `cursor` = the last id of the page before, `q` = a part of id or name.

        `owner=`, `site=` and `model=` choose by that field, see `FILTERS`.
        """
        kind, account = request.match_info["kind"], account_of(request)
        limit = _whole_number(request, "limit", PAGE, LARGEST_PAGE)
        directory = self._registry.directory
        principal = principal_of(request)
        seen = [one for one in directory.accounts() if principal.sees(one)]
        documents, following = await page(
            directory,
            seen if kind == "accounts" else [account],
            kind,
            cursor=request.query.get("cursor", ""),
            part=request.query.get("q", ""),
            chosen=self._filters(request),
            limit=limit,
            read=self._registry.legible,
        )
        return _json({"items": [public_values(one) for one in documents], "next": following})

    def _filters(self, request: web.Request) -> dict[str, str]:
        """Field → value of the filters that a request asks for; what they name must be there."""
        kind, account = request.match_info["kind"], account_of(request)
        chosen = {name: request.query[name] for name in FILTERS if name in request.query}
        for name, value in chosen.items():
            if name not in KINDS[kind].__struct_fields__:
                raise BadRequest(f"{name}={value[:20]!r}: {kind} have no {name}: leave this filter out")
            named = FILTERS[name].kind
            if named is not None and value and self._registry.directory.entry(account, named, value) is None:
                known = self._registry.directory.ids(account, named)
                raise NotFound(
                    f"there is no {SINGULAR[named]} {value!r} in account {account!r}{did_you_mean(value, known)}"
                )
        return chosen

    async def show(self, request: web.Request) -> web.Response:
        """One document; its revision is the ETag."""
        return _document(self._find(request))

    async def create(self, request: web.Request) -> web.Response:
        """A new document."""
        raw = await _body(request)
        document = self._made(request, raw)
        return await self._put(request, document, 0)

    async def save(self, request: web.Request) -> web.Response:
        """A whole document, new or in place of the one that is there."""
        raw = {**await _body(request), "id": request.match_info["id"]}
        return await self._put(request, self._made(request, raw), _expected(request))

    async def change(self, request: web.Request) -> web.Response:
        """A merge patch (RFC 7386) of a document; a secret that does not open any more must be among what is set."""
        found = self._registry.mendable(self._key(request))
        current, broken = found if found is not None else (self._find(request), [])
        patched = merge_patch(public_values(current), await _body(request))
        if (missing := next((one for one in broken if not _is_set(patched, one.field)), None)) is not None:
            raise missing
        patched.update(id=current.id, account=current.account)
        document = self._made(request, patched)
        expected = _expected(request)
        return await self._put(request, document, current.rev if expected is None else expected)

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a document that nothing names any more."""
        key = self._key(request)
        if self._registry.directory.entry(*key) is None:
            self._find(request)  # which says what there is
        return _json(await self._changing.make(request, [Remove(key, _expected(request))]))

    async def _put(self, request: web.Request, document: Document, expected: int | None) -> web.Response:
        place = f"{SINGULAR[request.match_info['kind']]} ({document.id})"
        made = await self._changing.make(request, [Put(document, expected, place)])
        if dry_run(request):
            return _json(made)
        kind = request.match_info["kind"]
        saved = self._registry.directory.get(document.account, kind, document.id)
        assert saved is not None
        created = any(one["action"] == "added" for one in made["changes"])
        return _document(saved, 201 if created else 200)

    def _made(self, request: web.Request, raw: dict[str, Any]) -> Document:
        """The document that is meant, which is of an account that whoever asks may know of."""
        kind = request.match_info["kind"]
        raw.setdefault("account", account_of(request))
        document = make_document(kind, raw, SINGULAR[kind], strict=not _is_yaml(request))
        principal, accounts = principal_of(request), self._registry.directory.accounts()
        is_new = kind == "accounts" and principal.account is None
        if not is_new and (not principal.sees(document.account) or document.account not in accounts):
            raise no_account(document.account, principal, accounts)
        return document

    def _key(self, request: web.Request) -> Key:
        kind, identity = request.match_info["kind"], request.match_info["id"]
        return identity if kind == "accounts" else account_of(request), kind, identity

    def _find(self, request: web.Request) -> Document:
        account, kind, identity = self._key(request)
        document = self._registry.legible((account, kind, identity))
        if document is None:
            known = self._registry.directory.ids(account, kind)
            raise NotFound(
                f"there is no {SINGULAR[kind]} {identity!r} in account {account!r}{did_you_mean(identity, known)}"
            )
        return document


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _is_set(values: Any, field: str) -> bool:
    """Whether a document's values hold a field such as `sip.password`."""
    first, _, rest = field.partition(".")
    if not isinstance(values, Mapping) or first not in values:
        return False
    return _is_set(values[first], rest) if rest else True


def _whole_number(request: web.Request, name: str, default: int, largest: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text[:9]) <= largest:
        raise BadRequest(f"{name}={text[:20]!r}: write a whole number from 1 to {largest}")
    return int(text)


def _expected(request: web.Request) -> int | None:
    """The revision of `If-Match: "3"`; `If-None-Match: *` = must be new."""
    if request.headers.get("If-None-Match") == "*":
        return 0
    match = request.headers.get("If-Match")
    if match is None or match == "*":
        return None
    number = match.strip().strip('"')
    if not number.isdecimal():
        raise BadRequest(f'If-Match: {match[:40]!r} is not an ETag of this server, such as "3"')
    return int(number)


def _is_yaml(request: web.Request) -> bool:
    return request.content_type in ("application/yaml", "text/yaml")


async def _body(request: web.Request) -> dict[str, Any]:
    """The body's fields: JSON, whose types must be right, or YAML, whose scalars are read by the field's type."""
    try:
        text = await request.text()
        body = OfficeFile(text, "body").values if _is_yaml(request) else json.loads(text)
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object with the document's fields")
    return body


def _json(values: object, status: int = 200, etag: str | None = None) -> web.Response:
    headers = {"ETag": etag} if etag else None
    text = json.dumps(values, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)


def _document(document: Document, status: int = 200) -> web.Response:
    return _json(public_values(document), status, f'"{document.rev}"')
