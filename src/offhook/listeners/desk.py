"""The desk: where every boot listener brings its requests; times them and keeps their events."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from offhook.directory import Directory
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.request import BootAnswer, BootRequest
from offhook.provisioning.story import Story


class Desk:
    """Answers boot requests from the directory that is published at that moment."""

    def __init__(self, directory: Callable[[], Directory], provisioner: Provisioner, story: Story) -> None:
        self._directory = directory
        self._provisioner = provisioner
        self._story = story

    def answer(self, request: BootRequest) -> BootAnswer:
        """The answer to a phone; its event is kept before it goes out."""
        begun = time.perf_counter()
        answer, event = self._provisioner.answer(self._directory(), request)
        taken = (time.perf_counter() - begun) * 1000
        self._story.add(msgspec.structs.replace(event, milliseconds=round(taken, 3)))
        return answer
