"""TLS to the broker: what a URL of ``rediss://`` or ``amqps://`` says, as each client wants it.

A server's certificate and its name are always checked, unless the URL says ``ssl_cert_reqs=none``:
left to themselves, kombu checks neither of Redis, and py-amqp not the name of RabbitMQ.
"""

import ssl
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from shared.errors import SettingsError

_FILES: Final = {"ssl_ca_certs": "ca_certs", "ssl_certfile": "certfile", "ssl_keyfile": "keyfile"}
"""Options that name a file, and what py-amqp calls them."""

_CHECKS: Final = "ssl_cert_reqs"


def split_tls(broker_url: str) -> tuple[str, dict[str, Any] | None]:
    """Return the URL without its TLS options, and what Celery's ``broker_use_ssl`` is to be.

    Of several URLs (``;``) the first one's options hold for all.

    Raises:
        SettingsError: an option is unknown, or a file that it names cannot be read.
    """
    urls = broker_url.split(";")
    bare, options = _split(urls[0])
    scheme = urlsplit(bare).scheme
    bare = ";".join([bare, *(_split(url)[0] for url in urls[1:])])
    if scheme not in ("rediss", "amqps"):
        return bare, None
    checks = options.pop(_CHECKS, "required") not in ("none", "CERT_NONE")
    files = {name: _file(name, value) for name, value in options.items()}
    required = ssl.CERT_REQUIRED if checks else ssl.CERT_NONE
    if scheme == "rediss":
        return bare, {_CHECKS: required, "ssl_check_hostname": checks, **files}
    # Without the key no name is checked. In the place of None kombu puts each URL's own host, but
    # 127.0.0.1 for localhost.
    host = None if len(urls) > 1 else urlsplit(bare).hostname
    name = {"server_hostname": host} if checks else {}
    renamed = {_FILES[option]: value for option, value in files.items()}
    return bare, {"cert_reqs": required, **name, **renamed}


def _split(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = {name: value for name, value in pairs if name.startswith("ssl_")}
    if not options:
        return url, {}
    rest = urlencode([pair for pair in pairs if pair[0] not in options])
    return urlunsplit(parts._replace(query=rest)), options


def _file(name: str, value: str) -> str:
    if name not in _FILES:
        known = ", ".join((*_FILES, _CHECKS))
        raise SettingsError(f"CELERY_BROKER_URL: there is no option {name!r}; there are {known}")
    try:
        Path(value).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"CELERY_BROKER_URL: {name}: cannot read {value}: {error.strerror}"
        ) from None
    return value
