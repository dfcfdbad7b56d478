"""The pages: what waits and what is at work, one fix or failure with all that was tried, the audit; three decisions."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from fukkatsu._model.verdict import STAGES
from fukkatsu._printable import printable
from fukkatsu._store.records import key_digest
from fukkatsu._ui.diff import side_by_side, source, stylesheet
from fukkatsu._ui.gate import FIELD, Gate, proof, same

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from fukkatsu._model.fix import FixKey, FixState
    from fukkatsu._model.verdict import Report, Verdict
    from fukkatsu._store.backend import Backend
    from fukkatsu._store.records import Attempt, Circumstances, Entry, FailureRecord, FixRecord

DECISIONS: Final[Mapping[str, FixState]] = {"approve": "active", "reject": "rejected", "revoke": "revoked"}
OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("approve", "reject"),
    "active": ("revoke",),
    "superseded": ("revoke",),
}
REASON_CHARACTERS: Final = 2_000
ENTRIES: Final = 500  # of the audit, the newest, on one page
ATTEMPTS: Final = 50  # of one failure, the newest
FAILURES: Final = 200


def console(store: Backend, *, token: str, hosts: frozenset[str], actor: str) -> ASGIApp:
    """The whole application.

    Args:
        store: Where the fixes are.
        token: Who knows it may come in.
        hosts: Values of the ``Host`` header that mean this server.
        actor: Name under which decisions go into the audit.
    """
    pages = _Pages(store, proof(token, "form"), actor)
    app = Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/fixes/{fix_id}", pages.fix),
            Route("/fixes/{fix_id}/{decision}", pages.decide, methods=["POST"]),
            Route("/failures/{digest}", pages.failure),
            Route("/audit", pages.audit),
            Route("/style.css", pages.style),
            Route("/icon.svg", pages.icon),
        ],
        exception_handlers={Exception: pages.broken, 404: pages.missing},
    )
    return Gate(app, token=token, hosts=hosts)


class _Pages:
    def __init__(self, store: Backend, form_proof: str, actor: str) -> None:
        self._store, self._proof, self._actor = store, form_proof, actor
        self._templates = Environment(
            loader=PackageLoader("fukkatsu._ui"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            # every text, wherever a template puts it: a model may have written it
            finalize=lambda value: printable(value) if type(value) is str else value,
        )
        self._templates.filters["moment"] = _moment
        self._templates.filters["plain"] = _plain
        self._templates.filters["seen"] = _seen

    def _page(self, name: str, status: int = 200, **values: Any) -> Response:
        values |= {"csrf": self._proof, "field": FIELD, "actor": self._actor}
        return HTMLResponse(self._templates.get_template(name).render(values), status)

    async def overview(self, _request: Request) -> Response:
        records = await run_in_threadpool(self._store.records)
        newest = sorted(records, key=lambda record: record.fix.created, reverse=True)
        groups = {
            "Waiting for a decision": [r for r in newest if r.fix.state == "pending"],
            "At work": [r for r in newest if r.fix.state in ("active", "superseded")],
            "Ended": [r for r in newest if r.fix.state not in ("pending", "active", "superseded")],
        }
        mended = {r.fix.id for r in records if r.fix.state in ("pending", "active", "superseded")}
        failures = await run_in_threadpool(self._store.failures)
        unmended = [failure for failure in failures if mended.isdisjoint(failure.fixes)][-FAILURES:][::-1]
        return self._page("overview.html", groups=groups, unmended=unmended)

    async def fix(self, request: Request) -> Response:
        record = await self._record(request)
        if record is None:
            return self._no_such(request)
        return await self._shown(record)

    async def _shown(self, record: FixRecord, status: int = 200, problem: str = "") -> Response:
        key, told = record.fix.key, record.circumstances
        entries = await run_in_threadpool(self._store.entries)
        attempts = await run_in_threadpool(self._store.attempts, key)
        failures = await run_in_threadpool(self._store.failures, key_digest(key))
        return self._page(
            "fix.html",
            status,
            record=record,
            fix=record.fix,
            told=told,
            failure=failures[0] if failures else None,
            rows=side_by_side(told.source, record.fix.source, told.first_line),
            stages=_stages(record.fix.report),
            **_tried(attempts, told),
            entries=_about(entries, key, (record.fix.id,)),
            offered=() if record.signature == "refused" else OFFERED.get(record.fix.state, ()),
            problem=problem,
        )

    async def failure(self, request: Request) -> Response:
        found = await run_in_threadpool(self._store.failures, request.path_params["digest"])
        if not found:
            return self._no_such(request)
        failure = found[0]
        entries = await run_in_threadpool(self._store.entries)
        attempts = await run_in_threadpool(self._store.attempts, failure.key)
        return self._page(
            "failure.html",
            failure=failure,
            told=failure.circumstances,
            original=source(failure.circumstances.source),
            **_tried(attempts, failure.circumstances),
            entries=_about(entries, failure.key, failure.fixes),
        )

    async def decide(self, request: Request) -> Response:
        record = await self._record(request)
        decision = request.path_params["decision"]
        if record is None or decision not in DECISIONS:
            return self._no_such(request)
        form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        if not same(form.get(FIELD, [""])[-1], self._proof):
            return await self._shown(record, 403, "This form was not made by this server; nothing was changed.")
        reason = form.get("reason", [""])[-1].strip()[:REASON_CHARACTERS]
        seen = form.get("seen", [""])[-1]
        if decision not in OFFERED.get(record.fix.state, ()) or record.signature == "refused":
            return await self._shown(record, 409, f"It is {record.fix.state} meanwhile; nothing was changed.")
        if seen != record.fix.candidate.sha256:
            return await self._shown(record, 409, "Its text is another one than you were shown; nothing was changed.")
        if decision != "approve" and not reason:
            return await self._shown(record, 422, f"Say why: a reason is needed to {decision} a fix.")
        state = DECISIONS[decision]
        fix = await run_in_threadpool(self._store.change_state, record.fix.id, state, reason, self._actor)
        if fix is None or fix.state != state:
            now = await self._record(request)
            found = now.fix.state if now is not None else "gone"
            return await self._shown(now or record, 409, f"It is {found} meanwhile; nothing was changed.")
        return RedirectResponse(f"/fixes/{fix.id}", 303)

    async def audit(self, _request: Request) -> Response:
        entries = await run_in_threadpool(self._store.entries)
        verification = await run_in_threadpool(self._store.verify)
        return self._page("audit.html", entries=entries[-ENTRIES:][::-1], total=len(entries), verification=verification)

    async def style(self, _request: Request) -> Response:
        return Response(_static("style.css") + stylesheet(), media_type="text/css")

    async def icon(self, _request: Request) -> Response:
        return Response(_static("icon.svg"), media_type="image/svg+xml")

    async def _record(self, request: Request) -> FixRecord | None:
        return await run_in_threadpool(self._store.record, request.path_params["fix_id"])

    def _no_such(self, request: Request) -> Response:
        what = f"There is no {request.url.path} here."
        return self._page("message.html", 404, title="Not found", text=what)

    async def missing(self, request: Request, _error: Exception) -> Response:
        return self._no_such(request)

    async def broken(self, _request: Request, error: Exception) -> Response:
        text = f"The store did not answer: {type(error).__name__}: {error}"
        return self._page("message.html", 500, title="Not now", text=text)


def _stages(report: Report) -> list[tuple[str, Verdict | None]]:
    """Every stage, in order, with its verdict where it spoke."""
    verdicts = {verdict.stage: verdict for verdict in report.verdicts}
    return [(stage, verdicts.get(stage)) for stage in STAGES]


def _about(entries: Sequence[Entry], key: FixKey, fixes: Sequence[str]) -> list[Entry]:
    """The newest entries about one of *fixes*, or about their function."""
    place = key.module, key.qualname
    told = [
        entry
        for entry in entries
        if entry.fix_id in fixes or (not entry.fix_id and (entry.module, entry.qualname) == place)
    ]
    return told[-ENTRIES:]


def _tried(attempts: Sequence[Attempt], told: Circumstances) -> dict[str, Any]:
    """The newest of *attempts* for a template: side by side with the original, where there is one."""
    first = max(0, len(attempts) - ATTEMPTS)
    shown = [
        {
            "number": number,
            "attempt": attempt,
            "stages": [pair for pair in _stages(attempt.report) if pair[1] is not None],
            "rows": side_by_side(told.source, attempt.candidate.text, told.first_line) if _is_code(attempt) else [],
        }
        for number, attempt in enumerate(attempts[first:], first + 1)
    ]
    return {"tried": shown, "dropped": first}


def _is_code(attempt: Attempt) -> bool:
    """Whether there is anything in it to set beside the original: a reply may hold no candidate at all."""
    return any(line.lstrip().startswith(("def ", "async def ")) for line in attempt.candidate.text.splitlines())


def _seen(failure: FailureRecord) -> str:
    times = "once" if failure.seen == 1 else f"{failure.seen} times"
    last = "" if failure.first_seen == failure.last_seen else f", last {_moment(failure.last_seen)}"
    return f"seen {times}, first {_moment(failure.first_seen)}{last}"


def _static(name: str) -> str:
    return (resources.files("fukkatsu._ui") / "static" / name).read_text("utf-8")


def _moment(seconds: float) -> str:
    if not seconds:
        return "-"
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if value else ""
