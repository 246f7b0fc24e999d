"""The hub remembers who was given what, so that two rings at once tell nobody twice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from gridmap.edge import push
from gridmap.realtime import log
from gridmap.realtime.hub import REMEMBERED, Hub, ResidentSocket, broadcast_of


async def nothing(message: Any) -> None:
    """Take a message, or a close, and do nothing."""


def socket() -> ResidentSocket:
    return ResidentSocket(send=nothing, close=nothing, resident=str(uuid4()), endpoint=uuid4())


def test_a_socket_is_given_each_thing_once() -> None:
    hub, one, other = Hub(), socket(), socket()
    assert hub.first_time("in force", [one]) == [one]
    assert hub.first_time("in force", [one, other]) == [other]
    assert hub.first_time("cancelled", [one, other]) == [one, other]


def test_a_socket_that_left_is_not_kept() -> None:
    hub, one = Hub(), socket()
    hub.first_time("in force", [one])
    hub.forget(one)
    assert all(one not in had for had in hub.given.values())


def test_what_is_remembered_stays_bounded() -> None:
    hub, one = Hub(), socket()
    for n in range(3 * REMEMBERED):
        hub.first_time(n, [one])
    assert len(hub.given) == REMEMBERED


async def test_what_is_pushed_at_this_very_moment_is_given_before_caught_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits in the socket's backlog behind caught_up, where a phone would take it that nothing is in force for it (P4)."""
    id, sent = uuid4(), []

    async def send(message: Any) -> None:
        sent.append(message)

    async def in_force(*asked: Any) -> Any:
        return [(id, "in_force", "", "the warning")]

    monkeypatch.setattr(push, "in_database", in_force)
    phone = ResidentSocket(send=send, close=nothing, resident=str(uuid4()), endpoint=uuid4())
    push.hub.first_time((id, "in_force"), [phone])
    await push.give_in_force(phone)
    assert sent == ["the warning"]
    push.pushed.pop(id)
    push.hub.forget(phone)


def test_hundreds_who_hear_for_somebody_push_nothing_out_of_what_is_remembered() -> None:
    """Else everybody would be given the whole warning again with each late entrant."""
    hub, everybody = Hub(), [socket() for _ in range(3 * REMEMBERED)]
    hub.first_time("in force", everybody)
    told = [(one, f"behalf {n}") for n, one in enumerate(everybody)]
    assert (hub.changed("in force", told), hub.changed("in force", told)) == (everybody, [])
    assert hub.changed("in force", [(everybody[0], "somebody else too"), *told[1:]]) == [everybody[0]]
    assert hub.first_time("in force", everybody) == []
    hub.forget(everybody[0])
    assert everybody[0] not in hub.looked["in force"]


@pytest.mark.parametrize("data", [{}, {"id": 5}, {"broadcast": None}, {"id": "x"}])
def test_an_event_that_is_about_nothing_stops_nobody(data: Any) -> None:
    assert broadcast_of(log.Row(seq=1, type="x", at="", topics=("edge",), ranges=(), data=data)) is None
