"""What the service's replies mean: pictures, a list of models, or one of our errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from togimg import catalogue
from togimg.addresses import hidden
from togimg.errors import AccountError, RefusedError, ServiceError, TogimgError, UnknownOutcome
from togimg.retry import kind
from togimg.together.reading import decode, entries, parsed

_UNSUPPORTED = re.compile(r"(?:Unsupported use of|Invalid value for) '([\w.]+)' parameter")
_POLICY = re.compile(
    r"content.?policy|content moderation|invalid content detected|flagged and rejected|NO_IMAGE",
    re.IGNORECASE,
)
_MOST_READ = 20_000
_MOST_QUOTED = 500
"""Characters of a page that are looked at, and of a message that are shown."""

_WAITS = {
    408: "the service gave up waiting",
    429: "your rate limit is reached",
    503: "the service is busy",
    529: "the service is overloaded",
}
_ACCOUNT_HINTS = {
    401: "look at TOGETHER_API_KEY; keys: https://api.together.ai/settings/api-keys",
    402: "add credits: https://api.together.ai/settings/billing",
    403: "look at your organisation's settings, or use another model: togimg models",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a reply: its bytes, the address to fetch it from, or both."""

    data: bytes | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The pictures of a reply in order, and what the service says of it.

    `broken` counts the entries that held no picture that can be decoded.
    """

    pictures: tuple[Picture, ...]
    broken: int
    model: str | None
    request_id: str | None


def reply(status: int, headers: Mapping[str, str], content: bytes, key: str) -> Reply:
    """The pictures in the answer to a generation.

    Raises:
        TogimgError: the answer is an error, or holds no picture; the key is in no message.
    """
    answer = parsed(content)
    about = answer if isinstance(answer, dict) else {}
    found = entries(answer, content) if 200 <= status < 300 else []  # noqa: PLR2004
    if not found:
        raise _pictureless(status, about, content, key)
    pictures = tuple(filter(None, map(_picture, _in_order(found))))
    model, request_id = about.get("model"), about.get("id") or headers.get("x-request-id")
    if not pictures:
        raise UnknownOutcome(
            "the answer holds no picture that can be decoded; the request may have been billed",
            status=status,
        )
    return Reply(
        pictures=pictures,
        broken=len(found) - len(pictures),
        model=_quoted(_text(model), key),
        request_id=_quoted(_text(request_id), key),
    )


def picture(status: int, content: bytes) -> bytes:
    """The bytes of a downloaded picture.

    Raises:
        UnknownOutcome: the address did not give one.
    """
    if status != 200 or not content:  # noqa: PLR2004
        bad = status != 200  # noqa: PLR2004
        raise UnknownOutcome(f"status {status}" if bad else "an empty answer", status=status)
    return content


def listing(
    status: int, headers: Mapping[str, str], content: bytes, key: str
) -> list[dict[str, Any]]:
    """The entries of `GET /models`: a bare array, or an object with `data`.

    Raises:
        TogimgError: the answer is an error, or no list.
    """
    del headers
    if status != 200:  # noqa: PLR2004
        error = _error(status, content, key)
        if isinstance(error, AccountError):
            raise error
        # Nothing that was asked here is ever billed.
        said = error.message.partition("; the request may")[0]
        raise ServiceError(said, hint="try again later", status=status)
    answer = parsed(content)
    found = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise ServiceError("the service's list of models cannot be read", status=status)
    return [e for e in found if isinstance(e, dict) and isinstance(e.get("id"), str)]


def why_wait(status: int) -> str:
    """The reason, in words, to wait after an answer with this status."""
    return f"{_WAITS.get(status, 'the service cannot answer now')} ({status})"


def _pictureless(status: int, answer: Mapping[str, Any], content: bytes, key: str) -> TogimgError:
    if status != 200 and not (200 < status < 300 and answer):  # noqa: PLR2004
        return _error(status, content, key)
    detail = _quoted(_message(answer, ""), key) or "there is no picture in it"
    return UnknownOutcome(
        f"the answer cannot be used: {detail}; the request may have been billed", status=status
    )


def _error(status: int, content: bytes, key: str) -> TogimgError:
    answer = parsed(content)
    message = _quoted(_message(answer, _plain(content, key)), key) or ""
    said = f'{status}, "{message}"' if message else f"{status}"
    if status in _ACCOUNT_HINTS:
        return AccountError(
            f"the service refused the account: {said}",
            hint=_ACCOUNT_HINTS[status],
            status=status,
            outcome="refused",
        )
    if kind(status) == "busy":
        return ServiceError(
            f"{why_wait(status)}: {said}",
            hint="try again later",
            status=status,
            outcome="refused",
        )
    if kind(status) == "refused":
        return _refused(status, said, message, _code(answer))
    if kind(status) == "failed":
        return ServiceError(
            f"the service failed: {said}",
            hint="try again later; failed requests may have been billed",
            status=status,
            outcome="failed",
        )
    return UnknownOutcome(
        f"no usable answer: {said}; the request may have been billed",
        hint="look at your usage before you ask again",
        status=status,
    )


def _refused(status: int, said: str, message: str, code: str) -> RefusedError:
    named = _UNSUPPORTED.search(message)
    parameter = named[1] if named else None
    hint = f"leave {parameter} out or choose another model: togimg models" if named else None
    if code == "model_not_available" or parameter == "model":
        parameter, hint = "model", _near(message)
    elif code == "content_policy_violation" or _POLICY.search(message):
        hint = "change the prompt: the service's content policy refused it"
    elif status == 422:  # noqa: PLR2004
        hint = "change the prompt: the service's safety checker refused it"
    return RefusedError(
        f"the service refused the request: {said}", hint=hint, status=status, parameter=parameter
    )


def _near(message: str) -> str:
    named = re.search(r"model (\S+)\.", message)
    near = catalogue.suggest(named[1]) if named else ()
    return f"did you mean {' or '.join(near)}?" if near else "see what there is: togimg models"


def _in_order(entries: list[Any]) -> list[Any]:
    """By `index`, if every entry has its own; else as they came (the order is not documented)."""
    indexes = [entry.get("index") for entry in entries if isinstance(entry, dict)]
    distinct = {index for index in indexes if type(index) is int}
    return sorted(entries, key=lambda e: e["index"]) if len(distinct) == len(entries) else entries


def _picture(entry: Any) -> Picture | None:
    # `type` is missing or null in real answers: the field that holds a text decides.
    if not isinstance(entry, dict):
        return None
    said = entry.get("b64_json")
    data = decode(said) if isinstance(said, str | memoryview) else None
    url = _text(entry.get("url")) or ""
    if data is None and url.startswith("data:"):
        data, url = decode(url), ""
    return Picture(data, url or None) if data or url else None


def _message(answer: Any, otherwise: str) -> str:
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return error if isinstance(error, str) else otherwise


def _code(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    return str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else ""


def _plain(content: bytes, key: str) -> str:
    """The beginning of a body that is no JSON; of HTML only its title."""
    text = hidden(content.decode(errors="replace"), key)[:_MOST_READ]
    title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    text = title[1] if title else re.sub(r"<[^>]*>", " ", text)
    return " ".join(text.split())


def _quoted(text: str | None, key: str) -> str | None:
    """What the service said, as far as it is shown; the key goes before the end does."""
    shown = hidden(text or "", key)
    return (shown[:_MOST_QUOTED] + "…" if len(shown) > _MOST_QUOTED else shown) or None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
