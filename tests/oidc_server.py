"""OpenID providers on loopback: one of our own that can be told to lie, and one that others made.

Ours follows the code flow with PKCE to the letter (codes of one use, verifier, redirect and client compared, at_hash,
auth_time) and signs with real keys. ``changes`` makes its next tokens wrong in one way; ``sign`` replaces how they are
signed. The other is oidc-provider-mock, an independent server on Authlib, in a process of its own.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from servers import Reply, Request, Server, redirect

CLIENT = "skord-test"
SECRET = "en hemlighet för två"


@dataclass
class Asked:
    """What a browser was sent with, kept under its code."""

    query: dict[str, str]
    subject: str


@dataclass
class Provider:
    """An organisation's login. ``people`` are claims by subject; whoever ``here`` names is who sits at the browser."""

    clock: Callable[[], datetime]
    server: Server = field(default_factory=Server)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    here: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    logged_in_at: datetime | None = None
    heeds_again: bool = True
    sign: Callable[[dict[str, Any]], str] | None = None
    kind: str = "RSA"
    codes: dict[str, Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.new_key()
        self.server.routes |= {
            "/.well-known/openid-configuration": lambda _: self.discovery(),
            "/keys": lambda _: {"keys": [self.key.as_dict(private=False)]},
            "/authorize": self.authorize,
            "/token": self.token,
        }

    @property
    def issuer(self) -> str:
        """Who it says it is."""
        return self.server.url("").rstrip("/")

    def new_key(self) -> None:
        """Sign with another key from now on; the old one is published no more."""
        parameters = {"kid": secrets.token_hex(4), "use": "sig"}
        if self.kind == "EC":
            self.key: Any = ECKey.generate_key("P-256", parameters)
        else:
            self.key = RSAKey.generate_key(2048, parameters)

    @property
    def algorithm(self) -> str:
        """What it signs with."""
        return "ES256" if self.kind == "EC" else "RS256"

    def discovery(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.server.url("/authorize"),
            "token_endpoint": self.server.url("/token"),
            "jwks_uri": self.server.url("/keys"),
            "end_session_endpoint": self.server.url("/logout"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata

    def authorize(self, request: Request) -> Reply:
        """Log in whoever is there, at once, and send the browser back with a code."""
        query = request.query
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        if self.logged_in_at is None or (query.get("prompt") == "login" and self.heeds_again):
            self.logged_in_at = self.clock()
        code = secrets.token_urlsafe(16)
        self.codes[code] = Asked(query=query, subject=self.here)
        return redirect(query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]}))

    def token(self, request: Request) -> Any:
        """Give a token for a code, once, to who proves to have asked for it."""
        form = dict(parse_qsl(request.body.decode()))
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        is_good = (
            asked is not None
            and (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
            and form.get("redirect_uri") == asked.query["redirect_uri"]
            and challenge.rstrip(b"=").decode() == asked.query["code_challenge"]
        )
        if asked is None or not is_good:
            return Reply(status=400, body=json.dumps({"error": "invalid_grant"}))
        access = secrets.token_urlsafe(20)
        return {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked, access)}

    def id_token(self, asked: Asked, access: str) -> str:
        """The identity of who is there, wrong in the ways that ``changes`` says; None there leaves a claim out."""
        now = int(self.clock().timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        assert self.logged_in_at is not None
        claims = {
            "iss": self.issuer,
            "sub": asked.subject,
            "aud": CLIENT,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "nonce": asked.query["nonce"],
            "auth_time": int(self.logged_in_at.timestamp()),
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        claims |= self.people.get(asked.subject, {}) | self.changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign(kept) if self.sign else self.signed(kept)

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """A token signed with the present key."""
        whole = {"alg": self.algorithm, "kid": self.key.kid} | header
        return jwt.encode(whole, claims, self.key, algorithms=[self.algorithm])


@contextlib.contextmanager
def independent(person: dict[str, Any]) -> Iterator[str]:
    """Run oidc-provider-mock with one person to log in, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "-n", "true"]
    process = subprocess.Popen(
        [*command, "--user-claims", json.dumps(person)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(address, timeout=5)
                break
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()
