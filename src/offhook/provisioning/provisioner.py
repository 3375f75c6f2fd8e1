"""The provisioner: one boot request's whole way, from what a phone asks to what it gets and what is said about it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.secrets.vault import SealBroken

from .admit import admit_file
from .assets import firmware_answer, firmware_place, firmware_to_take, pinned_firmware
from .book import question_of
from .cache import RenderCache
from .encryption.fault import KeyRefused
from .event import boot_event, shown_path
from .firmware import NEWEST, FirmwareShelf
from .guard.caller import Caller
from .guard.guard import Guard
from .guard.tokens import token_in
from .guard.verdict import Verdict
from .identify import Identity, file_name
from .making import Explanation, FileMaker, Order
from .profile import Profile, asked_name
from .profile_file import FileRule
from .profiles import Profiles
from .reader import SCOPED, Reader
from .render import Renderer, TemplateBroken
from .request import FAILED, NOT_FOUND, BootAnswer, BootEvent, BootRequest
from .resolve import Resolution
from .tones import TonePlan
from .tracked import Dependencies, TrackedDirectory
from .uploads import Uploads

log = logging.getLogger(__name__)


class Provisioner:
    """Answers phones from a directory; holds no document itself."""

    def __init__(
        self,
        profiles: Profiles,
        renderer: Renderer,
        tones: Mapping[str, TonePlan],
        shelf: FirmwareShelf,
        uploads: Uploads,
        guard: Guard,
        public_url: str | None = None,
    ) -> None:
        """`public_url` is what phones are told to come back to; None: the address that each one called."""
        self.profiles: Final = profiles
        self.shelf: Final = shelf
        self.uploads: Final = uploads
        self.guard: Final = guard
        self.cache: Final = RenderCache()
        self.reader: Final = Reader(profiles, guard)
        self._tones: Final = tones
        self._maker = FileMaker(renderer, tones)
        self.public_url: Final = public_url.rstrip("/") + "/" if public_url else None

    def use(self, renderer: Renderer) -> None:
        """Make files by another set of templates from now on; what was made by the one before is made anew."""
        self._maker = FileMaker(renderer, self._tones)
        self.cache.edition += 1

    def identify(self, path: str, user_agent: str | None) -> Identity:
        """Who is asking for a path."""
        return self.reader.identifier.identify(path, user_agent)

    def answer(self, directory: Directory, request: BootRequest) -> tuple[BootAnswer, BootEvent]:
        """What a request gets, and the event that tells of it. Our own failure is a 503, never a 404 or half a file."""
        identity, device, caller = Identity(), None, None
        try:
            token, path = token_in(request.path)
            identity = self.reader.identifier.identify(
                f"{path}?{request.query}" if request.query else path, request.user_agent
            )
            asking = self.reader.asking(directory, request, identity, token)
            demand = asking.refusal or (self.guard.demand(asking) if request.demands_login else None)
            if demand is not None:
                answer, verdict = NOT_FOUND, demand
            elif (place := firmware_place(path)) is not None:
                answer, verdict = self._firmware(place)
            else:
                caller = self.guard.caller(directory, asking)
                device = caller.device
                bare = msgspec.structs.replace(request, path=path) if token is not None else request
                answer, verdict = self._answer(directory, bare, identity, caller)
            answer, verdict = self.reader.asked_again(asking, answer, verdict)
        except Exception as error:
            log.exception("%s asked for %r and could not be answered", request.peer, shown_path(request.path))
            event = "secret.broken" if isinstance(error, SealBroken) else ""
            answer, verdict = (
                FAILED,
                Verdict(False, f"our own failure, the phone is asked to come again: {error}", event),
            )
        return answer, boot_event(request, identity, device, caller, answer, verdict)

    def _answer(
        self, directory: Directory, request: BootRequest, identity: Identity, caller: Caller
    ) -> tuple[BootAnswer, Verdict]:
        """What may be asked for without a device, and whose file it is otherwise."""
        if caller.refusal is not None:
            return NOT_FOUND, caller.refusal
        profile = self.reader.profile(identity, caller.device)
        if profile is None:
            return NOT_FOUND, Verdict(False, "no vendor whose phones ask for this name is known")
        rule = identity.file if identity.profile is profile else None
        rule = rule or self.reader.identifier.file_of(request.path, profile)
        if rule is None:
            return NOT_FOUND, Verdict(False, f"no file of {profile.file.name} phones has this name")
        return self._give(directory, request, identity, caller, profile, rule)

    def _give(
        self,
        directory: Directory,
        request: BootRequest,
        identity: Identity,
        caller: Caller,
        profile: Profile,
        rule: FileRule,
    ) -> tuple[BootAnswer, Verdict]:
        """One file of a vendor's profile, if the request may have it."""
        device = caller.device
        scoped = SCOPED.match(request.path)
        scope = scoped["account"] if scoped else None
        model = self._model(profile, identity, device)
        pinned = pinned_firmware(directory, device, profile.vendor, model) if device is not None else None
        pin = pinned[0] if pinned else None
        if rule.kind == "asset":
            asset = self.shelf.named(profile.vendor, model, file_name(request.path).partition("?")[0], pin)
            if asset is not None:
                return firmware_answer(self.shelf, asset), Verdict(True, f"firmware {asset.place}")
        account = self._account(directory, device, scope)
        sent = self._sent(rule, device, request.path)
        if sent is not None:  # what a phone sent is as secret as its own config
            rule = msgspec.structs.replace(rule, kind="device")
        verdict = admit_file(directory, self.guard, caller, identity, profile, rule, scope, account)
        if sent is not None and verdict.allowed:
            return _ready(rule, sent), Verdict(True, f"as device {device.id if device else None} sent it")
        generation = profile.generation(model, identity.version or (pin if pin != NEWEST else None))
        if verdict.allowed and rule.generations and generation not in rule.generations:
            verdict = Verdict(False, f"firmware of generation {generation} has no such file")
        if not verdict.allowed and not verdict.bootstrap:
            return NOT_FOUND, verdict
        if rule.kind != "book":
            self.guard.came_back(caller)
        order = Order(
            profile=profile,
            rule=rule,
            account=account,
            device=device.id if device else None,
            model=model,
            generation=generation,
            root_url=self.public_url or request.base_url or "",
            scoped=scope is not None,
            token=verdict.token,
        )
        if verdict.tells_login and device is not None and order.root_url.startswith("https:"):
            login = self.guard.roll.login(self.guard.roll.enrolment(device))  # on any other way it would be read
            order = msgspec.structs.replace(order, login=login)
        if verdict.bootstrap:
            return self._bootstrap(directory, order, verdict)
        taken = firmware_to_take(self.shelf, profile, model, pin, identity.version, order.firmware_url)
        order = msgspec.structs.replace(order, firmware=taken)
        if profile.file.phone_book is not None and rule.kind == "book":
            order = msgspec.structs.replace(order, question=question_of(profile.file.phone_book, request.query))
        return self._ordered(directory, request, order, verdict)

    def _ordered(
        self, directory: Directory, request: BootRequest, order: Order, verdict: Verdict
    ) -> tuple[BootAnswer, Verdict]:
        """What is ordered for a request that may have it, as far as it can be made and sent."""
        try:
            made = self._made(directory, order)
        except TemplateBroken as error:
            last = self.cache.last(order.key)
            if last is None:
                raise
            return last, Verdict(True, f"the last good one is given again, as {error}")
        except KeyRefused as error:
            return FAILED, Verdict(False, f"it is to go out encrypted and cannot: {error}")
        if made.content_encoding and request.transport == "tftp":
            return NOT_FOUND, Verdict(
                False, f"it is encrypted as {made.content_encoding}, which only HTTP can say: let the phone ask over it"
            )
        return made, verdict

    def _bootstrap(self, directory: Directory, order: Order, verdict: Verdict) -> tuple[BootAnswer, Verdict]:
        """In place of a device's file the vendor's common one, if that can tell the phone to come back with its token."""
        if verdict.tells_login and order.login is None:
            words = f"{verdict.words}, and its credentials go to https:// addresses only: set [boot] public_url to one"
            return NOT_FOUND, Verdict(False, words, verdict.event)
        wanted = [f"/t/{order.token}", *([order.login.password.reveal()] if order.login is not None else [])]
        syntax = order.profile.syntax(order.rule, order.generation)
        for rule in order.profile.file.files:
            if rule.kind != "common" or order.profile.syntax(rule, order.generation) != syntax:
                continue
            made = self._made(directory, msgspec.structs.replace(order, rule=rule))
            if order.token is not None and all(text.encode() in made.body for text in wanted):
                words = f"a file without secrets that leads the phone to a token, as {verdict.words}"
                return made, Verdict(True, words, "enrol.bootstrap")
        return NOT_FOUND, verdict

    def _sent(self, rule: FileRule, device: Device | None, path: str) -> bytes | None:
        """What the phone itself sent under this name; None: nothing."""
        if not rule.upload or device is None or device.mac is None:
            return None
        return self.uploads.get(device.account, device.mac, file_name(path).partition("?")[0])

    def _made(self, directory: Directory, order: Order) -> BootAnswer:
        """What is ordered, from what is kept as long as nothing that it was made of has changed."""
        ready = self.cache.get(order.key, directory)
        if ready is None:
            tracked = TrackedDirectory(directory)
            made = self._maker.make(tracked, order)
            ready = _ready(order.rule, made.body, made.content_encoding)
            self.cache.put(order.key, ready, Dependencies(tracked))
        return ready

    def _firmware(self, place: str) -> tuple[BootAnswer, Verdict]:
        """What a path below `/firmware/` gets: the same for everybody, as nothing in it is secret."""
        file = self.shelf.at(place)
        if file is None:
            return NOT_FOUND, Verdict(
                False, f"no firmware {place} was added: offhook firmware add FILE --vendor VENDOR"
            )
        return firmware_answer(self.shelf, file), Verdict(True, f"firmware {file.place}")

    def config_names(self, device: Device) -> list[str]:
        """The names that a device asks its own files by, in boot order; none when its vendor is not known."""
        profile = self.profiles.of_model(device.model)
        if profile is None or device.mac is None:
            return []
        model = profile.file.models.get(self._model(profile, Identity(), device) or "")
        names = [
            asked_name(step.ask, device.mac, code=model.code if model else None)
            for step in profile.file.boot
            if "{mac" in step.ask
        ]
        rules = [(name, self.reader.identifier.file_of(name, profile)) for name in names]
        return [name for name, rule in rules if rule is not None and rule.kind == "device"]

    def explain(self, directory: Directory, device: Device) -> Explanation:
        """How a device's own file comes to be: every value with its layer, the lines, and the file's parameters.

        Raises `LookupError` in words when it gets none.
        """
        order = self._own_order(directory, device)
        if order is None:
            missing = "MAC" if device.mac is None else "vendor's profile"
            raise LookupError(f"device {device.id} has no {missing}: it gets no file")
        explanation = self._maker.explain(directory, device, order)
        pinned = pinned_firmware(directory, device, order.profile.vendor, order.model)
        if pinned and self.shelf.wanted(order.profile.vendor, order.model, pinned[0]) is None:
            missing = f"{pinned[1]} pins firmware {pinned[0]}, of which no file for this model was added: offhook firmware add"
            return msgspec.structs.replace(explanation, resolution=explanation.resolution.noting(missing))
        return explanation

    def resolution(self, directory: Directory, device: Device) -> Resolution | None:
        """What the templates of a device's own files are given; None when it gets no file."""
        order = self._own_order(directory, device)
        return self._maker.resolve(directory, device, order) if order is not None else None

    def _own_order(self, directory: Directory, device: Device) -> Order | None:
        """An order for a device's own file, as if it asked without saying anything of itself."""
        profile = self.profiles.of_model(device.model)
        if profile is None or device.mac is None:
            return None
        model = self._model(profile, Identity(), device)
        pinned = pinned_firmware(directory, device, profile.vendor, model)
        return Order(
            profile=profile,
            rule=profile.file.files[0],
            account=device.account,
            device=device.id,
            model=model,
            generation=profile.generation(model, pinned[0] if pinned and pinned[0] != NEWEST else None),
            root_url=self.public_url or "",
            scoped=False,
        )

    def _model(self, profile: Profile, identity: Identity, device: Device | None) -> str | None:
        registered = device.model.partition("/")[2] if device is not None and device.model else ""
        if registered:
            return profile.model_name(registered)
        return identity.model if identity.vendor == profile.vendor else None

    def _account(self, directory: Directory, device: Device | None, scope: str | None) -> str | None:
        """Whose settings a file shows: the path's account, the device's, or the only one there is."""
        if scope is not None or device is not None:
            return scope or (device.account if device else None)
        return directory.only_account()


def _ready(rule: FileRule, body: bytes, content_encoding: str = "") -> BootAnswer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return BootAnswer(
        status=200,
        content_type=rule.content_type,
        body=body,
        etag=etag,
        content_encoding=content_encoding,
        own=rule.kind == "device",
    )
