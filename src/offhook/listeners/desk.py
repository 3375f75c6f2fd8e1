"""The desk: where every boot listener brings its requests; times them and keeps their events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from offhook.directory import Directory
from offhook.provisioning.event import shown_path
from offhook.provisioning.guard.verdict import Verdict
from offhook.provisioning.identify import file_name
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.request import CREATED, FAILED, REPLACED, BootAnswer, BootEvent, BootRequest
from offhook.provisioning.story import Story
from offhook.provisioning.uploads import UploadRefused
from offhook.store.given import Gift, GivenFiles

log = logging.getLogger(__name__)


class Kept(Protocol):
    """What makes the guard's decisions last, by (account, id) of a device."""

    def is_waiting(self, key: tuple[str, ...]) -> bool:
        """Whether the last decision is not on the disk yet."""

    async def settled(self, key: tuple[str, ...]) -> None:
        """Return when it is; raises `OSError`."""


class Desk:
    """Answers boot requests from the directory that is published at that moment."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        provisioner: Provisioner,
        story: Story,
        given: GivenFiles | None = None,
        kept: Kept | None = None,
        rendered: Callable[[float], None] | None = None,
    ) -> None:
        """`given` keeps what phones' own files were; `kept` what the guard has decided; `rendered` is told how many seconds
        an answer took whose file had to be made; None: nobody does."""
        self._directory = directory
        self._provisioner = provisioner
        self._story = story
        self._given = given
        self._kept = kept
        self._rendered = rendered

    def answer(self, request: BootRequest) -> BootAnswer:
        """The answer to a phone whose transport never brings it a token; its event is kept before it goes out."""
        answer, event = self._answered(request)
        self._story.add(event)
        return answer

    async def reply(self, request: BootRequest) -> BootAnswer:
        """The answer to a phone, once what the guard has decided for it lasts: a crash must not take it back."""
        answer, event = self._answered(request)
        key = (event.account or "", event.device or "")
        if self._kept is not None and self._kept.is_waiting(key):
            try:
                await self._kept.settled(key)
            except OSError as error:
                words = f"our own failure, its enrolment cannot be written down: {error.strerror}"
                answer, event = FAILED, msgspec.structs.replace(event, status=FAILED.status, verdict=words, bytes=0)
        self._story.add(event)
        return answer

    def _answered(self, request: BootRequest) -> tuple[BootAnswer, BootEvent]:
        directory, misses = self._directory(), self._provisioner.cache.misses
        begun = time.perf_counter()
        answer, event = self._provisioner.answer(directory, request)
        taken = (time.perf_counter() - begun) * 1000
        if self._rendered is not None and self._provisioner.cache.misses != misses:
            self._rendered(taken / 1000)
        if answer.own and self._given is not None and event.account is not None and event.device is not None:
            name = file_name(request.path).partition("?")[0]
            one = Gift(request.now, event.peer, event.version, directory.revision)
            self._given.note((event.account, event.device, name), answer.etag, answer.body, one)
        return answer, msgspec.structs.replace(event, milliseconds=round(taken, 3))

    async def take(self, request: BootRequest, body: bytes) -> BootAnswer:
        """Keep a file that a phone sends, if it may send one; phones are answered meanwhile."""
        begun = time.perf_counter()
        device, name, event_of, verdict, answer = self._provisioner.reader.admit_upload(self._directory(), request)
        if verdict.allowed and device is not None and device.mac is not None:
            try:
                new = await asyncio.to_thread(self._provisioner.uploads.put, device.account, device.mac, name, body)
                answer, verdict = (CREATED if new else REPLACED), Verdict(True, f"kept for device {device.id}")
            except UploadRefused as error:
                verdict = Verdict(False, str(error))
            except OSError as error:
                log.exception("%s sent %r, which could not be kept", request.peer, shown_path(request.path))
                answer, verdict = FAILED, Verdict(False, f"our own failure, the file was not kept: {error.strerror}")
        taken = (time.perf_counter() - begun) * 1000
        event = msgspec.structs.replace(event_of(answer, verdict), bytes=len(body), milliseconds=round(taken, 3))
        self._story.add(event)
        return answer
