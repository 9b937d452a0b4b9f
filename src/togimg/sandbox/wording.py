"""Error bodies in the service's own words, and the headers that come with its answers."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from togimg.sandbox.exchange import Answer

JSON = ("content-type", "application/json; charset=utf-8")
Headers = tuple[tuple[str, str], ...]


class Refusal(Exception):  # noqa: N818  what the service does, not what the sandbox suffers
    """The service says no: a status and an error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind, "param": None, "code": code}

    def answer(self) -> Answer:
        """The refusal as it goes out; a 400 has the limiter's headers, a 401 or 404 has not."""
        request_id = new_id()
        headers = limits(request_id) if self.status == 400 else stamps(request_id)  # noqa: PLR2004
        return reply(self.status, {"id": request_id, "error": self.error}, headers)


def reply(status: int, content: Any, headers: Headers = (), *, paid: int = 0) -> Answer:
    """A JSON answer."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Answer(status, (JSON, *headers), body, paid=paid)


def new_id() -> str:
    """A request id of the recorded shape, such as omJKGKg-2kFHot-a046745b3835a2b4-SEA."""
    return f"o{secrets.token_hex(3)}-2kFHot-{secrets.token_hex(8)}-PDX"


def stamps(request_id: str) -> Headers:
    """What every answer carries: the request id (recorded 2025) and the time of arrival."""
    return (("x-request-id", request_id), ("x-api-received", now()))


def limits(request_id: str) -> Headers:
    """The headers of answers that reached a model, recorded on 200 and 400, 2025-07 to 2026-04.

    `Retry-After` is really there on a success, and the rest is really more than the limit.
    """
    return (
        *stamps(request_id),
        ("x-api-call-start", now()),
        ("x-api-call-end", now()),
        ("x-image-version", "v2"),
        ("retry-after", "2"),
        ("x-ratelimit", "false"),
        ("x-ratelimit-limit", "4"),
        ("x-ratelimit-limit-tokens", "0"),
        ("x-ratelimit-remaining", "7"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset", "2"),
    )


def now() -> str:
    """The time as the service writes it, such as 2026-05-31T13:51:39.134Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def invalid_key() -> Refusal:
    """Recorded 2026-05-31."""
    return Refusal(
        401,
        "Invalid API key provided. You can find your API key at "
        "https://api.together.ai/settings/api-keys.",
        code="invalid_api_key",
    )


def unknown_model(model: str) -> Refusal:
    """Recorded 2026-05-31."""
    return Refusal(
        404,
        f"Unable to access model {model}. Please visit https://api.together.ai/models to view "
        "the list of supported models.",
        code="model_not_available",
    )


def not_serverless(model: str) -> Refusal:
    """For models that can still be rented but are not served; quoted by a client."""
    return Refusal(
        400,
        f"Unable to access non-serverless model {model}. Please visit "
        f"https://api.together.ai/models/{model} to create and start a new dedicated endpoint "
        "for the model.",
        code="model_not_available",
    )


def unsupported(parameter: str) -> Refusal:
    """HeyPuter/puter#2084: the name of the parameter is in the message only."""
    return Refusal(
        400,
        f"Unsupported use of '{parameter}' parameter. This parameter is not supported for the "
        "selected model.",
    )


def invalid(parameter: str, wanted: str) -> Refusal:
    """The first sentence as recorded 2025-12-14; the second says what is wanted."""
    return Refusal(400, f"Invalid value for '{parameter}' parameter. {wanted}")


def no_credit() -> Refusal:
    """As clients match it."""
    return Refusal(
        402,
        "Credit limit exceeded, please [add credits]"
        "(https://api.together.ai/settings/billing). If you've already made a payment, please "
        "wait up to 5 minutes for your credits to be available.",
        kind="credit_limit",
    )


def not_permitted() -> Refusal:
    """Partner-hosted models before the organisation allows it; a client, 2026-10-08."""
    return Refusal(
        403,
        "This model requires third-party data sharing to be enabled for your organization.",
        code="third_party_data_sharing_blocked",
    )


def against_policy() -> Refusal:
    """The code and the words that clients match; no whole body is known."""
    return Refusal(
        400,
        "Invalid content detected: the request was flagged and rejected by content moderation.",
        code="content_policy_violation",
    )


def unsafe() -> Refusal:
    """The docs name the status; no real body is known."""
    return Refusal(422, "The prompt was rejected by the safety checker.")


def too_large() -> Refusal:
    """The words of a 413 that one client saw."""
    return Refusal(413, "Request entity too large")


def unreadable(why: str) -> Refusal:
    """A body that is not a JSON object; the wording is ours."""
    return Refusal(400, f"Invalid request body. {why}")


def failing(status: int) -> Refusal:
    """The body of a status that a fault asks for."""
    known = {
        400: lambda: invalid("prompt", "The request could not be processed."),
        401: invalid_key,
        402: no_credit,
        403: not_permitted,
        404: lambda: unknown_model("model"),
        413: too_large,
        422: unsafe,
    }
    if status in known:
        return known[status]()
    kind, message = FAILURES.get(status, ("server_error", f"The request failed ({status})."))
    return Refusal(status, message, kind=kind)


FAILURES = {
    408: ("timeout_error", "Request timed out."),
    429: (
        "dynamic_request_limited",
        "You have reached the rate limit of your organization for this model. Please slow down.",
    ),
    500: ("server_error", "Internal server error."),
    502: ("server_error", "Bad gateway."),
    503: ("service_unavailable", "The server is overloaded or not ready yet."),
    504: ("timeout_error", "Gateway timeout."),
    520: ("server_error", "The server returned an unknown error."),
    524: ("timeout_error", "A timeout occurred."),
    529: ("overloaded_error", "The service is overloaded."),
}
