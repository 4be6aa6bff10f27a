"""A name server on loopback that answers from a table, over UDP as real ones do."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Records by (name, kind): {("example.se", "TXT"): ['"v=spf1 -all"']}. The kind "FAIL" makes the server fail."""


@contextlib.contextmanager
def name_server(zone: Zone) -> Iterator[int]:
    """Serve a zone, and give the port."""

    class Handler(socketserver.BaseRequestHandler):
        """Answers one question."""

        def handle(self) -> None:
            data, sock = self.request
            sock.sendto(_answer(dns.message.from_wire(data), zone).to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def _answer(question: Any, zone: Zone) -> Any:
    asked = question.question[0]
    name, kind = asked.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    if (name, "FAIL") in zone:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in zone:
        answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *zone[name, kind]))
    elif not any(known == name for known, _ in zone):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer
