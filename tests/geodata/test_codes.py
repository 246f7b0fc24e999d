"""Division codes say their level and their ancestors by their length."""

import pytest

from geodata.codes import Level, ancestors, level, parent


def test_a_code_knows_its_chain() -> None:
    assert ancestors("430524203201011") == ["430524", "430524203", "430524203201", "430524203201011"]
    assert parent("430524203") == "430524"
    assert parent("430524") is None
    assert level("430524203201") == Level.VILLAGE


@pytest.mark.parametrize("code", ["", "43052", "4305242032", "43052420320101x", "４３０５２４"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a division code"):
        level(code)
