"""Who may call what, where: one row a route. A route without a row fails test_access.

Columns: what the call needs; then for each member of the cast the status expected in three places:
``own`` (about A township, where the tiny world's officer works), as the far officer of B township, or anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STAFF = ("commander", "planner", "auditor", "wall", "head", "officer", "auxiliary", "far_officer")


@dataclass(frozen=True)
class Row:
    """One route: the statuses by member of the cast, ``default`` for who is not named; residents and nobody get 401."""

    method: str
    path: str
    default: int
    statuses: dict[str, int] = field(default_factory=dict)
    body: object = None


def only(*members: str, ok: int, else_: int = 403, **named: int) -> tuple[int, dict[str, int]]:
    """Give ``ok`` to these members, ``else_`` to the rest, and what is named to the named."""
    return else_, {**dict.fromkeys(members, ok), **named}


# {near} is A township, {village} 甲村 in it, {incident} {broadcast} {resident} lie in 甲村; {draft} is one waiting.
# The auxiliary answers for 甲村 only, so A township as a whole is outside her area.
DESK, FIELD = ("commander", "planner"), ("head", "officer", "auxiliary")
TABLE = [
    Row("GET", "/api/session", 200),
    Row("DELETE", "/api/session", 204),
    Row("POST", "/api/session/prove", 204, body="proof"),
    Row("GET", "/api/grids/current", 200),
    Row("GET", "/api/grids/labels/1", 200),
    Row("GET", "/api/grids/at?lon=111.005&lat=27.005", 200),
    Row("GET", "/api/grids/{near}", 200),
    Row("GET", "/api/coverage/values", 200),
    Row("GET", "/api/coverage/uncovered", 200),
    Row("GET", "/api/coverage/{near}", 200, {"auxiliary": 404, "far_officer": 404}),
    Row("GET", "/api/coverage/{village}/missed", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/coverage/{group}/households", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/residents?under={village}", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/residents/{resident}", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/residents/{resident}/household", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("POST", "/api/residents/{resident}/presence", *only("commander", *FIELD, ok=200, far_officer=404), body="presence"),
    Row("POST", "/api/residents/search", *only("commander", "auditor", *FIELD, "far_officer", ok=200), body="search"),
    Row("POST", "/api/residents/{resident}/reveal", *only("commander", *FIELD, ok=200, far_officer=404), body="reveal"),
    Row("POST", "/api/residents", *only("commander", *FIELD, ok=201, far_officer=404), body="new_resident"),
    Row("POST", "/api/residents/{resident}/edit", *only("commander", *FIELD, ok=200, far_officer=404), body="edit_resident"),
    Row("POST", "/api/residents/{resident}/move", *only("commander", *FIELD, ok=200, far_officer=404), body="move_resident"),
    Row("POST", "/api/residents/{resident}/merge", *only("commander", *FIELD, ok=200, far_officer=404), body="merge_residents"),
    Row("POST", "/api/residents/{resident}/leave", *only("commander", *FIELD, ok=204, far_officer=404), body="leave_register"),
    Row("GET", "/api/residents/{resident}/history", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/residents/{resident}/contacts", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("POST", "/api/residents/{resident}/contacts", *only("commander", *FIELD, ok=201, far_officer=404), body="contact"),
    Row("POST", "/api/contacts/{contact}/agree", *only("commander", *FIELD, ok=200, far_officer=404), body="agree"),
    Row("DELETE", "/api/contacts/{contact}", *only("commander", *FIELD, ok=204, far_officer=404)),
    Row("GET", "/api/former-residents", *only("commander", *FIELD, "far_officer", ok=200)),
    Row("POST", "/api/former-residents/{former}/return", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/corrections", *only("commander", *FIELD, "far_officer", ok=200)),
    Row("POST", "/api/corrections/{correction}/accept", *only("commander", *FIELD, ok=204, far_officer=404)),
    Row("POST", "/api/corrections/{correction}/refuse", *only("commander", *FIELD, ok=204, far_officer=404), body="refusal"),
    Row("GET", "/api/tags", 200, {"wall": 403}),
    Row("POST", "/api/tags", *only(*DESK, ok=200), body="tag"),
    Row("POST", "/api/tags/import", *only(*DESK, ok=200), body="tags_list"),
    Row("POST", "/api/tags/{tag}/retire", *only(*DESK, ok=200)),
    Row("POST", "/api/tags/{tag}/merge", *only(*DESK, ok=200), body="merge_tags"),
    Row("GET", "/api/residents/{resident}/tags", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("POST", "/api/residents/{resident}/tags", *only("commander", *FIELD, ok=204, far_officer=404), body="set_tags"),
    Row("POST", "/api/residents/{resident}/tags/reveal", *only("commander", *FIELD, ok=200, far_officer=404), body="reason"),
    Row("GET", "/api/coverage/{village}/tags/{tag}", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("GET", "/api/coverage/values/tags/{tag}", *only("commander", *FIELD, "far_officer", ok=200)),
    Row("GET", "/api/coverage/{village}/days", 200, {"far_officer": 404}),
    Row("GET", "/api/coverage/{village}/unreached", 200, {"far_officer": 404}),
    Row("GET", "/api/imports", *only("commander", "head", "officer", "far_officer", ok=200)),
    Row("POST", "/api/imports", *only("commander", "head", "officer", ok=201, far_officer=404), body="import"),
    Row("GET", "/api/imports/{import}", *only("officer", ok=200, commander=404, head=404, far_officer=404)),
    Row("GET", "/api/imports/{import}/rows", *only("officer", ok=200, commander=404, head=404, far_officer=404)),
    Row("POST", "/api/imports/{import}/parts", *only("officer", ok=422, commander=404, head=404, far_officer=404), body="part"),
    Row("POST", "/api/imports/{import}/read", *only("officer", ok=200, commander=404, head=404, far_officer=404), body="columns"),
    Row("POST", "/api/imports/{import}/commit", *only("officer", ok=202, commander=404, head=404, far_officer=404), body="commit"),
    Row("POST", "/api/imports/{import}/undo", *only("officer", ok=409, commander=404, head=404, far_officer=404)),
    Row("DELETE", "/api/imports/{import}", *only("officer", ok=204, commander=404, head=404, far_officer=404)),
    Row("POST", "/api/residents/export", *only("commander", "head", "officer", ok=200, far_officer=404), body="export"),
    Row("GET", "/api/joins", *only("commander", *FIELD, "far_officer", ok=200)),
    Row("POST", "/api/joins/{join}/confirm", *only("commander", *FIELD, ok=204, far_officer=404), body="confirm"),
    Row("POST", "/api/joins/{join}/refuse", *only("commander", *FIELD, ok=204, far_officer=404)),
    Row("GET", "/api/join-codes", *only("commander", *FIELD, "far_officer", ok=200)),
    Row("POST", "/api/join-codes", *only("commander", *FIELD, ok=201, far_officer=404), body="code"),
    Row("DELETE", "/api/join-codes/{code}", *only("commander", *FIELD, ok=204, far_officer=404)),
    Row("GET", "/api/officers?under={village}", *only(*DESK, "head", ok=200, far_officer=403)),
    Row("POST", "/api/officers/{taker}/phone", *only(*DESK, "head", "officer", ok=204, far_officer=404), body="officer_phone"),
    Row("GET", "/api/duty", 200),
    Row("POST", "/api/duty", *only(*FIELD, "far_officer", ok=200), body="duty"),
    Row("POST", "/api/positions", *only(*FIELD, "far_officer", ok=409), body="position"),
    Row("GET", "/api/assignments?grid={village}", *only(*DESK, "head", ok=200, far_officer=404)),
    Row("POST", "/api/assignments/preview", *only(*DESK, "head", ok=200), body="picked"),
    Row("POST", "/api/assignments", *only(*DESK, "head", ok=204, far_officer=404), body="assign"),
    Row("POST", "/api/assignments/{assignment}/end", *only(*DESK, "head", ok=204, far_officer=404, auxiliary=404), body="end"),
    Row("POST", "/api/handovers", *only(*DESK, "head", ok=201, far_officer=404), body="handover"),
    Row("GET", "/api/handovers", 200),
    Row("GET", "/api/handovers?of=all", *only(*DESK, "head", ok=200)),
    Row("POST", "/api/handovers/{handover}/sign", 404, {"officer": 200}),
    Row("GET", "/api/accounts", *only("commander", ok=200)),
    Row("POST", "/api/accounts", *only("commander", ok=201), body="account"),
    Row("POST", "/api/accounts/{account}/reset", *only("commander", ok=200)),
    Row("POST", "/api/accounts/{account}/deactivate", *only("commander", ok=200)),
    Row("GET", "/api/session/enrol", 200),
    Row("POST", "/api/session/enrol", 409, body="enrol"),
    Row("GET", "/api/audit", *only("auditor", ok=200)),
    Row("GET", "/api/incidents", 200, {"auditor": 403}),
    Row("POST", "/api/incidents", *only(*DESK, *FIELD, ok=201, far_officer=404), body="incident"),
    Row("POST", "/api/incidents/{incident}/acknowledge", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("POST", "/api/incidents/{incident}/resolve", *only("commander", *FIELD, ok=200, far_officer=404)),
    Row("POST", "/api/broadcasts/preview", *only(*DESK, ok=200), body="preview"),
    Row("POST", "/api/broadcasts/relayed", *only(*DESK, ok=200), body="document"),
    Row("POST", "/api/broadcasts", *only(*DESK, ok=201), body="broadcast"),
    Row("GET", "/api/broadcasts", 200, {"auditor": 403}),
    Row("GET", "/api/broadcasts/{broadcast}", 200, {"auditor": 403, "far_officer": 404}),
    Row("GET", "/api/broadcasts/{draft}", *only(*DESK, ok=200, else_=404, auditor=403)),
    Row("POST", "/api/broadcasts/{draft}/submit", *only("planner", ok=200, else_=404, commander=403)),
    Row("POST", "/api/broadcasts/{draft}/approve", *only(*DESK, ok=409, else_=404), body="approval"),
    Row("POST", "/api/broadcasts/{draft}/send", *only(*DESK, ok=409, else_=404)),
    Row("POST", "/api/broadcasts/{draft}/stop", *only(*DESK, ok=409, else_=404)),
    Row("POST", "/api/broadcasts/{released}/review", *only(*DESK, ok=200, far_officer=404, commander=403), body="review"),
    Row("POST", "/api/drills", *only(*DESK, ok=201), body="drill"),
    Row("POST", "/api/pictures", *only(*DESK, ok=201), body="picture"),
    Row("GET", "/api/pictures/{picture}", 200, {"auditor": 403, "far_officer": 404}),
    Row("GET", "/api/trial-phones", *only(*DESK, ok=200)),
    Row("POST", "/api/trial-phones", *only(*DESK, ok=201)),
    Row("DELETE", "/api/trial-phones/{trial_phone}", *only("planner", ok=204, commander=404)),
    Row("POST", "/api/trials", *only("planner", ok=201, commander=409), body="broadcast"),
    Row("POST", "/api/broadcasts/{broadcast}/call", *only("commander", *FIELD, ok=200, far_officer=404), body="call"),
    Row("GET", "/api/orders", 200, {"auditor": 403}),
    Row("POST", "/api/orders/{order}/confirm", *only("commander", "head", "officer", ok=200, far_officer=404)),
    Row("POST", "/api/orders/{order}/decline", *only("commander", "head", "officer", ok=200, far_officer=404), body="decline"),
    Row("GET", "/api/callups", 200, {"auditor": 403}),
    Row("POST", "/api/callups/{callup}/call", *only("commander", "head", ok=200, far_officer=404, auditor=403)),
    Row("POST", "/api/callups/{callup}/answer", *only("commander", "head", ok=200, far_officer=404, auditor=403)),
    Row("GET", "/api/geofences", *only(*DESK, ok=200)),
    Row("POST", "/api/geofences", *only(*DESK, ok=201), body="geofence"),
    Row("POST", "/api/geofences/{geofence}/retire", *only(*DESK, ok=204)),
    Row("GET", "/api/templates", *only(*DESK, ok=200)),
    Row("POST", "/api/templates", *only(*DESK, ok=201), body="template"),
    Row("POST", "/api/templates/{template}/approve", *only(*DESK, ok=200)),
    Row("POST", "/api/templates/{template}/retire", *only(*DESK, ok=204)),
    Row("POST", "/api/templates/{ready_template}/release", *only("commander", ok=201), body="release"),
    Row("POST", "/api/broadcasts/{draft}/discard", *only(*DESK, ok=200, else_=404)),
    Row("POST", "/api/broadcasts/{broadcast}/update", *only(*DESK, ok=201, far_officer=404), body="update"),
    Row("POST", "/api/broadcasts/{broadcast}/cancel", *only(*DESK, ok=202, far_officer=404), body="cancel"),
    Row("POST", "/api/broadcasts/{broadcast}/ticks", *only("commander", *FIELD, ok=204, far_officer=404), body="tick"),
    Row("GET", "/api/broadcasts/{broadcast}/progress", 200, {"auditor": 403, "far_officer": 404}),
    Row("GET", "/api/broadcasts/{broadcast}/dispatches", 200, {"auditor": 403, "far_officer": 404}),
    Row("GET", "/api/broadcasts/{broadcast}/not-seen", *only("commander", *FIELD, ok=200, far_officer=404, auditor=403)),
    Row("GET", "/api/snapshot", 200, {"auditor": 403}),
    Row("GET", "/tiles/grids/1/12/0/0.mvt", 204),
    Row("GET", "/wall", 200),
    Row("GET", "/tablet", 200),
    Row("GET", "/plan", 200),
    Row("GET", "/register", 200),
]

# Open to everybody, with why; the resident's own are in tests/broadcasts and tests/people.
OPEN = {
    "POST /api/session": "signing in",
    "POST /api/session/wall": "signing a wall screen in, with its token",
    "GET /api/inbox": "a resident's phone, by its device cookie",
    "GET /api/inbox/pictures/{id}": "a resident's phone, by its device cookie",
    "POST /api/receipts": "a resident's phone, by its device cookie",
    "POST /api/hearings/{id}": "a resident's phone, by its device cookie",
    "POST /api/pause": "a resident's phone, by its device cookie",
    "POST /api/place": "a resident's phone, by its device cookie",
    "DELETE /api/place": "a resident's phone, by its device cookie",
    "GET /api/record": "a resident's phone, by its device cookie",
    "POST /api/record": "a resident's phone, by its device cookie",
    "POST /api/record/corrections": "a resident's phone, by its device cookie",
    "POST /api/record/presence": "a resident's phone, by its device cookie",
    "POST /api/record/erase": "a resident's phone, by its device cookie",
    "GET /api/devices": "a resident's phone, by its device cookie",
    "DELETE /api/devices/{id}": "a resident's phone, by its device cookie",
    "GET /api/join": "a phone that asked to join, by its cookie",
    "GET /api/join/{token}": "with the token of a QR code",
    "POST /api/join/{token}": "with the token of a QR code",
    "POST /api/trial/{token}": "with the token of a QR code that works once",
    "GET /trial/{token}": "a page",
    "GET /join/{token}": "an empty shell",
    "GET /api/openapi.json": "the description holds no data",
    "GET /api/docs": "leads to the description",
    "POST /api/sms/reports": "an SMS gateway, by its signature",
    "GET /cap/feed": "what went out to the public, without any person",
    "GET /cap/{id}.xml": "what went out to the public, without any person",
    "GET /": "leads to a face",
    "GET /sign-in": "an empty shell",
    "GET /me": "an empty shell",
    "GET /me/record": "an empty shell",
    "GET /worker.js": "a script without data",
    "GET /healthz": "the process",
    "GET /readyz": "the process",
    "GET /demo/device/{token}": "in the demo, with a token",
    "GET /demo/wall/{token}": "in the demo, with a token",
}

# What a staff socket hears of each fact that happens in A township: the cast members by fact; the far officer hears none of them.
NEAR = frozenset({"commander", "planner", "wall", "head", "officer", "auxiliary"})
AT_DESK = frozenset({"commander", "planner"})
HEARS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("incident.reported", "incident.acknowledged", "incident.resolved"), NEAR),
    **dict.fromkeys(("broadcast.drafted", "broadcast.submitted", "broadcast.discarded"), AT_DESK),
    **dict.fromkeys(("broadcast.approved", "broadcast.sent", "broadcast.stopped", "broadcast.started", "broadcast.completed", "broadcast.cancelled", "broadcast.expired", "broadcast.superseded", "broadcast.reviewed", "broadcast.progressed"), NEAR),
    **dict.fromkeys(("coverage.changed", "assignment.changed", "grids.uncovered"), NEAR),
    **dict.fromkeys(("join.requested", "join.confirmed", "join.refused"), NEAR),
    **dict.fromkeys(("officer.on_duty", "officer.off_duty"), NEAR),
    "broadcast.tried": frozenset(),
    **dict.fromkeys(("order.given", "order.confirmed", "order.declined", "order.reminded", "order.escalated"), NEAR),
    **dict.fromkeys(("callup.made", "callup.answered", "callup.escalated"), NEAR),
}
# Who may open a socket at all: the code it is closed with, None for let in.
OPENS: dict[str, dict[str, int | None]] = {
    "/ws/staff": {**dict.fromkeys(STAFF, None), "resident": 4001, "nobody": 4001},
    "/ws/resident": {**dict.fromkeys(STAFF, 4001), "resident": None, "nobody": 4001},
}
