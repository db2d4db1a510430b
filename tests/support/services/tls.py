"""Servers that take TLS alone, started by a test with a certificate made by the test."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import psycopg
import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kombu import Connection

from tests.support.services import free_port, program, tell_absent

NAME: Final = "localhost"
"""The name in the certificates; 127.0.0.1, where the servers listen, is not in them."""


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and a server's key and certificate of it."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"


def make_authority(folder: Path) -> Authority:
    folder.mkdir(parents=True)
    made = Authority(folder)
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    ca = _builder(issuer, issuer, root.public_key(), is_ca=True).sign(root, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("::1"))])
    builder = _builder(subject, issuer, key.public_key(), is_ca=False)
    server = builder.add_extension(names, critical=False).sign(root, hashes.SHA256())
    made.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    made.key.chmod(0o600)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, is_ca: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    constraints = x509.BasicConstraints(ca=is_ca, path_length=None)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(constraints, critical=True)
    )


@contextmanager
def tls_postgres(folder: Path, authority: Authority) -> Generator[str]:
    """Start a PostgreSQL that lets in nobody without TLS; yield ``host:port`` behind the scheme."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, homes), os.environ.get("PATH", "")])
    initdb, postgres = shutil.which("initdb", path=path), shutil.which("postgres", path=path)
    if initdb is None or postgres is None:
        tell_absent("PostgreSQL", None, "initdb and postgres are not installed")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    folder.mkdir()
    key = folder / "server.key"
    shutil.copy(authority.key, key)
    if user is not None:
        for each in (folder, key):
            shutil.chown(each, user)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and "pytest-of-" in str(parent):
                parent.chmod(parent.stat().st_mode | 0o011)
        authority.folder.chmod(0o755)
    data = folder / "data"
    make = [initdb, "-D", str(data), "-A", "trust", "-U", "postgres", "-N"]
    subprocess.run(make, cwd=folder, user=user, check=True, capture_output=True)
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust\n")
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "fsync": "off",
        "ssl": "on",
        "ssl_key_file": str(key),
        "ssl_cert_file": str(authority.certificate),
    }
    args = [postgres, "-D", str(data), "-p", str(port), "-k", str(folder)]
    args += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=require"
    with program(args, folder, lambda: psycopg.connect(url, connect_timeout=3).close(), user):
        yield f"{port}"


@contextmanager
def tls_redis(folder: Path, authority: Authority) -> Generator[str]:
    """Start a Redis without a plain port; yield its port."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        tell_absent("Redis", None, "neither redis-server nor valkey-server is installed")
    folder.mkdir()
    port = free_port()
    args = [binary, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", ""]
    args += ["--tls-cert-file", str(authority.certificate), "--tls-key-file", str(authority.key)]
    args += ["--tls-ca-cert-file", str(authority.ca), "--tls-auth-clients", "no"]
    url = f"rediss://{NAME}:{port}/0?ssl_ca_certs={authority.ca}"
    with redis.Redis.from_url(url) as client, program(args, folder, client.ping):
        yield f"{port}"


@contextmanager
def tls_rabbitmq(
    folder: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Generator[str]:
    """Start a RabbitMQ without a plain port; yield its port."""
    binary = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    if not binary.exists():
        tell_absent("RabbitMQ", None, f"{binary} is not installed")
    folder.mkdir()
    port = free_port()
    config = folder / "rabbitmq.conf"
    config.write_text(
        f"listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{port}\n"
        f"ssl_options.cacertfile = {authority.ca}\nssl_options.certfile = {authority.certificate}\n"
        f"ssl_options.keyfile = {authority.key}\nssl_options.verify = verify_none\n"
    )
    environment = {
        "RABBITMQ_NODENAME": f"tls{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "HOME": str(folder),  # for its cookie
    }
    (folder / "plugins").write_text("[].\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options = {"ca_certs": str(authority.ca), "server_hostname": NAME}

    def ready() -> None:
        url = f"amqp://guest:guest@{NAME}:{port}//"
        with Connection(url, ssl=options, connect_timeout=5) as connection:
            connection.ensure_connection(max_retries=1, timeout=5)

    with program([str(binary)], folder, ready):
        yield f"{port}"
