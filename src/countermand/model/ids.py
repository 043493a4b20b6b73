"""Ids and names: TypeIDs over UUIDv7, and the patterns of names that people choose.

Source: RFC 9562 section 5.7 (UUIDv7); the TypeID specification 0.3 (Crockford base32, lower case).
"""

import re

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ORDER_NUMBER = re.compile(r"[A-Za-z0-9._#-]{1,64}")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
ITEM_ID = re.compile(r"[A-Za-z0-9._#:-]{1,64}")


def typeid(prefix: str, milliseconds: int, chance: int) -> str:
    """A TypeID of a UUIDv7. `milliseconds` since 1970, 48 bits; `chance` 80 bits, of which 74 are used."""
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (chance >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | chance & (1 << 62) - 1
    return f"{prefix}_{base32(value)}"


def base32(value: int) -> str:
    """128 bits as 26 characters of Crockford's base32."""
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def child_id(prefix: str, request_id: str, number: int) -> str:
    """The id of something that belongs to a request, made from the request's own id, so that no rule needs chance."""
    return f"{prefix}_{request_id.partition('_')[2]}-{number}"
