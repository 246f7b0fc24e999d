"""Names, phones and addresses are sealed at rest: AES-256-GCM, a nonce per record, bound to its table, column and row.

A sealed value begins with one byte that names its cipher and key, so that SM4-GCM or a new key can follow record by
record. Phones and names get a blind index under a key of its own: it finds an exact one without opening anything.
"""

import hashlib
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

AES_256_GCM = b"\x01"
NONCE_BYTES = 12


def seal(text: str, place: str) -> bytes:
    """Seal a text.

    Args:
        text: what to hide.
        place: ``table.column.row``; opening it elsewhere fails, so a record cannot be moved to another person.

    Returns:
        Cipher mark, nonce, ciphertext and tag.
    """
    nonce = os.urandom(NONCE_BYTES)
    return AES_256_GCM + nonce + _cipher().encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes | memoryview, place: str) -> str:
    """Open a sealed text.

    Raises:
        cryptography.exceptions.InvalidTag: the record was changed, or stands at another place than it was sealed for.
        ValueError: sealed by a cipher that this version does not know.
    """
    data = bytes(sealed)
    if data[:1] != AES_256_GCM:
        raise ValueError("sealed by an unknown cipher")
    nonce, box = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
    return _cipher().decrypt(nonce, box, place.encode()).decode()


def blind(text: str, column: str) -> bytes:
    """Give the blind index of a whole phone or a whole name: 16 bytes, the same for the same text in the same column."""
    return hmac.digest(settings.INDEX_KEY.encode(), f"{column}\0{text}".encode(), "sha256")[:16]


def masked_name(name: str) -> str:
    """Show the family name only: 陈**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def masked_phone(phone: str) -> str:
    """Show the first three and the last four digits: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


@cache
def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(b"gridmap field key\0" + settings.FIELD_KEY.encode()).digest())
