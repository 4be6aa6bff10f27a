"""Quoted-printable, the way a letter can be cut and joined."""

from __future__ import annotations

import binascii

_LINE = 76


def quoted_printable(text: str) -> bytes:
    """Return the text as UTF-8 in quoted-printable with CRLF line ends, no line longer than 76 octets."""
    # b2a_qp takes the kind of its soft breaks from the first line end it meets, so that a text of one line would
    # get bare ones: all are plain here, and become CRLF afterwards.
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(plain, quotetabs=False, istext=True, header=False).replace(b"\n", b"\r\n")


def soft_break(encoded: bytes) -> bytes:
    """Return encoded text that ends in a soft line break, so that what is joined after it stands on its own line."""
    line = encoded.rpartition(b"\n")[2]
    if len(line) < _LINE:
        return encoded + b"=\r\n"
    # The last line is full: break it before its last letter, which may be an escape of three octets.
    last = 3 if line[-3:-2] == b"=" else 1
    return encoded[:-last] + b"=\r\n" + encoded[-last:] + b"=\r\n"
