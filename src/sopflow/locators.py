"""Locators: where reported content is, written exactly, shown defanged, known again by its key, never fetched by us."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

from .errors import MalformedLocator

KINDS = ("url", "account", "channel", "message", "domain", "hash")

_LABEL = re.compile(r"(?!-)[^\W_]([\w-]{0,61}[^\W_])?\Z|\A[^\W_]\Z")
_HASH = re.compile(r"[a-z0-9-]+:[0-9A-Za-z+/=_-]{8,}\Z")
_APP = re.compile(r"(?:(?<=\Atg)|(?<=\Amagnet))(?:\[:\]|:(?!//))", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\x80-\xa0\xad\u034f\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_OVERRIDE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a\u202b\u202d\u202e]")  # not what languages need
# In what somebody wrote, where words need not be apart. A path is looked at like the rest: addresses stand in it.
_OTHER = r"(?!://|(?<![a-z])(?:tg|magnet):)"  # an address within the address
_ADDRESS = (
    rf"(?:[a-z][a-z0-9+-]{{0,30}})?://(?:{_OTHER}[^\s/?#])*"
    rf"|(?<![a-z])(?:(?:tg|magnet):(?=\S)|www\.(?:{_OTHER}[\w.-])+)"
    r"|(?:\b(?:t|telegram)\.(?:me|dog)"
    r"|(?<![\w.-])[\w.-]*\.(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59}|(?<=[^\W\d_]\.)[^\W\d_]{2,63}))(?=\.?(?::[0-9]{0,5})?/)"
)
_UNSAFE = re.compile('[\x00-\x20\x7f\\\\<>"`{}|^\ud800-\udfff]')


def check(kind: str, locator: str, field: str = "locator") -> str:
    """Return `locator` unchanged if it names something that a browser or client would open as written.

    The reporter's original text is evidence, so nothing is normalised. What different programs read differently
    (a backslash, a user name before the host, a host of bare digits, an escaped host) is refused.

    Args:
        kind: One of "url", "account", "channel", "message", "domain", "hash".
        locator: A URL, a domain name, an account or channel name, or "algorithm:digest".
        field: The name to put into the error.

    Raises:
        MalformedLocator: With the defanged text and the remedy.
    """
    if kind not in KINDS:
        raise MalformedLocator(
            "kind" if field == "locator" else field, kind, f"use one of the kinds {', '.join(KINDS)}"
        )
    if not isinstance(locator, str):
        raise MalformedLocator(field, repr(locator), "write it as text")
    if not locator or len(locator) > 8192:
        raise MalformedLocator(field, locator[:40], "give a locator of 1 to 8192 characters")
    if _UNSAFE.search(locator):
        raise MalformedLocator(field, defang(locator), "remove white space, control characters, backslashes and quotes")
    if kind == "hash":
        if not _HASH.match(locator):
            raise MalformedLocator(field, locator, "write a hash as algorithm:digest, e.g. sha256:9f86d0…")
    elif kind == "domain":
        if ":" in locator or "[" in locator:
            raise MalformedLocator(field, defang(locator), "write the domain name alone, without scheme and port")
        _check_host(locator, locator, field)
    elif kind == "url" or "://" in locator:
        _check_url(locator, field)
    return locator


def _check_url(locator: str, field: str) -> None:
    try:
        parts = urlsplit(locator)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise MalformedLocator(field, defang(locator), f"write a full URL ({error})") from None
    if parts.scheme not in ("http", "https", "tg", "ftp", "magnet"):
        raise MalformedLocator(field, defang(locator), "write a full URL that begins with https:// or http://")
    if parts.scheme in ("tg", "magnet"):
        return
    if "@" in parts.netloc:
        raise MalformedLocator(field, defang(locator), "remove the user name before the host")
    if not host:
        raise MalformedLocator(field, defang(locator), "name the host: https://host/path")
    _check_host(host, locator, field)


def _check_host(host: str, locator: str, field: str) -> None:
    if host.startswith("[") or ":" in host:  # an IPv6 literal; urlsplit checked its shape
        return
    labels = host.rstrip(".").split(".")
    if len(labels) == 4 and all(re.fullmatch("[0-9]{1,3}", label) and int(label) < 256 for label in labels):
        return
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.match(label) for label in labels):
        raise MalformedLocator(field, defang(locator), "write the host as a full domain name, e.g. t.me")
    if labels[-1].isdigit() or labels[-1].lower().startswith("0x"):
        raise MalformedLocator(field, defang(locator), "a host that ends in a number is read differently by programs")


def defang(locator: str) -> str:
    """Return `locator` in a form that nobody opens by accident: hxxps://t[.]me/name, tg[:]//resolve?domain=name."""
    scheme, sep, rest = locator.partition("://")
    if not sep or _APP.search(locator):
        return _APP.sub("[:]", locator).replace("://", "[:]//").replace(".", "[.]")
    if scheme.lower() in ("http", "https", "ftp"):
        scheme = scheme.replace("t", "x").replace("T", "X")
    else:  # another program would open it
        sep = "[:]//"
    return f"{scheme}{sep}{'[:]//'.join(_hosts(rest, '.', '[.]'))}"


def _hosts(rest: str, old: str, new: str) -> list[str]:
    """Return what stands between one "://" and the next, with another sign in its host: addresses within an address."""
    parts = [part.partition("/") for part in rest.split("://")]
    return [f"{host.replace(old, new)}{slash}{path}" for host, slash, path in parts]


def shown(locator: str) -> str:
    """Return `locator` for people: defanged, and what is invisible or turns the writing round is percent-encoded."""
    if not (locator.isascii() and locator.isprintable()):
        locator = _INVISIBLE.sub(lambda found: quote(found[0]), locator)
    return defang(locator)


@cache
def _addresses() -> re.Pattern[str]:
    return re.compile(_ADDRESS, re.IGNORECASE)  # not before it is needed: that takes as long as several modules


def tame(text: str) -> str:
    """Return what somebody wrote for people: addresses defanged, no line that could be taken for one of ours."""
    if not text:
        return ""
    plain = _addresses().sub(lambda found: defang(found[0]), _OVERRIDE.sub("\ufffd", text))
    return "\n    ".join(plain.splitlines())


def line(text: str) -> str:
    """Return `tame` text on one line."""
    return " ".join(tame(text).split())


def refang(text: str) -> str:
    """Return the exact locator that `defang` was given."""
    text = _APP.sub(":", text.replace("[:]//", "://"))
    scheme, sep, rest = text.partition("://")
    if not sep or _APP.search(text):
        return text.replace("[.]", ".")
    if scheme.lower() in ("hxxp", "hxxps", "fxp"):
        scheme = scheme.replace("x", "t").replace("X", "T")
    return f"{scheme}{sep}{'://'.join(_hosts(rest, '[.]', '.'))}"


# --- content keys ----------------------------------------------------------------------------------------------------

_PORTS = {"http": "80", "https": "443", "ftp": "21"}
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?\Z")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_STRAY = re.compile("%(?![0-9A-Fa-f]{2})")
_DEFANGED = re.compile(
    r"(?:hxxps?|fxp)://|tg(?:\[:\]|:)|magnet\[:\]|(?:https?://|ftp://)?[^/?#:]*\[\.\]", re.IGNORECASE
)
_HEX = re.compile(r"(md5|sha1|sha224|sha256|sha384|sha512|pdq):[0-9A-Fa-f]+\Z")

_THEN = unicodedata.ucd_3_2_0  # the same in every Python: two workers must not make two keys
_LETTERS = frozenset(("Ll", "Lo", "Lm", "Mn", "Mc", "Nd"))
_DROPPED = frozenset("\u034f\u180b\u180c\u180d").union(map(chr, range(0xFE00, 0xFE10)))  # a browser leaves these out


def key(kind: str, locator: str) -> str:
    """Return the content key of a locator: what names one thing for certain has one key, all else has its own.

    The key says which reports are about the same content; the locator as reported stays the evidence. It does not
    depend on what is installed, and a locator of which it cannot be sure is its own key, as written.

    - URLs, whatever kind of content they locate: "url:" and the URL as the URL Standard writes it: scheme and host in
      lower case, labels outside ASCII as A-labels (where all their characters are in Unicode 3.2 and need no mapping
      but to lower case), no default port, dot segments resolved. Beyond the standard, escaped unreserved characters
      are themselves and other escapes in upper case (RFC 3986, 6.2.2), and an empty fragment and a text directive
      (":~:") are left out. Query and fragment stay as they are, tracking parameters and their order included: other
      content may hide behind them. http and https are two.
    - Telegram's links (t.me, telegram.me, telegram.dog, NAME.t.me, tg:): "telegram:channel/NAME" (any user name: they
      share one space), "telegram:post/NAME/ID", "telegram:story/NAME/ID", "telegram:private/CHANNEL/ID",
      "telegram:invite/HASH", "telegram:phone/NUMBER". Names are in lower case, hashes as written. The parameters
      `single`, `thread`, `t`, `before`, `embed` and `mode` only say how it is shown and are left out, as is the
      fragment; others are kept: `comment` names another message, `start` what a bot hands out.
    - Else "domain:", "hash:", "account:", "channel:" or "message:" and the name: domains like hosts, without a final
      dot; hexadecimal digests in lower case; other names exactly as written.

    Args:
        kind: One of "url", "account", "channel", "message", "domain", "hash".
        locator: What `check` accepts, or that as `defang` shows it.
    """
    if kind == "hash":
        return f"hash:{locator.lower() if _HEX.match(locator) else locator}"
    plain = refang(locator) if _DEFANGED.match(locator) else locator
    if kind == "domain":
        return f"domain:{_host(plain.removesuffix('.')) or plain}"
    if "://" not in locator and kind != "url":
        if not _TELEGRAM_NAME.match(plain):
            return f"{kind}:{locator}"
        plain = f"https://{plain}"
    url = _url(plain)
    return _telegram(plain, url) or f"url:{url or plain}"


def alike(kind: str, locator: str) -> str:
    """Return a key in which ways of writing a URL agree that mostly open the same page.

    That is `key`, of a URL without its scheme, "www.", fragment and final slash. It never says that two reports are
    about one content; where only a few contents can be meant it says which.
    """
    exact = key(kind, locator)
    if not exact.startswith(("url:http://", "url:https://")):
        return exact
    return f"url:{exact.partition('://')[2].partition('#')[0].removeprefix('www.').removesuffix('/')}"


def digest(kind: str, locator: str) -> str:
    """Return what stores keep of a key: its SHA-256. Who knows the content can guess it, so it is erased, too."""
    return hashlib.sha256(key(kind, locator).encode()).hexdigest()


def digests(text: str) -> tuple[str, ...]:
    """Return the digests of the keys that a text can have, as any kind of content; empty if it can be none."""
    found: dict[str, None] = {}
    for kind in KINDS:
        for written in (text, refang(text)):  # a name may read like something defanged
            try:
                check(kind, written)
            except MalformedLocator:
                continue
            found[digest(kind, text)] = None
            break
    return tuple(found)


def _url(url: str) -> str:
    """Return a URL as the URL Standard writes it, or "" where that is not certain."""
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    rest, _, fragment = rest.partition("#")
    rest, mark, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    found = _AUTHORITY.match(authority)
    if scheme not in _PORTS or found is None or _STRAY.search(path + query + fragment):
        return ""
    host, port = _host(found[1]), str(int(found[2] or _PORTS[scheme]))
    if not host or int(port) > 0xFFFF:
        return ""
    fragment = fragment.partition(":~:")[0]
    where = host if port == _PORTS[scheme] else f"{host}:{port}"
    end = f"{mark}{_escaped(query).replace(chr(39), '%27')}" + (f"#{_escaped(fragment)}" if fragment else "")
    return f"{scheme}://{where}{_resolved(_escaped(path))}{end}"


def _host(host: str) -> str:
    """Return a host as browsers ask for it, or "" where that is not certain."""
    if host.startswith("["):
        try:
            address = IPv6Address(host[1:-1])
        except ValueError:
            return ""
        if address.ipv4_mapped is not None:  # Pythons differ in how they show it
            number = int(address)
            return f"[::ffff:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}]"
        return "" if address.scope_id else f"[{address.compressed}]"
    labels = [_label(label) for label in host.removesuffix(".").split(".")]
    if not all(labels):
        return ""
    if labels[-1].isdigit() and (host.endswith(".") or any(n != "0" and n.startswith("0") for n in labels)):
        return ""  # octal to some programs
    return ".".join(labels) + ("." if host.endswith(".") else "")


def _label(label: str) -> str:
    if label.isascii():
        return label.lower()
    lower = unicodedata.normalize("NFC", "".join(c.lower() for c in label))
    sure = all(_THEN.category(c) != "Cn" for c in label) and all(
        c.isascii()
        or (
            _THEN.category(c) in _LETTERS
            and c not in _DROPPED
            and unicodedata.normalize("NFKC", c) == c
            and (c in "ßς" or c.casefold() == c)
        )
        for c in lower
    )
    if not sure:
        return ""
    return lower if lower.isascii() else f"xn--{lower.encode('punycode').decode()}"


def _escaped(text: str) -> str:
    if not text.isascii():
        text = quote(text, safe=_ASCII)
    return _ESCAPE.sub(_escape, text) if "%" in text else text


def _escape(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _resolved(path: str) -> str:
    """Return a path, which lacks its first slash, without dot segments."""
    segments = path.split("/")
    out: list[str] = []
    for segment in segments:
        if segment == "..":
            del out[-1:]
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/" + "/".join(out)


# --- Telegram: https://core.telegram.org/api/links -------------------------------------------------------------------

_TELEGRAM_NAME = re.compile(r"(www\.)?(t\.me|telegram\.me|telegram\.dog)/", re.IGNORECASE)
_TELEGRAM_URL = re.compile(
    r"https?://(?:www\.)?(?:(?:([a-z0-9_]+)\.)?t\.me|telegram\.(?:me|dog))/([^?#]*)(?:\?([^#]*))?"
)
_TELEGRAM_WEB = re.compile(r"https://web\.telegram\.org/[akz]/#@(\w+)\Z")
_TG = re.compile(r"tg:(?://)?([a-z]+)/?\?([^#]*)", re.IGNORECASE)
_USER = re.compile(r"[a-z][a-z0-9_]{3,31}\Z")
_HASH_PART = re.compile(r"[A-Za-z0-9_-]{4,64}\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}\Z")
_NO_USERS = frozenset(
    ("addemoji", "addlist", "addstickers", "addstyle", "addtheme", "auction", "auth", "boost", "call", "confirmphone",
     "contact", "giftcode", "invoice", "joinchat", "login", "proxy", "setlanguage", "share", "socks")
)  # fmt: skip
_SHOWN = frozenset(("single", "thread", "t", "before", "embed", "mode"))


def _telegram(text: str, url: str) -> str:
    """Return the key of a link to something on Telegram, or "" if it is none, or one of another kind."""
    tg, web, found = _TG.match(text), _TELEGRAM_WEB.match(url), _TELEGRAM_URL.match(url)
    path: Sequence[str]
    if tg is not None:
        if _STRAY.search(tg[2]):
            return ""
        path, rest = _inside(tg[1].lower(), _pairs(_escaped(tg[2])))
    elif web is not None:
        path, rest = (web[1],), []
    elif found is not None:
        user, inner, query = found.groups()
        path = [part for part in (user, *inner.replace("%2B", "+").removesuffix("/").split("/")) if part is not None]
        if user is not None and path[-1] == "":
            path = path[:-1]
        rest = _pairs(query or "")
    else:
        return ""
    name = _place(path)
    kept = "&".join(pair for pair in rest if pair.partition("=")[0] not in _SHOWN)
    return name and f"telegram:{name}{'?' if kept else ''}{kept}"


def _pairs(query: str) -> list[str]:
    return [pair for pair in query.split("&") if pair]


def _inside(command: str, pairs: list[str]) -> tuple[Sequence[str], list[str]]:
    """Return what a tg: link says as the path of a t.me link, and its other parameters; no path if it says neither."""
    parts = [pair.partition("=") for pair in pairs]
    given = {name: value for name, _, value in parts}
    if len(given) < len(pairs):
        return (), pairs  # which of two equal names counts is not certain
    path: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    match command, given:
        case "resolve", {"domain": user, "post": number}:
            path, used = (user, number), ("domain", "post")
        case "resolve", {"domain": user, "story": number}:
            path, used = (user, "s", number), ("domain", "story")
        case "resolve", {"domain": user}:
            path, used = (user,), ("domain",)
        case "resolve", {"phone": number}:
            path, used = (f"+{number}",), ("phone",)
        case "privatepost", {"channel": channel, "post": number}:
            path, used = ("c", channel, number), ("channel", "post")
        case "join", {"invite": hash}:
            path, used = ("joinchat", hash), ("invite",)
    return path, [pair for pair in pairs if pair.partition("=")[0] not in used]


def _place(path: Sequence[str]) -> str:
    """Return what the path of a t.me link names, or ""."""
    match [part if i == 1 or part.startswith("+") else part.lower() for i, part in enumerate(path)]:
        case ["joinchat", hash] if _HASH_PART.match(hash):
            return f"invite/{hash}"
        case [plus] if plus.startswith("+") and _NUMBER.match(plus[1:]):
            return f"phone/{plus[1:]}"
        case [plus] if plus.startswith("+") and _HASH_PART.match(plus[1:]):
            return f"invite/{plus[1:]}"
        case ["c", *numbers] if 1 <= len(numbers) <= 3 and all(map(_NUMBER.match, numbers)):
            return "/".join(("private", numbers[0], *numbers[1:][-1:]))
        case ["s", user, *numbers] | [user, *numbers] if _USER.match(user.lower()) and user.lower() not in _NO_USERS:
            user = user.lower()
            if not numbers:
                return f"channel/{user}"
            if len(numbers) == 2 and numbers[0] == "s" and _NUMBER.match(numbers[1]):
                return f"story/{user}/{numbers[1]}"
            if len(numbers) <= 2 and all(map(_NUMBER.match, numbers)):
                return f"post/{user}/{numbers[-1]}"
    return ""
