"""The desk: where every boot listener brings its requests; times them and keeps their events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec

from offhook.directory import Directory
from offhook.provisioning.admit import Verdict
from offhook.provisioning.identify import file_name
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.request import CREATED, FAILED, NOT_FOUND, REPLACED, BootAnswer, BootRequest
from offhook.provisioning.story import Story
from offhook.provisioning.uploads import UploadRefused
from offhook.store.given import Gift, GivenFiles

log = logging.getLogger(__name__)


class Desk:
    """Answers boot requests from the directory that is published at that moment."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        provisioner: Provisioner,
        story: Story,
        given: GivenFiles | None = None,
    ) -> None:
        """`given` keeps what phones' own files were; None: nobody does."""
        self._directory = directory
        self._provisioner = provisioner
        self._story = story
        self._given = given

    def answer(self, request: BootRequest) -> BootAnswer:
        """The answer to a phone; its event is kept before it goes out."""
        begun = time.perf_counter()
        directory = self._directory()
        answer, event = self._provisioner.answer(directory, request)
        taken = (time.perf_counter() - begun) * 1000
        if answer.own and self._given is not None and event.account is not None and event.device is not None:
            name = file_name(request.path).partition("?")[0]
            one = Gift(request.now, event.peer, event.version, directory.revision)
            self._given.note((event.account, event.device, name), answer.etag, answer.body, one)
        self._story.add(msgspec.structs.replace(event, milliseconds=round(taken, 3)))
        return answer

    async def take(self, request: BootRequest, body: bytes) -> BootAnswer:
        """Keep a file that a phone sends, if it may send one; phones are answered meanwhile."""
        begun = time.perf_counter()
        device, name, event_of, verdict = self._provisioner.admit_upload(self._directory(), request)
        answer = NOT_FOUND
        if verdict.allowed and device is not None and device.mac is not None:
            try:
                new = await asyncio.to_thread(self._provisioner.uploads.put, device.account, device.mac, name, body)
                answer, verdict = (CREATED if new else REPLACED), Verdict(True, f"kept for device {device.id}")
            except UploadRefused as error:
                verdict = Verdict(False, str(error))
            except OSError as error:
                log.exception("%s sent %r, which could not be kept", request.peer, request.path)
                answer, verdict = FAILED, Verdict(False, f"our own failure, the file was not kept: {error.strerror}")
        taken = (time.perf_counter() - begun) * 1000
        event = msgspec.structs.replace(event_of(answer, verdict), bytes=len(body), milliseconds=round(taken, 3))
        self._story.add(event)
        return answer
