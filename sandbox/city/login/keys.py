"""The issuer's keys: one of each kind the real set holds, so that readers who choke on a strange
curve are found out.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from sandbox.city.core import Json


class Keys:
    """Made at first use: an RSA key takes a tenth of a second."""

    def __init__(self) -> None:
        self._number = 1
        self._rsa: rsa.RSAPrivateKey | None = None

    @property
    def rsa(self) -> rsa.RSAPrivateKey:
        """The key that signs ID tokens."""
        if self._rsa is None:
            self._rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        return self._rsa

    @property
    def rsa_kid(self) -> str:
        """Its name in the set."""
        return f"oidc-{self._number}"

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is no longer published."""
        self._rsa, self._number = None, self._number + 1

    def published(self) -> Json:
        """The set as `/.well-known/jwks.json` shows it, the odd curve first."""
        odd = ec.generate_private_key(ec.SECP256K1()).public_key()
        curve = ec.generate_private_key(ec.SECP256R1()).public_key()
        edwards = ed25519.Ed25519PrivateKey.generate().public_key()
        rows: list[tuple[Any, str, str]] = [
            (ECAlgorithm.to_jwk(odd, as_dict=True), "oidc-es256k-1", "ES256K"),
            (RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True), self.rsa_kid, "RS256"),
            (ECAlgorithm.to_jwk(curve, as_dict=True), "oidc-es256-1", "ES256"),
            (OKPAlgorithm.to_jwk(edwards, as_dict=True), "oidc-eddsa-1", "EdDSA"),
        ]
        return {"keys": [{**row, "kid": kid, "alg": alg, "use": "sig"} for row, kid, alg in rows]}
