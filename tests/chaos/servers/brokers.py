"""The two brokers, each with the same few things that the suite does to it."""

import shutil
import subprocess
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import redis
from kombu import Connection

from shared.queue.celery_app import WORDS, queue_name
from tests.chaos.servers.server import Server, program_named, unprivileged
from tests.support.services import free_ports


class Broker(Server):
    """A message broker; ``url`` is what ``CELERY_BROKER_URL`` becomes."""

    kind: str

    @abstractmethod
    def url_at(self, port: int) -> str:
        """Return the URL under which the same broker is found at another port."""

    @property
    def url(self) -> str:
        return self.url_at(self.port)

    @abstractmethod
    def empty(self) -> None:
        """Throw away every message while the broker runs."""

    @abstractmethod
    def waiting(self) -> dict[str, int]:
        """Return how many messages wait, by queue."""


class Redis(Broker):
    """Redis or Valkey, in memory alone."""

    name = "Redis"
    kind = "redis"

    def __init__(self, folder: Path) -> None:
        self._program = program_named("redis-server", "valkey-server")
        super().__init__(folder)
        self.start()

    def arguments(self) -> list[str]:
        return [
            *(self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
            *("--dir", str(self.folder)),
        ]

    def check(self) -> None:
        with self.client() as client:
            client.ping()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_connect_timeout=3)

    def url_at(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def wipe(self) -> None:
        pass  # it writes nothing down

    def empty(self) -> None:
        with self.client() as client:
            client.flushall()

    def waiting(self) -> dict[str, int]:
        with self.client() as client:
            return {word: int(client.llen(queue_name(word))) for word in WORDS}


class RabbitMq(Broker):
    """RabbitMQ: a node of its own, with an Erlang port mapper of its own."""

    name = "RabbitMQ"
    kind = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        # Not the wrapper in /usr/sbin: it insists on a user and changes the folder.
        places = [Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"), Path("/usr/sbin")]
        self._program = program_named("rabbitmq-server", beside=places)
        epmd = program_named("epmd")
        super().__init__(folder, unprivileged("rabbitmq"))
        self._distribution_port, self._mapper_port = free_ports(2)
        cookie = folder / ".erlang.cookie"
        cookie.write_text("COLOURWAYCHAOS")
        cookie.chmod(0o600)
        (folder / "enabled_plugins").write_text("[].")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            "disk_free_limit.absolute = 50MB\nlog.console = true\nlog.file = false\n"
        )
        if self.user is not None:
            for made in folder.iterdir():
                shutil.chown(made, self.user)
        self._mapper = subprocess.Popen(
            [epmd, "-port", str(self._mapper_port), "-address", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
        )
        self.start()

    def arguments(self) -> list[str]:
        return [self._program]

    def environment(self) -> Mapping[str, str]:
        folder = self.folder
        return {
            "HOME": str(folder),
            "RUNNING_UNDER_SYSTEMD": "true",  # or a shell stands between us and the broker
            "RABBITMQ_NODENAME": f"chaos{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            # Two schedulers are plenty, and busy waiting would take the processor from the workers.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def check(self) -> None:
        with self.connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)

    def connection(self) -> Connection:
        return Connection(self.url, connect_timeout=3)

    def url_at(self, port: int) -> str:
        return f"amqp://guest:guest@127.0.0.1:{port}//"

    def wipe(self) -> None:
        shutil.rmtree(self.folder / "mnesia", ignore_errors=True)

    def empty(self) -> None:
        for word in WORDS:
            with self.connection() as connection:
                try:
                    connection.default_channel.queue_purge(queue_name(word))
                except connection.channel_errors:
                    continue  # no worker has made it yet

    def waiting(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for word in WORDS:
            with self.connection() as connection:
                try:
                    asked = connection.default_channel.queue_declare(queue_name(word), passive=True)
                    found[word] = int(asked.message_count)
                except connection.channel_errors:
                    found[word] = 0
        return found

    def close(self) -> None:
        self.stop()
        self._mapper.kill()
        self._mapper.wait()


BROKERS: Final[dict[str, type[Broker]]] = {"redis": Redis, "rabbitmq": RabbitMq}
