"""OpenAI's error envelope, and the refusals every endpoint shares."""

from typing import Any

from aiohttp import web


class ApiError(Exception):
    """A refusal that goes out in OpenAI's envelope."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {
            "error": {"message": message, "type": kind, "param": param, "code": code}
        }
        self.headers = headers or {}

    def response(self) -> web.Response:
        """The refusal as it goes over the wire."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


def check_key(authorization: str | None, api_key: str) -> None:
    """Refuse a request whose bearer key is missing or wrong."""
    scheme, _, given = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise ApiError(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
    if given.strip() != api_key:
        raise ApiError(
            401,
            f"Incorrect API key provided: {_masked(given.strip())}. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
            code="invalid_api_key",
        )


def _masked(key: str) -> str:
    return f"{key[:3]}{'*' * 12}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def unknown_model(name: str) -> ApiError:
    """The refusal for a model that the scenario doesn't offer."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found")


def missing(param: str) -> ApiError:
    """The refusal for a body without a parameter it needs."""
    message = f"Missing required parameter: '{param}'."
    return ApiError(400, message, param=param, code="missing_required_parameter")


def unsupported(param: str, message: str) -> ApiError:
    """The refusal for a parameter that the model can't take."""
    return ApiError(400, message, param=param, code="unsupported_parameter")
