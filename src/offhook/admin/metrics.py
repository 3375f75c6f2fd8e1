"""`/metrics` for Prometheus, and `/readyz`: whether everything that phones and proxies need is there."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final, TypedDict

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from offhook import __version__
from offhook.meters import Histogram, Meters
from offhook.model.kind import KINDS
from offhook.provisioning.cache import RenderCache
from offhook.provisioning.guard.guard import Guard
from offhook.registry import Registry

from .route import TEXT, Answer, Route

VERDICTS: Final = {200: "given", 201: "taken", 204: "taken", 304: "unchanged", 404: "refused", 503: "failed"}
"""What a status means for a phone."""

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""What is missing: part → why, in words; empty: nothing."""


class Readiness(TypedDict):
    """Whether the server is ready."""

    ready: bool
    missing: dict[str, str]


class MetricsRoutes:
    """`/metrics` and `/readyz`."""

    def __init__(
        self,
        registry: Registry,
        cache: RenderCache,
        meters: Meters,
        online: Callable[[], int],
        ready: Ready,
        guard: Guard,
        *,
        open_: bool,
    ) -> None:
        """`online` counts the lines that are registered; `open_`: /metrics asks for no token."""
        self._guard = guard
        self._registry = registry
        self._cache = cache
        self._meters = meters
        self._online = online
        self._ready = ready
        self._open = open_
        self._pages = CollectorRegistry()
        self._pages.register(_Offhook(self._families))
        ProcessCollector(namespace="offhook", registry=self._pages)

    def routes(self) -> list[Route]:
        """The routes of monitoring."""
        return [
            Route(
                method="GET", path="/metrics", handler=self.metrics, right=None if self._open else "read",
                about="nobody" if self._open else "installation",
                gives={200: Answer("Everything that is counted, in Prometheus' text format.", str, (TEXT,))},
            ),
            Route(
                method="GET", path="/readyz", handler=self.readiness, right=None, about="nobody",
                gives={200: Answer("Ready.", Readiness), 503: Answer("Not ready.", Readiness)},
            ),
        ]  # fmt: skip

    async def metrics(self, request: web.Request) -> web.Response:
        """Everything that is counted."""
        return web.Response(
            body=generate_latest(self._pages), headers={"Content-Type": f"{TEXT}; version=0.0.4; charset=utf-8"}
        )

    async def readiness(self, request: web.Request) -> web.Response:
        """Whether phones and proxies can be answered and changes be saved; what is missing, if something is."""
        missing = dict(await self._ready())
        values: Readiness = {"ready": not missing, "missing": missing}
        return web.Response(
            text=json.dumps(values) + "\n", status=503 if missing else 200, content_type="application/json"
        )

    def _families(self) -> Iterator[Metric]:
        meters, directory = self._meters, self._registry.directory
        build = GaugeMetricFamily("offhook_build_info", "Always 1; which offhook this is.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        boots = CounterMetricFamily(
            "offhook_boot_requests", "Requests of phones.", labels=["vendor", "transport", "verdict"]
        )
        for (vendor, transport, verdict), count in sorted(_by_verdict(meters).items()):
            boots.add_metric([vendor, transport, verdict], count)
        yield boots
        rungs = CounterMetricFamily(
            "offhook_boot_assurance", "Requests of phones, by how sure it was who asks.", labels=["assurance"]
        )
        events = CounterMetricFamily(
            "offhook_boot_events", "Requests of phones that were out of the usual.", labels=["event"]
        )
        for assurance in sorted({rung for rung, _ in meters.guarded}):
            rungs.add_metric([assurance], sum(n for (rung, _), n in meters.guarded.items() if rung == assurance))
        for name in sorted({event for _, event in meters.guarded if event}):
            events.add_metric([name], sum(n for (_, event), n in meters.guarded.items() if event == name))
        yield from (rungs, events)
        yield GaugeMetricFamily(
            "offhook_bans", "Sources that are banned.", value=len(self._guard.sources.bans(time.time()))
        )
        enrolments = GaugeMetricFamily("offhook_enrolments", "Devices, by where they stand.", labels=["stage"])
        for stage, count in sorted(self._guard.roll.stages().items()):
            enrolments.add_metric([stage], count)
        yield enrolments
        yield _histogram("offhook_boot_answer_seconds", "From a boot request to its ready answer.", meters.boot_seconds)
        yield _histogram("offhook_render_seconds", "The same, where the file had to be made.", meters.render_seconds)
        cache = CounterMetricFamily(
            "offhook_render_cache", "Files looked for among those ready made.", labels=["found"]
        )
        cache.add_metric(["hit"], self._cache.hits)
        cache.add_metric(["miss"], self._cache.misses)
        yield cache
        transfers = CounterMetricFamily(
            "offhook_tftp_transfers", "TFTP requests, by how they ended.", labels=["outcome"]
        )
        for outcome, count in sorted(meters.transfers.items()):
            transfers.add_metric([outcome], count)
        yield transfers
        yield CounterMetricFamily("offhook_tftp_bytes", "Acknowledged by phones over TFTP.", value=meters.tftp_bytes)
        yield CounterMetricFamily(
            "offhook_tftp_retransmissions", "TFTP datagrams sent again.", value=meters.retransmissions
        )
        documents = GaugeMetricFamily("offhook_documents", "Documents that there are.", labels=["kind"])
        counts = directory.counts()
        for kind in KINDS:
            documents.add_metric([kind], counts[kind])
        yield documents
        yield GaugeMetricFamily("offhook_revision", "Changes that were made so far.", value=directory.revision)
        yield _histogram("offhook_store_commit_seconds", "Until a change is on the disk.", meters.commit_seconds)
        questions = CounterMetricFamily(
            "offhook_proxy_questions", "What SIP proxies asked.", labels=["question", "status"]
        )
        for (question, status), count in sorted(meters.proxy.items()):
            questions.add_metric([question, str(status)], count)
        yield questions
        yield _histogram("offhook_route_seconds", "From a question about a call to its plan.", meters.proxy_seconds)
        yield GaugeMetricFamily(
            "offhook_registered_lines", "Lines that are registered, as proxies told.", value=self._online()
        )


class _Offhook(Collector):
    """Makes its families at each look."""

    def __init__(self, families: Callable[[], Iterator[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        return self._families()

    def describe(self) -> list[Metric]:
        """Nothing beforehand: nothing need be counted at the start."""
        return []


def _by_verdict(meters: Meters) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for (vendor, transport, status), count in meters.boots.items():
        key = (vendor, transport, VERDICTS.get(status, "failed"))
        found[key] = found.get(key, 0) + count
    return found


def _histogram(name: str, says: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, says, buckets=histogram.buckets(), sum_value=histogram.sum)
