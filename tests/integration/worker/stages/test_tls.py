import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.settings import get_settings
from tests.support.forward_proxy import ForwardProxy
from tests.support.picture_server import PICTURE, PictureServer
from worker.stages.fetch import Fetcher


def write_certificate(folder: Path, host: str) -> Path:
    """A self-signed certificate with its key, for one host, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class Secure:
    server: PictureServer
    names_asked_for: list[str | None] = field(default_factory=list[str | None])


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secure]:
    """A server with a certificate for ``localhost`` that this process trusts."""
    certificate = write_certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    secure = Secure(PictureServer(tls=context))
    context.sni_callback = lambda _socket, name, _context: secure.names_asked_for.append(name)
    with secure.server:
        yield secure


@pytest.fixture
def fetcher(secure: Secure) -> Iterator[Fetcher]:
    networks = "127.0.0.0/8, ::1/128"
    with Fetcher(get_settings(allowed_networks=networks, fetch_timeout_s=10.0)) as made:
        yield made


def test_the_certificate_is_held_against_the_name_not_the_address(
    secure: Secure, fetcher: Fetcher
) -> None:
    fetched = fetcher.fetch(f"https://localhost:{secure.server.port}/good.jpg")

    assert fetched.content == PICTURE
    assert secure.names_asked_for == ["localhost"]


def test_a_certificate_for_another_name_is_refused(secure: Secure, fetcher: Fetcher) -> None:
    with pytest.raises(StageError, match="certificate") as caught:
        fetcher.fetch(f"https://127.0.0.1:{secure.server.port}/good.jpg")

    assert caught.value.code is Code.FETCH_UNREACHABLE
    assert not secure.server.seen


def test_an_untrusted_certificate_is_refused(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with (
        Fetcher(get_settings(allowed_networks="127.0.0.0/8, ::1/128")) as fetcher,
        pytest.raises(StageError, match="certificate") as caught,
    ):
        fetcher.fetch(f"https://localhost:{secure.server.port}/good.jpg")

    assert caught.value.code is Code.FETCH_UNREACHABLE
    assert not secure.server.seen


def test_a_tunnel_leaves_the_certificate_to_us(secure: Secure) -> None:
    url = f"https://localhost:{secure.server.port}/good.jpg"
    with ForwardProxy() as proxy:
        way = f"http://127.0.0.1:{proxy.port}"
        with Fetcher(get_settings(allowed_networks="127.0.0.0/8", fetch_proxy=way)) as fetcher:
            assert fetcher.fetch(url).content == PICTURE

    assert proxy.heads[0].startswith(f"CONNECT localhost:{secure.server.port} HTTP/1.1\r\n")
    assert secure.names_asked_for == ["localhost"]
    assert "good.jpg" not in proxy.heads[0]
