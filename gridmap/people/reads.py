"""How a resident is shown: masked."""

from gridmap.people.models import Resident
from gridmap.people.schemas import ResidentOut
from gridmap.people.sealing import masked_name, masked_phone, unseal


def shown(resident: Resident) -> ResidentOut:
    """Build the masked view of a resident."""
    row = str(resident.pk)
    phone = resident.phone_sealed and unseal(resident.phone_sealed, f"people_resident.phone.{row}")
    return ResidentOut(
        id=resident.pk,
        name=masked_name(unseal(resident.name_sealed, f"people_resident.name.{row}")),
        phone=masked_phone(phone) if phone else None,
        group=resident.group.name,
        code=resident.group.code,
        no=resident.no,
        location=[resident.place.x, resident.place.y] if resident.place else None,
        presence=resident.presence,
        joined=resident.joined,
        connected=resident.connected,
        birth_year=resident.birth_year,
    )
