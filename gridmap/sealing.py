"""Names, phones and addresses are sealed at rest: AES-256-GCM, a nonce per record, bound to its table, column and row.

A sealed value begins with a byte that names its cipher and one that hints at its key, so that SM4-GCM or a new key can
follow record by record: while keys are changed, the old and the new one stand side by side (``manage.py rotate_keys``).
Phones and names get a blind index under a key of its own: it finds an exact one without opening anything.
"""

import hashlib
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

AES_256_GCM = b"\x02"
WITHOUT_KEY_MARK = b"\x01"  # sealed before keys had marks
NONCE_BYTES = 12


def seal(text: str, place: str) -> bytes:
    """Seal a text.

    Args:
        text: what to hide.
        place: ``table.column.row``; opening it elsewhere fails, so a record cannot be moved to another person.

    Returns:
        Cipher mark, key mark, nonce, ciphertext and tag.
    """
    nonce = os.urandom(NONCE_BYTES)
    return current_mark() + nonce + _cipher(settings.FIELD_KEY).encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes | memoryview, place: str) -> str:
    """Open a sealed text.

    Raises:
        cryptography.exceptions.InvalidTag: the record was changed, or stands at another place than it was sealed for.
        ValueError: sealed by a cipher that this version does not know.
    """
    data = bytes(sealed)
    if data[:1] == WITHOUT_KEY_MARK:
        data = mark_of(settings.FIELD_KEY_BEFORE or settings.FIELD_KEY) + data[1:]
    if data[:1] != AES_256_GCM:
        raise ValueError("sealed by an unknown cipher")
    nonce, box = data[2 : 2 + NONCE_BYTES], data[2 + NONCE_BYTES :]
    key = next((key for key in (settings.FIELD_KEY, settings.FIELD_KEY_BEFORE) if key and mark_of(key) == data[:2]), settings.FIELD_KEY)
    return _cipher(key).decrypt(nonce, box, place.encode()).decode()


def mark_of(key: str) -> bytes:
    """Give the two bytes that begin what a key seals; one key in 256 has the mark of another, and rotate_keys refuses it."""
    return AES_256_GCM + hashlib.sha256(b"gridmap key mark\0" + key.encode()).digest()[:1]


def current_mark() -> bytes:
    """Give the two bytes that begin what is sealed now."""
    return mark_of(settings.FIELD_KEY)


def blind(text: str, column: str) -> bytes:
    """Give the blind index of a whole phone or a whole name: 16 bytes, the same for the same text in the same column."""
    return hmac.digest(settings.INDEX_KEY.encode(), f"{column}\0{text}".encode(), "sha256")[:16]


def blind_address(address: str) -> bytes:
    """Give the blind index of an address: spaces make no other house."""
    return blind("".join(address.split()), "address")


def masked_name(name: str) -> str:
    """Show the family name only: 陈**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def masked_phone(phone: str) -> str:
    """Show the first three and the last four digits: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


@cache
def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"gridmap field key\0" + key.encode()).digest())
