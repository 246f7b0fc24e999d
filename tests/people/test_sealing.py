"""Names and phones are sealed from the first row, and bound to their place."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection

from gridmap.people.models import Resident
from gridmap.sealing import blind, masked_name, masked_phone, seal, unseal


def test_a_sealed_text_opens_only_at_its_place() -> None:
    sealed = seal("陈小明", "people_resident.name.1")
    assert unseal(sealed, "people_resident.name.1") == "陈小明"
    with pytest.raises(InvalidTag):
        unseal(sealed, "people_resident.name.2")


def test_one_changed_bit_is_noticed_and_an_unknown_cipher_refused() -> None:
    sealed = bytearray(seal("陈小明", "x"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed), "x")
    with pytest.raises(ValueError, match="unknown cipher"):
        unseal(b"\x09" + bytes(sealed[1:]), "x")


def test_the_same_text_is_never_sealed_alike_but_found_by_its_blind_index() -> None:
    assert seal("12900001234", "x") != seal("12900001234", "x")
    assert blind("12900001234", "phone") == blind("12900001234", "phone") != blind("12900001235", "phone")
    assert blind("12900001234", "phone") != blind("12900001234", "name")


def test_masks_show_the_family_name_and_seven_digits() -> None:
    assert masked_name("陈小明") == "陈**"
    assert masked_phone("12912341234") == "129****1234"


@pytest.mark.django_db
def test_the_register_holds_no_name_and_no_phone_in_clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(r::text, ' ') FROM people_resident r")
        dump = cursor.fetchone()[0]
    assert Resident.objects.count() == 40
    assert "测试" not in dump
    assert "1290000" not in dump
    assert b"1290000".hex() not in dump
