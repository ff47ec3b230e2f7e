"""What Microsoft tells everybody about its sign-in: the discovery document and the signing key.

Document followed: [openid] learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.grants import TENANT_ID
from pmtui.sandbox.microsoft import PREFIX, base_url, issuer
from pmtui.sandbox.world import World


class Discovery:
    """The two documents."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        at = PREFIX + "/{tenant}"
        return [
            Route(at + "/discovery/v2.0/keys", self.keys, methods=["GET"]),
            Route(at + "/v2.0/.well-known/openid-configuration", self.configuration, methods=["GET"]),
        ]

    async def keys(self, request: Request) -> Response:
        """[openid] The public half of the signing key."""
        return JSONResponse({"keys": [self._world.sign_ins.key.as_dict(private=False)]})

    async def configuration(self, request: Request) -> Response:
        """[openid] The discovery document. For `organizations` and `common` the issuer keeps its placeholder."""
        tenant = request.path_params["tenant"]
        authority = f"{base_url(request)}{PREFIX}"
        at = f"{authority}/{tenant}"
        placeholder = "{tenantid}" if tenant in ("organizations", "common") else TENANT_ID
        return JSONResponse(
            {
                "issuer": issuer(request).replace(TENANT_ID, placeholder),
                "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
                "token_endpoint": f"{at}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{at}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{at}/discovery/v2.0/keys",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )
