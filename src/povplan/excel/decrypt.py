"""Files under the password that Excel tries by itself, opened in memory."""

from __future__ import annotations

import io
import struct

from povplan.excel.sniff import refuse_password

DEFAULT_PASSWORD = "VelvetSweatshop"
"""What Excel encrypts with when a workbook is protected against changes only; it opens without asking."""


def decrypted(data: bytes) -> bytes:
    """The plain workbook inside `data`; BadFile when it has a password of its own."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    plain = io.BytesIO()
    try:
        office = OfficeFile(io.BytesIO(data))
        office.load_key(password=DEFAULT_PASSWORD)
        office.decrypt(plain)
    except (DecryptionError, FileFormatError, InvalidKeyError, ParseError):
        refuse_password()
    except (OSError, ValueError, KeyError, IndexError, NotImplementedError, struct.error):
        refuse_password()  # a scheme or a header the library does not know
    return plain.getvalue()
