"""The OpenID Connect provider that people sign in by: the code flow, with PKCE, state and nonce.

`api.pages.provider_sign_in` leads a browser there and back; Authlib speaks with the provider. What
is believed of its ID token: signature, issuer, audience, expiry and nonce, all of them.
"""

import hashlib
import hmac
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from protocol.errors import LoanscoreError
from protocol.person import BY_PROVIDER, ROLES, Role
from protocol.settings import Settings

#: Signatures that are believed: what only the provider can make, so no shared secret and no `none`.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
#: Clocks may differ by this much; one request to the provider takes this long at most, s.
LEEWAY_S, TIMEOUT_S = 60, 5
#: People whom the provider is asked of at once, and how long one more waits for a turn, s: each
#: holds a thread that callers need too.
AT_ONCE, TURN_S = 4, 1
#: Characters of a name that is shown, at most.
LONGEST = 80


class NotSignedIn(LoanscoreError):
    """What came back does not prove who the person is; the text has nothing of what came."""


class ProviderAway(LoanscoreError):
    """The provider does not answer, or not as one does."""


class Proof(NamedTuple):
    """What a sign-in is recognised by on its way: all of it made of one secret of the browser's."""

    state: str
    nonce: str
    #: of PKCE
    verifier: str

    @classmethod
    def of(cls, secret: str) -> "Proof":
        """Make it.

        >>> Proof.of("a") == Proof.of("a"), len(set(Proof.of("a"))), len(Proof.of("a").verifier)
        (True, 3, 43)
        """
        return cls(*(_derived(use, secret) for use in cls._fields))


class Identity(NamedTuple):
    """Who a person is, by the provider's word."""

    #: see `protocol.person.BY_PROVIDER`
    name: str
    #: as people are called
    shown: str
    #: the highest that the mapping gives; None when it gives none
    role: Role | None


class Provider:
    """One provider, as the settings name it.

    Every method raises `ProviderAway`.

    Args:
        settings: with an issuer.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: the client that its people belong to
        self.owner = settings.oidc_owner or ""
        self._client = _client(settings)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def begin(self, proof: Proof, back: str) -> str:
        """Give the address that a browser is sent to.

        Args:
            proof: new.
            back: where the provider sends the browser afterwards.
        """
        with self._asking():
            told = self._client.create_authorization_url(
                back, state=proof.state, nonce=proof.nonce, code_verifier=proof.verifier
            )
        return str(told["url"])

    def end(self, proof: Proof, told: Mapping[str, str], back: str) -> Identity:
        """Find out who came back.

        Args:
            proof: that the sign-in began with.
            told: the query that the browser came back with.
            back: as in `begin`.
        Raises:
            NotSignedIn: it proves nothing.
        """
        if not hmac.compare_digest(told.get("state", "").encode(), proof.state.encode()):
            raise NotSignedIn("another state")
        if told.get("iss", self._settings.oidc_issuer) != self._settings.oidc_issuer:
            raise NotSignedIn("another issuer")  # RFC 9207
        if "error" in told or not told.get("code"):
            raise NotSignedIn("the provider gave no code")
        with self._asking():
            token = self._client.fetch_access_token(
                back, code=told["code"], code_verifier=proof.verifier
            )
            claims = self._client.parse_id_token(
                token, proof.nonce, claims_options=self._expected(), leeway=LEEWAY_S
            )
        if claims is None:
            raise NotSignedIn("the provider gave no ID token")
        return self._identity(claims)

    def _expected(self) -> dict[str, dict[str, Any]]:
        return {
            "iss": {"essential": True, "value": self._settings.oidc_issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
        }

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        name = f"oidc:{claims.get(self._settings.oidc_name_claim)}"
        if not BY_PROVIDER.fullmatch(name):
            raise NotSignedIn(f"the claim {self._settings.oidc_name_claim} is no name")
        shown = claims.get("name") or claims.get("preferred_username") or claims.get("email")
        groups = claims.get(self._settings.oidc_claim)
        return Identity(name, str(shown or name)[:LONGEST], self._role(groups))

    def _role(self, groups: object) -> Role | None:
        """Give the highest role that groups have: a list of names, or one name."""
        named = groups if isinstance(groups, list) else [groups]
        mapped = self._settings.oidc_roles
        roles = {mapped[one] for one in named if isinstance(one, str) and one in mapped}
        return max(roles, key=ROLES.index, default=None)

    def _asking(self) -> "_Asking":
        return _Asking(self._turns)


class _Asking:
    """Holds a turn while the provider is asked, and says what its errors mean."""

    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=TURN_S):
            raise ProviderAway("too many are signing in")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # Imported late: only who signs people in by a provider waits for these.
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415
        from requests import RequestException  # noqa: PLC0415

        self._turns.release()
        # Never the text of an error: it may quote a token.
        if isinstance(error, RequestException):
            raise ProviderAway(type(error).__name__) from None
        if isinstance(error, (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError)):
            raise NotSignedIn(type(error).__name__) from None


def _client(settings: Settings) -> Any:
    from authlib.integrations.flask_client import FlaskOAuth2App  # noqa: PLC0415

    class Client(FlaskOAuth2App):  # type: ignore[misc] # authlib has no types
        """Believes no other issuer's word of where things are, and no weak signature."""

        def load_server_metadata(self) -> dict[str, Any]:
            metadata: dict[str, Any] = super().load_server_metadata()
            if metadata.get("issuer") != settings.oidc_issuer:
                self.server_metadata.clear()  # it is asked again next time
                raise ValueError
            names = "id_token_signing_alg_values_supported"
            metadata[names] = sorted(ALGORITHMS.intersection(metadata.get(names, ["RS256"])))
            return metadata

    return Client(
        None,  # what keeps state for it: the browser does
        name="provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer}".rstrip("/")
        + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scope,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )


def _derived(use: str, secret: str) -> str:
    digest = hashlib.sha256(f"{use} {secret}".encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
