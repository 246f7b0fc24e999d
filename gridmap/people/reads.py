"""How a resident is shown: masked; and one field of one resident opened, for actions that write it down."""

from typing import Literal

from gridmap.people.models import Resident
from gridmap.people.schemas import ResidentOut
from gridmap.sealing import masked_name, masked_phone, unseal


def shown(resident: Resident) -> ResidentOut:
    """Build the masked view of a resident."""
    name, phone = opened(resident, "name"), opened(resident, "phone")
    return ResidentOut(
        id=resident.pk,
        name=masked_name(name) if name else "",
        phone=masked_phone(phone) if phone else None,
        group=resident.group.name,
        code=resident.group.code,
        no=resident.no,
        location=[resident.place.x, resident.place.y] if resident.place else None,
        presence=resident.presence,
        presence_on=resident.presence_on,
        joined=resident.joined,
        connected=resident.connected,
        heard_for=resident.heard_for,
        on_file=resident.on_file,
        birth_year=resident.birth_year,
    )


def opened(resident: Resident, field: Literal["name", "phone", "address"]) -> str | None:
    """Give one field in clear, None when nothing is kept; whoever calls this writes it into the audit."""
    if field == "address":
        home = resident.household
        return unseal(home.address_sealed, f"people_household.address.{home.pk}") if home.address_sealed else None
    if field == "name":
        return unseal(resident.name_sealed, f"people_resident.name.{resident.pk}") if resident.name_sealed else None
    return unseal(resident.phone_sealed, f"people_resident.phone.{resident.pk}") if resident.phone_sealed else None
