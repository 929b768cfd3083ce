"""Random codes that people read off a poster or hear over the phone, and type; units have one each."""

import secrets

#: No characters that look or sound alike; and no vowels, no D and no W, which Vietnamese keyboards turn into other
#: letters while one types.
ALPHABET = "23456789BCFGHJKMNPQRSTVXZ"
#: A unit's join code.
JOIN_LENGTH = 6


def random_code(length: int) -> str:
    """A new code: ten characters of 25 are 46 bits. It has a letter and a digit, so it is neither word nor number."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(length))
        if not code.isalpha() and not code.isdecimal():
            return code
