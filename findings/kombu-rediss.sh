#!/usr/bin/env bash
# kombu accepts whatever certificate a server shows at rediss://, though redis-py alone does not.
#
# Expected: rediss:// is Redis over TLS: a certificate of nobody's is refused, as redis-py refuses it
#     with the same URL, unless the URL says otherwise (?ssl_cert_reqs=none).
# What happens: given the URL without options, kombu finishes the handshake with a self-signed
#     certificate that is for another name. With ?ssl_cert_reqs=required it refuses.
# Versions: kombu 5.7.0, redis 8.1.0 (Celery's transport for Redis).
# Why it matters: nobody who changes redis:// to rediss:// sees that whoever stands between can still
#     read and write every message.
# What Colourway does: it gives kombu the options itself: certificate and name are checked unless the
#     URL says ssl_cert_reqs=none (shared/queue/broker_tls.py).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check kombu==5.7.0 redis==8.1.0 \
    packaging==26.3 cryptography==50.0.2
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import datetime
import socket
import ssl
import sys
import threading
from pathlib import Path

import kombu
import kombu.exceptions
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def self_signed(name):
    """A certificate that no authority knows, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = Path("server.pem")
    file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return file


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(self_signed("another.example"))
context.maximum_version = ssl.TLSVersion.TLSv1_2  # its handshake ends only when both agree
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
finished = []


def serve():
    while True:
        connection, _ = listener.accept()
        try:
            secured = context.wrap_socket(connection, server_side=True)
            finished.append(True)
            secured.close()
        except (ssl.SSLError, OSError):
            pass
        finally:
            connection.close()


threading.Thread(target=serve, daemon=True).start()


def accepts(connect):
    """Whether a client finishes the handshake."""
    finished.clear()
    try:
        connect()
    except (kombu.exceptions.OperationalError, redis.ConnectionError):
        pass  # either the certificate, or a server that hangs up after the handshake
    return bool(finished)


def by_kombu(query=""):
    with kombu.Connection(f"rediss://127.0.0.1:{port}/0{query}", connect_timeout=3) as connection:
        connection.default_channel.client.ping()


def by_redis():
    redis.Redis.from_url(f"rediss://127.0.0.1:{port}/0", socket_timeout=3).ping()


seen = {
    "redis-py": accepts(by_redis),
    "kombu": accepts(by_kombu),
    "kombu, ?ssl_cert_reqs=required": accepts(lambda: by_kombu("?ssl_cert_reqs=required")),
}
print(f"kombu {kombu.__version__}, redis {redis.__version__}")
for who, accepted in seen.items():
    print(f"{who}: {'accepts' if accepted else 'refuses'} a certificate of nobody's")
if list(seen.values()) != [False, True, False]:
    sys.exit("CHANGED: kombu and redis-py no longer differ over rediss://")
EOF
