"""The stamp as XMP: what the picture shows, that a machine made it, and the recipe.

Packets as in ISO 16684-1; DigitalSourceType as in https://cv.iptc.org/newscodes/digitalsourcetype/.
"""

import hashlib
import html
import re

from togimg import __version__

NAMESPACE = "https://togimg.invalid/ns/1.0/"


def write(
    packet: str | None,
    *,
    edited: bool,
    description: str = "",
    recipe: str = "",
    extension: str = "",
) -> str:
    """A packet that says so, in addition to what another program's `packet` says.

    `extension` is the name of the part that did not fit, see `extended`.
    """
    others = without(packet or "")
    kind = "compositeWithTrainedAlgorithmicMedia" if edited else "trainedAlgorithmicMedia"
    said = {
        "dc:description": _ALTERNATIVES.format(_quoted(plain(description))) if description else "",
        "xmp:CreatorTool": f"togimg {__version__}",
        "Iptc4xmpExt:DigitalSourceType": _SOURCES + kind,
        "xmpNote:HasExtendedXMP": extension,
        "togimg:recipe": _quoted(escaped(recipe)),
    }
    properties = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in said.items()
        if value and not (others and re.search(rf"[<\s]{name}[\s=>/]", others))
    )
    ours = f"{_OPEN}{_names(_NAMESPACES)}>{properties}{_CLOSE}"
    before, end, after = others.rpartition("</rdf:RDF>")
    return before + ours + end + after if end else _PACKET.format(ours)


def extended(recipe: str) -> tuple[str, str]:
    """A second packet with the recipe alone, and its name, for JPEGs that hold packets in parts.

    The name is the MD5 of the packet, as Adobe's XMP specification part 3, 1.1.3.1 says.
    """
    ours = f"{_OPEN}>{_RECIPE}{_quoted(escaped(recipe))}{_RECIPE_END}{_CLOSE}"
    packet = _META.format(ours)
    return packet, hashlib.md5(packet.encode(), usedforsecurity=False).hexdigest().upper()


def read(packet: str) -> str | None:
    """The recipe, as togimg wrote it, or as others rearranged it."""
    for before, after in (
        (_RECIPE, _RECIPE_END),
        ('togimg:recipe="', '"'),
        ("togimg:recipe='", "'"),
    ):
        _, found, rest = packet.partition(before)
        recipe, end, _ = rest.partition(after)
        if found and end:
            return html.unescape(recipe)
    return None


def extension(packet: str) -> str | None:
    """The name of the second packet that a packet speaks of."""
    found = re.search(r"xmpNote:HasExtendedXMP(?:>|=[\"'])([0-9A-Fa-f]{32})", packet)
    return found[1] if found else None


def without(packet: str) -> str:
    """What a packet says beside togimg's own."""
    before, opened, rest = packet.partition(_OPEN)
    _, closed, after = rest.partition(_CLOSE)
    if opened and closed:
        return before + after
    before, opened, rest = packet.partition(_RECIPE)
    _, closed, after = rest.partition(_RECIPE_END)
    return before + after if opened and closed else packet


def escaped(recipe: str) -> str:
    r"""JSON in which the characters that XML or UTF-8 cannot hold are `\u` escapes."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", recipe)


def plain(text: str) -> str:
    """A text in which the characters that XML or UTF-8 cannot hold are replaced by U+FFFD."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", lines)


def _quoted(text: str) -> str:
    return html.escape(text, quote=False)


def _names(namespaces: dict[str, str]) -> str:
    return "".join(f' xmlns:{name}="{address}"' for name, address in namespaces.items())


# https://www.w3.org/TR/xml/#charsets
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_RECIPE, _RECIPE_END = "<togimg:recipe>", "</togimg:recipe>"
_OPEN = f'<rdf:Description rdf:about="" xmlns:togimg="{NAMESPACE}"'
_CLOSE = "</rdf:Description>"
_ALTERNATIVES = '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>'
_META = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF></x:xmpmeta>'
)
_PACKET = f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{_META}<?xpacket end="w"?>'
