"""Phone numbers as people type them, brought into one form before they are sealed or looked for."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

MOBILE = re.compile(r"1[2-9]\d{9}")
LANDLINE = re.compile(r"0\d{9,11}")


def normal(said: str) -> str:
    """Give a number in its one form: digits only, without +86, spaces or dashes; full-width digits are digits.

    Raises:
        ValueError: it is no Chinese mobile or landline number.
    """
    digits = re.sub(r"[\s().·-]", "", unicodedata.normalize("NFKC", said))
    digits = re.sub(r"^(\+?86|0086)(?=1)", "", digits)
    if not digits.isascii() or not (MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits)):
        raise ValueError("no Chinese mobile or landline number")
    return digits


Phone = Annotated[str, AfterValidator(normal)]
