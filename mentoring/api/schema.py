"""How the API describes itself: what every endpoint has in common is written here, once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from .errors import INVALID, WORDS, ProblemSerializer

SAFE = ("GET", "HEAD", "OPTIONS")
WITH_BODY = ("POST", "PUT", "PATCH")
PROBLEMS = {
    400: {"code": "invalid", "detail": INVALID, "errors": {"name": ["This field may not be blank."]}},
    401: {"code": "not_authenticated", "detail": WORDS[401][1]},
    403: {"code": "permission_denied", "detail": WORDS[403][1]},
    404: {"code": "not_found", "detail": WORDS[404][1]},
    409: {"code": "already_settled", "detail": "Somebody has answered or ended this already."},
    415: {"code": "unsupported_media_type", "detail": 'Unsupported media type "text/plain" in request.'},
    429: {"code": "throttled", "detail": "Request was throttled. Expected available in 12 seconds."},
}


class SessionOrKeyScheme(OpenApiAuthenticationExtension):
    target_class = "mentoring.api.authentication.SessionOrKey"
    name = ["key", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        # One of them is enough.
        return [{"key": []}, {"session": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": (
                    "A key of the organisation: `Authorization: Bearer mk_…`. Owners make and revoke keys in the "
                    "organisation’s settings. A key has the rights of its maker and opens the addresses of its own "
                    "organisation only."
                ),
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": (
                    "Signed in in the browser. Whatever changes something also needs the header `X-CSRFToken`."
                ),
            },
        ]


class Schema(AutoSchema):
    """Adds the organisation in the address, the right that is needed, and each way in which a request can fail."""

    @property
    def in_organisation(self) -> bool:
        return "{org}" in self.path

    @property
    def needed(self) -> str:
        return getattr(self.view, "needs", {}).get(getattr(self.view, "action", ""), "")

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "")]

    def get_description(self) -> str:  # type: ignore[override]  # as in drf-spectacular
        text = super().get_description()
        return f"{text}\n\nNeeds the right `{self.needed}`.".strip() if self.needed else text

    def get_override_parameters(self) -> list[Any]:
        if not self.in_organisation:
            return []
        return [
            OpenApiParameter(
                "org", OpenApiTypes.STR, OpenApiParameter.PATH, description="The organisation’s name in addresses."
            )
        ]

    def _resolve_path_parameters(self, variables: list[str]) -> list[Any]:
        parameters = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            if parameter["name"] == "id":
                parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1}
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status, text in self._problems().items():
            is_conflict = status == 409
            serializer = (
                getattr(self.view, "conflict_serializer", ProblemSerializer) if is_conflict else ProblemSerializer
            )
            example = OpenApiExample(
                str(status), value=PROBLEMS[status], status_codes=[str(status)], response_only=True
            )
            response = OpenApiResponse(serializer, description=text, examples=[example])
            bodies.setdefault(str(status), self._get_response_for_code(response, str(status), direction=direction))
        return dict(sorted(bodies.items()))

    def _problems(self) -> dict[int, str]:
        """In which ways a request can fail."""
        found = {
            401: "Not signed in, or not with a valid key of this organisation.",
            429: "Too many requests in this minute; `Retry-After` says when to go on.",
        }
        if self.in_organisation:
            found[404] = "Nothing at this address, or nothing that you may see."
        if self.needed or self.method not in SAFE:
            found[403] = "You don’t have the right, or the token against forged requests is missing."
        if self.method in WITH_BODY or self._is_list_view():
            found[400] = "What was sent can’t be used; `errors` says why, field by field."
        if self.method in WITH_BODY:
            found[415] = "The body is not JSON."
        if self.method not in SAFE and getattr(self.view, "refusals", None):
            found[409] = "Not possible as things stand; `code` and `detail` say why."
        return found
