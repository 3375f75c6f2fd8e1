"""Rendering: a template and a phone make the bytes of one file; the same phone makes the same bytes.

A template writes each parameter with `put(name, value)`. That one function escapes by the file's syntax, writes
nothing for a value that is not set, lets a raw override win, refuses a parameter that is written twice, and lets a
secret through only into a device's own file. `rest()` writes the overrides that no `put` has used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MethodType
from typing import Any, Final

import msgspec
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from offhook.model.document import RawValue
from offhook.model.secret import Secret

from .book import Book
from .phone import Common, Phone
from .profile import Profile
from .profile_file import FileRule
from .syntax import SYNTAXES, Syntax


class TemplateBroken(Exception):
    """A template that cannot be rendered; the message names file, line and what is wrong."""


class Parameter(msgspec.Struct, frozen=True):
    """One parameter as it was written."""

    name: str
    value: str
    """In clear; masked by whoever shows it when `secret`."""
    secret: bool
    override: bool
    """True when a raw override gave the value."""


class Rendered(msgspec.Struct, frozen=True):
    """One file."""

    body: bytes
    parameters: tuple[Parameter, ...]
    """In file order."""


class _Page:
    """What one rendering writes down: the parameters so far, and which overrides were used."""

    def __init__(self, profile: Profile, rule: FileRule, phone: Common, syntax: Syntax) -> None:
        self._profile = profile
        self._rule = rule
        self._phone = phone
        self._syntax = syntax
        self.parameters: dict[str, Parameter] = {}
        self.repeated: list[Parameter] = []

    def put(self, name: str, value: object, *, again: bool = False) -> Markup:
        """One parameter written in the file's syntax; nothing when the value is None.

        `again` allows a name that the vendor reads several times, one value after the other.
        """
        name = str(name)
        override = self._phone.overrides.get(name)
        if override is not None:
            value = override
        if value is None:
            return Markup()
        if not again and name in self.parameters:
            raise TemplateBroken(f"parameter {name} is written twice")
        if again and override is not None and name in self.parameters:
            return Markup()
        secret = isinstance(value, Secret) or (isinstance(value, RawValue) and value.secret)
        parameter = Parameter(name, self._text(value), secret, override is not None)
        if name in self.parameters:
            self.repeated.append(parameter)
        else:
            self.parameters[name] = parameter
        return Markup(self._syntax.line(name, parameter.value))  # noqa: S704 - the syntax has escaped it

    def rest(self) -> Markup:
        """The overrides that no `put` has used, by name."""
        return Markup("").join(
            self.put(name, None) for name in sorted(self._phone.overrides) if name not in self.parameters
        )

    def escape(self, value: object) -> Markup:
        """A value that stands in the template as it is, outside of `put`."""
        if isinstance(value, Markup):
            return value
        return Markup(self._syntax.escape(self._text(value)))  # noqa: S704 - just escaped

    def lookup(self, table: Mapping[str, Any], tag: str | None) -> Any:
        """The entry of a table for a tag such as `fr-CA`: the exact one, else that of `fr`, else None."""
        while tag:
            for name in (tag, tag.lower()):
                if name in table:
                    return table[name]
            tag = tag.rpartition("-")[0]
        return None

    def join(self, *parts: object) -> str | Secret:
        """The parts as one text; a secret when one of them is, such as `join("admin:", password)`."""
        text = "".join(part.reveal() if isinstance(part, Secret) else str(part) for part in parts)
        return Secret(text) if any(isinstance(part, Secret) for part in parts) else text

    def fingerprint(self, *parts: object) -> str:
        """Eight digits that change with the parts: for the URL of a file that a phone fetches anew only by a new one."""
        return sha256("\n".join(map(repr, parts)).encode()).hexdigest()[:8]

    def fail(self, message: str) -> None:
        """Stop the rendering: what the template was asked to write makes no sense."""
        raise TemplateBroken(message)

    def _text(self, value: object) -> str:
        if isinstance(value, bool):
            return self._profile.booleans(self._phone.generation)[value]
        if isinstance(value, Secret):
            # What leads a phone to its credentials is a common file that holds them, and can reach no other secret.
            if self._rule.kind != "device" and self._phone.login is None:
                raise TemplateBroken("a secret may stand in a device's own file only")
            return value.reveal()
        if isinstance(value, RawValue):
            return value.text
        return str(value)


@pass_context
def _finalize(context: Context, value: object) -> Markup:
    """Escape what a template writes without `put`, by the syntax of the file that is being rendered."""
    escaped: Markup = context["page"].escape(value)
    return escaped


class _Sandbox(ImmutableSandboxedEnvironment):
    """jinja2's sandbox, which decides by an object's type and remembers what it decided: a config asks 2,000 times."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._safe: dict[tuple[type, str], bool] = {}

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """See jinja2; what a page offers is ours, and is called without being asked whether it is safe."""
        if type(obj) is MethodType and type(obj.__self__) is _Page:
            again = kwargs.get("again")  # beside it jinja2 passes its own loop variables
            return obj(*args) if again is None else obj(*args, again=again)
        return super().call(context, obj, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """See jinja2; the value is not looked at there either."""
        key = (type(obj), attr)
        safe = self._safe.get(key)
        if safe is None:
            safe = self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return safe


class Renderer:
    """All templates, compiled once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Folders hold `<family>/<template>`; an earlier folder wins file by file."""
        self._environment: Final = _Sandbox(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            undefined=StrictUndefined,
            autoescape=True,
            finalize=_finalize,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def preload(self) -> list[str]:
        """Compile every template, so that no phone waits for it; gives what is wrong with those that cannot be.

        A broken template is no reason not to serve the other vendors' phones: its own get a 503 until it is mended.
        """
        broken = []
        for name in self._environment.list_templates(extensions=["j2"]):
            try:
                self._get(name)
            except TemplateBroken as error:
                broken.append(str(error))
        return broken

    def render(self, profile: Profile, rule: FileRule, phone: Common, book: Book | None = None) -> Rendered:
        """The bytes of one file; `book` is for one of kind `book`. Raises `TemplateBroken`."""
        if rule.kind == "device" and not isinstance(phone, Phone):
            raise TemplateBroken(f"{profile.family}: the file {rule.name} needs a device")
        syntax = SYNTAXES[profile.syntax(rule, phone.generation)]
        page = _Page(profile, rule, phone, syntax)
        template = self._template(profile, rule, phone.generation)
        try:
            text = template.render(
                phone=phone,
                book=book,
                settings=phone.settings,
                model=phone.facts,
                facts=phone.facts.facts if phone.facts else {},
                generation=profile.file.generations[phone.generation].facts if phone.generation else {},
                tables=profile.file.tables,
                page=page,
                put=page.put,
                rest=page.rest,
                lookup=page.lookup,
                join=page.join,
                fingerprint=page.fingerprint,
                models=profile.file.models,
                fail=page.fail,
            )
            if syntax.arrange is not None:
                text = syntax.arrange(text)
        except TemplateBroken as error:
            raise TemplateBroken(f"{_place(error, template)}: {error}") from error
        except Exception as error:
            raise TemplateBroken(f"{_place(error, template)}: {type(error).__name__}: {error}") from error
        return Rendered(text.encode(), (*page.parameters.values(), *page.repeated))

    def _template(self, profile: Profile, rule: FileRule, generation: str | None) -> Template:
        assert rule.template is not None
        return self._get(f"{profile.family}/{rule.template.replace('{generation}', generation or '')}")

    def _get(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except TemplateError as error:
            if isinstance(error, TemplateSyntaxError):
                raise TemplateBroken(f"{error.filename or name} line {error.lineno}: {error.message}") from error
            raise TemplateBroken(f"templates/{name}: {error.message or 'not found'}") from error


def _place(error: BaseException, template: Template) -> str:
    """`<file> line N` of the innermost frame that is a template's."""
    place = template.filename or template.name or ""
    trace = error.__traceback__
    while trace is not None:
        if (name := trace.tb_frame.f_code.co_filename).endswith(".j2"):
            place = f"{name} line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
