"""A phone that opens its page for a moment, or has no socket at all, has given a sign of life, and is connected for thirty days more."""

from __future__ import annotations

import httpx

from tests.house import House, hello, until

GROUP = "430524001001001"
SEEN = "SELECT seen_at > now() - interval '1 minute', online_until IS NOT NULL FROM edge_endpoint WHERE resident_id = %s"
LONG_AGO = "UPDATE edge_endpoint SET seen_at = now() - interval '29 days', online_until = NULL WHERE resident_id = %s"


async def test_a_page_that_is_open_for_a_moment_is_a_sign_of_life(house: House) -> None:
    phone = house.phone(GROUP)
    house.ask(LONG_AGO, phone.id)
    async with house.phone_socket(phone.token) as socket:
        await hello(socket)
        until(lambda: house.ask(SEEN, phone.id) == [(True, True)], "seen, and online", within=5)
    until(lambda: house.ask(SEEN, phone.id) == [(True, False)], "seen, and gone", within=5)
    house.ask(LONG_AGO, phone.id)
    async with house.phone_socket(phone.token) as socket:
        await hello(socket)
    until(lambda: house.ask(SEEN, phone.id) == [(True, False)], "seen, though it was gone before that was written", within=5)


def test_a_call_without_any_socket_is_one_too(house: House) -> None:
    phone = house.phone(GROUP)
    house.ask(LONG_AGO, phone.id)
    with httpx.Client(base_url=house.url, headers={"Origin": house.url}, cookies={"gridmap_device": phone.token}) as page:
        assert page.get("/api/inbox").status_code == 200
    until(lambda: house.ask(SEEN, phone.id) == [(True, False)], "seen, and not online", within=5)
