"""Random tokens that a browser keeps; of which only a hash is kept here."""

import hashlib


def hashed(token: str) -> str:
    """Give the hash under which a random token is kept; plain SHA-256 does, since nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
