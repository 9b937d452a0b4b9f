"""The table of faults: what each is played on, and what it does to the answer.

A fault that changes or loses a finished answer leaves it paid for.
"""

import gzip
import textwrap
from collections.abc import Mapping
from dataclasses import replace

from togimg.sandbox import bombs
from togimg.sandbox.application import text
from togimg.sandbox.exchange import Answer
from togimg.sandbox.plays import (
    AWAY,
    MOVED,
    ROUND,
    Kind,
    broken,
    bytewise,
    crowded,
    damaged,
    delivered,
    echoed,
    encoded,
    greeted,
    html,
    instead,
    items,
    limited,
    moved,
    paired,
    recast,
    rewritten,
    status,
    torn,
    unpadded,
)

STATUSES = "201-599"
SECONDS = ("slow", "slow-headers", "limit", "rate", "flapping", "picture-429", "picture-slow")
GZIPPED = ("content-encoding", "gzip")
JPEG_URI = "data:image/jpeg;base64,"
NO_SUCH_WIDTH = {
    "error": {
        "message": "Invalid value for 'width' parameter.",
        "type": "invalid_request_error",
        "param": "width",
        "code": None,
    }
}
SORRY = {"error": {"message": "Internal server error.", "type": "server_error"}}

KINDS: Mapping[str, Kind] = {
    "ok": Kind(
        "POST", "no fault: the usual answer, to place others later", lambda _, make, __: make()
    ),
    "html": Kind("POST", "status 502 with an HTML page", instead(lambda _: html(502, "text/html"))),
    "big-error": Kind(
        "POST", "status 500 with 3 MB of text", instead(lambda _: text(500, "x" * 3_000_000))
    ),
    "error-string": Kind(
        "POST", "status 500 with an error that is a string", broken({"error": "broken"}, 500)
    ),
    "error-null": Kind(
        "POST", "status 500 with an error that is null", broken({"error": None}, 500)
    ),
    "error-in-200": Kind("POST", "status 200 with an error body", broken(SORRY)),
    "spurious": Kind(
        "POST", "status 400 about a width that the model does take", broken(NO_SUCH_WIDTH, 400)
    ),
    "echo-key": Kind(
        "POST", "status 401 that repeats the key, with terminal escapes", instead(echoed)
    ),
    "torn-key": Kind(
        "POST", "status 401 and a page that repeats the key in two parts", instead(torn)
    ),
    "empty": Kind("POST", "status 200 with an empty body", bytewise(lambda _: b"")),
    "no-data": Kind("POST", "`data` is an empty list", items(lambda _: [])),
    "bare-list": Kind(
        "POST", "a list without anything around it", rewritten(lambda content: content["data"])
    ),
    "single": Kind(
        "POST",
        "`data` is one picture and no list",
        rewritten(lambda content: content | {"data": content["data"][0]}),
    ),
    "fewer": Kind(
        "POST",
        "one picture fewer, but at least one",
        items(lambda data: data[: max(1, len(data) - 1)]),
    ),
    "more": Kind(
        "POST",
        "the last picture twice",
        items(lambda data: [*data, data[-1] | {"index": len(data)}]),
    ),
    "shuffled": Kind("POST", "the last picture first", items(lambda data: data[::-1])),
    "same-index": Kind(
        "POST", "every index is 0", items(lambda data: [item | {"index": 0} for item in data])
    ),
    "mixed": Kind(
        "POST",
        "pictures as data and as links in turn",
        paired(lambda index, *pair: pair[index % 2]),
    ),
    "both": Kind(
        "POST", "each picture as data and as a link", paired(lambda _, data, link: data | link)
    ),
    "type-null": Kind(
        "POST",
        "each item has a `type` of null",
        items(lambda data: [item | {"type": None} for item in data]),
    ),
    "extra": Kind(
        "POST",
        "fields nobody has heard of",
        items(lambda data: [item | {"novel": {"x": [1]}} for item in data]),
    ),
    "wrapped": Kind(
        "POST",
        "base64 with line breaks",
        encoded(lambda value: "\n".join(textwrap.wrap(value, 76))),
    ),
    "unpadded": Kind("POST", "base64 without its padding", encoded(unpadded)),
    "url-safe": Kind(
        "POST",
        "base64 in the alphabet of URLs",
        encoded(lambda value: value.replace("+", "-").replace("/", "_")),
    ),
    "data-uri": Kind(
        "POST", "base64 behind `data:image/jpeg;base64,`", encoded(lambda value: JPEG_URI + value)
    ),
    "bad-base64": Kind("POST", "base64 that does not decode", encoded(damaged)),
    "cut-json": Kind(
        "POST", "half of the JSON, as if it were all", bytewise(lambda body: body[: len(body) // 2])
    ),
    "bom": Kind(
        "POST", "a byte order mark before the JSON", bytewise(lambda body: b"\xef\xbb\xbf" + body)
    ),
    "utf-16": Kind("POST", "JSON in UTF-16", bytewise(lambda body: body.decode().encode("utf-16"))),
    "webp": Kind(
        "POST", "WebP where another format was asked", recast(lambda it: replace(it, form="webp"))
    ),
    "png": Kind(
        "POST", "PNG where another format was asked", recast(lambda it: replace(it, form="png"))
    ),
    "bmp": Kind(
        "POST", "BMP where another format was asked", recast(lambda it: replace(it, form="bmp"))
    ),
    "tiff": Kind(
        "POST", "TIFF where another format was asked", recast(lambda it: replace(it, form="tiff"))
    ),
    "wrong-size": Kind(
        "POST",
        "half as wide and high as asked",
        recast(lambda it: replace(it, width=it.width // 2, height=it.height // 2)),
    ),
    "truncated-picture": Kind(
        "POST", "half of each picture's file", recast(lambda it: replace(it, kept=0.5))
    ),
    "gzip": Kind(
        "POST",
        "a compressed body, asked or not",
        bytewise(gzip.compress, GZIPPED),
    ),
    "not-gzip": Kind(
        "POST", "a plain body that is called compressed", bytewise(lambda body: body, GZIPPED)
    ),
    "chunked": Kind("POST", "a body in pieces, without a length", delivered("chunked")),
    "unended": Kind("POST", "a body in pieces, of which no end comes", delivered("unended")),
    "slow": Kind("POST", "a body that drips for SECONDS", delivered("slow")),
    "hang": Kind("POST", "no answer, until the sandbox ends", delivered("hang")),
    "reset": Kind("POST", "the connection reset before the answer", delivered("reset")),
    "close": Kind("POST", "the connection closed before the answer", delivered("close")),
    "close-in-body": Kind("POST", "the connection closed halfway", delivered("cut")),
    "close-in-headers": Kind("POST", "the connection closed in the headers", delivered("cut-head")),
    "slow-headers": Kind("POST", "headers that drip for SECONDS", delivered("slow-head")),
    "wrong-length": Kind("POST", "a length that is too long", delivered("too-long")),
    "short-length": Kind("POST", "a length that is too short", delivered("too-short")),
    "double-length": Kind("POST", "two lengths that differ", delivered("two-lengths")),
    "no-length": Kind("POST", "no length: the body ends by closing", delivered("no-length")),
    "stale": Kind("POST", "the connection closed after the answer, unsaid", delivered("stale")),
    "twice": Kind("POST", "the answer twice", delivered("twice")),
    "strayed": Kind("POST", "a status 500 after the answer, unasked", delivered("strayed")),
    "endless": Kind("POST", "a body that goes on for 4 GB", delivered("endless")),
    "gzip-bomb": Kind(
        "POST",
        "a compressed body that unpacks to 1 GB",
        bytewise(lambda _: bombs.zipped(), GZIPPED),
    ),
    "big-header": Kind(
        "POST", "a header of 1 MB", bytewise(lambda body: body, ("x-filler", "x" * 1_000_000))
    ),
    "redirect": Kind("POST", "status 307 to the same address", moved(307, f"?{MOVED}")),
    "redirect-away": Kind(
        "POST", "status 307 to another origin", moved(307, AWAY), leads_away=True
    ),
    "black-hole": Kind("connection", "accepted, and never read", greeted("hang")),
    "reset-at-accept": Kind("connection", "reset as soon as it is accepted", greeted("reset")),
    "close-at-accept": Kind("connection", "closed as soon as it is accepted", greeted("close")),
    "limit": Kind(
        "POST",
        "status 429 for those beyond COUNT at once, Retry-After of SECONDS, for ever",
        crowded(429),
        stands=True,
    ),
    "rate": Kind(
        "POST",
        "status 429 for those beyond COUNT a second, Retry-After of SECONDS, for ever",
        crowded(429),
        stands=True,
    ),
    "flapping": Kind(
        "POST",
        "status 503 for COUNT of a hundred, Retry-After of SECONDS, for ever",
        crowded(503),
        stands=True,
    ),
    "picture-404": Kind("picture", "status 404", instead(lambda _: text(404, "Not found"))),
    "picture-403": Kind("picture", "status 403", instead(lambda _: text(403, "error code: 1010"))),
    "picture-429": Kind("picture", "status 429, Retry-After of SECONDS", limited),
    "picture-500": Kind(
        "picture", "status 500", instead(lambda _: text(500, "Internal server error"))
    ),
    "picture-cut": Kind("picture", "the connection closed halfway", delivered("cut")),
    "picture-html": Kind(
        "picture", "an HTML page labelled as a JPEG", instead(lambda _: html(200, "image/jpeg"))
    ),
    "picture-redirect": Kind("picture", "status 302 to a link that works", moved(302, f"?{MOVED}")),
    "picture-nowhere": Kind(
        "picture", "status 302 that does not say where", instead(lambda _: Answer(302))
    ),
    "picture-no-port": Kind(
        "picture", "status 302 to a port that there is not", moved(302, "http://127.0.0.1:99999/")
    ),
    "picture-loop": Kind("picture", "status 302 for ever", moved(302, f"?{ROUND}")),
    "picture-file": Kind(
        "picture", "status 302 to file:///etc/hostname", moved(302, "file:///etc/hostname")
    ),
    "picture-private": Kind(
        "picture", "status 302 to http://169.254.169.254/", moved(302, "http://169.254.169.254/")
    ),
    "picture-away": Kind(
        "picture", "status 302 to another origin, that has it", moved(302, AWAY), leads_away=True
    ),
    "picture-expired": Kind(
        "picture", "status 403 with an HTML page", instead(lambda _: html(403, "text/html"))
    ),
    "picture-slow": Kind("picture", "a file that drips for SECONDS", delivered("slow")),
    "picture-endless": Kind("picture", "a file that goes on for 4 GB", delivered("endless")),
    "picture-gzip-bomb": Kind(
        "picture",
        "a compressed file that unpacks to 1 GB",
        bytewise(lambda _: bombs.zipped(), GZIPPED),
    ),
    "picture-bomb": Kind(
        "picture",
        "a small PNG that says it has 30000x30000 pixels",
        instead(lambda _: Answer(200, (("content-type", "image/png"),), bombs.png())),
    ),
    "models-wrapped": Kind(
        "models",
        'the list inside {"data": …}',
        rewritten(lambda content: {"object": "list", "data": content}),
    ),
    "models-empty": Kind("models", "an empty list", rewritten(lambda _: [])),
}


def kind(name: str) -> Kind:
    """The line of that name; every status has one."""
    return KINDS[name] if name in KINDS else Kind("POST", "this status", status)
