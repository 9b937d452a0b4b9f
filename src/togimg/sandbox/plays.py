"""Ways to spoil an answer, of which the table of faults is made."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from togimg.sandbox.application import Recast, text
from togimg.sandbox.exchange import Answer, Manner, Received
from togimg.sandbox.wording import failing, reply

if TYPE_CHECKING:
    from togimg.sandbox.painter import Commission

Content = Any
Item = dict[str, Any]

MOVED, ROUND, AWAY = "moved", "round", "//"
HTML = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    b"<body>Bad gateway</body></html>"
)


class Make(Protocol):
    """Makes the answer that the request would have got."""

    def __call__(
        self, *, recast: Recast | None = None, also: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer; `recast` changes what is painted, `also` adds to the request's body."""
        ...


class Played(Protocol):
    """A fault, as far as its effect needs to know it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def seconds(self) -> float | None:
        """How long it lasts, or says to wait."""
        ...


Play = Callable[[Played, Make, Received], Answer]


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of the table.

    Attributes:
        stands: It is played for ever on those that go beyond its count, beside all others.
        leads_away: It sends the client to another origin, which has to be there.
    """

    on: Literal["POST", "picture", "models", "connection"]
    line: str
    play: Play
    stands: bool = False
    leads_away: bool = False

    def meets(self, received: Received) -> bool:
        """Whether the fault is for requests like this one."""
        if self.stands or self.on == "connection":
            return False
        if self.on == "POST":
            return received.method == "POST"
        prefix = "/shrt/" if self.on == "picture" else "/v1/models"
        return received.method == "GET" and received.route.startswith(prefix)


def status(fault: Played, make: Make, received: Received) -> Answer:
    """A status with its usual body; with 2xx, 504 and 524 the pictures are made and paid."""
    code = int(fault.name)
    if code < 300:  # noqa: PLR2004
        return replace(make(), status=code)
    if code < 400:  # noqa: PLR2004
        return moved(code, f"?{MOVED}")(fault, make, received)
    answer = failing(code).answer()
    headers = tuple(header for header in answer.headers if header[0] != "retry-after")
    if code in {429, 503} or fault.seconds is not None:
        headers += (retry_after(fault),)
    paid = make().paid if code in {504, 524} else 0
    return replace(answer, headers=headers, paid=paid)


def crowded(code: int) -> Play:
    """A play that answers this status and asks to wait, whatever the fault is called."""

    def play(fault: Played, _: Make, __: Received) -> Answer:
        answer = failing(code).answer()
        return replace(answer, headers=(*answer.headers, retry_after(fault)))

    return play


def rewritten(change: Callable[[Content], Content]) -> Play:
    """A play that changes the JSON of a good answer."""

    def play(_: Played, make: Make, __: Received) -> Answer:
        answer = make()
        if answer.status != 200:  # noqa: PLR2004
            return answer
        changed = change(json.loads(answer.body))
        return replace(answer, body=json.dumps(changed).encode())

    return play


def items(change: Callable[[list[Item]], list[Item]]) -> Play:
    """A play that changes the list of pictures."""
    return rewritten(lambda content: content | {"data": change(content["data"])})


def encoded(change: Callable[[str], str]) -> Play:
    """A play that changes each `b64_json`; links stay as they are."""

    def of_item(item: Item) -> Item:
        return item | ({"b64_json": change(item["b64_json"])} if "b64_json" in item else {})

    return items(lambda data: [of_item(item) for item in data])


def recast(change: Callable[["Commission"], "Commission"]) -> Play:
    """A play that has something else painted."""
    return lambda _, make, __: make(recast=change)


def bytewise(change: Callable[[bytes], bytes], *headers: tuple[str, str]) -> Play:
    """A play that changes the bytes of the body, whatever they are."""

    def play(_: Played, make: Make, __: Received) -> Answer:
        answer = make()
        return replace(answer, body=change(answer.body), headers=answer.headers + headers)

    return play


def delivered(manner: Manner) -> Play:
    """A play that hands the finished answer over in another manner."""
    return lambda fault, make, _: replace(make(), manner=manner, seconds=seconds(fault))


def greeted(manner: Manner) -> Play:
    """A play on a connection, before anything is read from it."""
    return lambda _, __, ___: Answer(0, manner=manner)


def instead(answer: Callable[[Received], Answer]) -> Play:
    """A play that answers something else before anything is made."""
    return lambda _, __, received: answer(received)


def moved(code: int, location: str) -> Play:
    """A redirect; `?query` is the same address with that query, `AWAY` the same path elsewhere."""

    def to(received: Received) -> Answer:
        target = location
        if location.startswith("?"):
            target = f"http://{received.host}{received.route}{location}"
        elif location == AWAY:
            target = f"http://{received.elsewhere}{received.path}"
        return Answer(code, (("location", target),))

    return instead(to)


def broken(content: Content, code: int = 200) -> Play:
    """A play that answers this JSON."""
    return instead(lambda _: reply(code, content))


def paired(join: Callable[[int, Item, Item], Item]) -> Play:
    """A play that joins, one by one, the data and the links of the same pictures."""

    def play(_: Played, make: Make, __: Received) -> Answer:
        data, links = (make(also={"response_format": form}) for form in ("base64", "url"))
        if data.status != 200:  # noqa: PLR2004
            return data
        pairs = zip(json.loads(data.body)["data"], json.loads(links.body)["data"], strict=True)
        joined = [join(index, one, other) for index, (one, other) in enumerate(pairs)]
        return replace(data, body=json.dumps(json.loads(data.body) | {"data": joined}).encode())

    return play


def html(code: int, content_type: str) -> Answer:
    """A page where none is expected."""
    return Answer(code, (("content-type", content_type),), HTML)


def unpadded(value: str) -> str:
    """Base64 that lacks its padding; a byte after the picture makes sure there was some."""
    data = base64.b64decode(value)
    return base64.b64encode(data if len(data) % 3 else data + b"\0").decode().rstrip("=")


def damaged(value: str) -> str:
    """Base64 with signs in the middle that are none of its letters."""
    middle = len(value) // 2
    return f"{value[:middle]}****{value[middle + 40 :]}"


def limited(fault: Played, _: Make, __: Received) -> Answer:
    """A picture host that asks to wait."""
    answer = text(429, "Too many requests")
    return replace(answer, headers=(*answer.headers, retry_after(fault)))


def echoed(received: Received) -> Answer:
    """A refusal that repeats the key, and colours it."""
    message = f"\x1b[31mIncorrect API key provided: {received.key}\x1b[0m\u202e"
    return reply(401, {"error": {"message": message, "type": "invalid_request_error"}})


def torn(received: Received) -> Answer:
    """A refusal on a page that repeats the key in two parts, with a tag and a line between them."""
    key = received.key
    middle = len(key) // 2
    page = f"<html><body>bad key {key[:middle]}<wbr>\n{key[middle:]}</body></html>"
    return Answer(401, (("content-type", "text/html"),), page.encode())


def retry_after(fault: Played) -> tuple[str, str]:
    """The header that asks to wait."""
    return "retry-after", f"{seconds(fault):g}"


def seconds(fault: Played) -> float:
    """The seconds of a fault; one when it says nothing."""
    return 1.0 if fault.seconds is None else fault.seconds
