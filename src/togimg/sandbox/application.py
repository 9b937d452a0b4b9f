"""From a request to an answer, without a socket: the API as recorded up to 2026-05-31.

Marks in a prompt and special keys ask for refusals; `MARKS` and `KEYS` list them.
"""

import base64
import random
import secrets
import string
import time
from collections.abc import Callable, Mapping, MutableMapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from togimg.sandbox import wording
from togimg.sandbox.exchange import Answer, Received
from togimg.sandbox.listing import listing
from togimg.sandbox.order import Order, read
from togimg.sandbox.wording import Refusal, reply

if TYPE_CHECKING:
    from togimg.sandbox.painter import Commission

Links = MutableMapping[str, "Commission"]
"""The pictures behind the links handed out so far, by the last part of the link."""

Recast = Callable[["Commission"], "Commission"]

GENERATIONS = "/v1/images/generations"
MODELS = "/v1/models"
LARGEST_BODY = 32_000_000
MOST_LINKS = 10_000

MARKS: Mapping[str, Callable[[], Refusal]] = {
    "[refuse]": wording.unsafe,
    "[policy]": wording.against_policy,
    "[no-credit]": wording.no_credit,
    "[not-permitted]": wording.not_permitted,
}
KEYS: Mapping[str, Callable[[], Refusal]] = {
    "no-credit": wording.no_credit,
    "not-permitted": wording.not_permitted,
}
KINDS = {"jpeg": ("image/jpeg", "jpg"), "png": ("image/png", "png"), "webp": ("image/webp", "webp")}


def answer(received: Received, links: Links | None = None, recast: Recast | None = None) -> Answer:
    """The service's answer to one request.

    Args:
        received: The request.
        links: Where pictures handed out as links are kept; without it, links lead nowhere.
        recast: Changes what is painted; what the answer says stays the same.
    """
    shelf = {} if links is None else links
    try:
        if received.route == GENERATIONS:
            return generations(received, shelf, recast or unchanged)
        if received.route == MODELS:
            return models(received)
    except Refusal as refusal:
        return refusal.answer()
    if received.route.startswith("/shrt/"):
        return picture(received, shelf)
    return nothing_here(received)


def generations(received: Received, links: Links, recast: Recast) -> Answer:
    """POST /v1/images/generations.

    Raises:
        Refusal: The service says no.
    """
    if received.method != "POST":
        return not_allowed("POST")
    if not is_key(received.key):
        raise wording.invalid_key()
    if int(received.headers.get("content-length", 0)) > LARGEST_BODY:
        raise wording.too_large()
    order = read(received, links)
    for asks, refusal in (*KEYS.items(), *MARKS.items()):
        if asks == received.key or (asks in MARKS and asks in order.prompt):
            raise refusal()
    return made(order, received, links, recast)


def made(order: Order, received: Received, links: Links, recast: Recast) -> Answer:
    """The answer with its pictures, as data or as links to them."""
    request_id = wording.new_id()
    items = []
    for index, commission in enumerate(order.commissions):
        item: dict[str, Any] = {"index": index}
        if order.as_links:
            token = shelve(recast(commission), links)
            item["url"] = f"http://{received.host}/shrt/{token}"
        else:
            item["b64_json"] = base64.b64encode(painted(recast(commission))).decode()
        items.append(item | {"timings": {"inference": duration(order, commission)}})
    content = {"id": request_id, "model": order.model, "object": "list", "data": items}
    return reply(200, content, wording.limits(request_id), paid=len(items))


def picture(received: Received, links: Links) -> Answer:
    """GET of a link: no key needed, but a User-Agent."""
    if received.method not in {"GET", "HEAD"}:
        return not_allowed("GET, HEAD")
    if not received.headers.get("user-agent", "").strip():
        return text(403, "error code: 1010")
    token = received.route.removeprefix("/shrt/")
    commission = links.get(token)
    if commission is None:
        return text(404, "Not found")
    kind, suffix = KINDS[commission.form]
    year = 31_536_000
    headers = (
        ("content-type", kind),
        ("content-disposition", f'inline; filename="{token.lower()}.{suffix}"'),
        ("cache-control", f"max-age={year}, public"),
        ("expires", formatdate(time.time() + year, usegmt=True)),
    )
    return Answer(200, headers, painted(commission))


def models(received: Received) -> Answer:
    """GET /v1/models: a bare array; its 401 has another body than the images endpoint's."""
    if received.method not in {"GET", "HEAD"}:
        return not_allowed("GET, HEAD")
    if not is_key(received.key):
        return reply(401, {"error": {"message": "Unauthorized"}})
    return reply(200, listing())


def nothing_here(received: Received) -> Answer:
    """404 for every other path; the wording is ours."""
    message = f"Nothing is served at {received.route}; the API is under /v1"
    return reply(404, {"error": {"message": message}})


def not_allowed(methods: str) -> Answer:
    """405, with the methods that are."""
    content = {"error": {"message": f"Method not allowed; use {methods}"}}
    return reply(405, content, (("allow", methods),))


def text(status: int, words: str) -> Answer:
    """The plain text of the content network in front of the service."""
    return Answer(status, (("content-type", "text/plain; charset=UTF-8"),), words.encode())


def is_key(key: str) -> bool:
    """Whether the key opens anything: every key does, save those that start with `invalid`."""
    return bool(key) and not key.startswith("invalid")


def duration(order: Order, commission: "Commission") -> float:
    """`timings.inference`: seconds on FLUX.1, milliseconds on FLUX.2 (both recorded)."""
    chance = random.Random(commission.seed)  # noqa: S311  a made-up duration
    return chance.randint(1700, 3100) if order.milliseconds else chance.uniform(0.09, 0.12)


def shelve(commission: "Commission", links: Links) -> str:
    """The new link's last part, 16 letters and digits as recorded; the oldest make room."""
    token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))
    links[token] = commission
    if len(links) > MOST_LINKS:
        links.pop(next(iter(links)), None)
    return token


def painted(commission: "Commission") -> bytes:
    """The file; the painter, and Pillow with it, loads when the first picture is wanted."""
    from togimg.sandbox.painter import paint  # noqa: PLC0415  the server must start fast

    return paint(commission)


def unchanged(commission: "Commission") -> "Commission":
    """The commission as it is."""
    return commission
