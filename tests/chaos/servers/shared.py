"""The servers of a run: started when first asked for, shared by its scenarios in turn."""

from pathlib import Path

from tests.chaos.servers.brokers import BROKERS, Broker
from tests.chaos.servers.server import ObjectStore, Postgres
from tests.chaos.workers.nursery import Nursery


class Servers:
    """PostgreSQL, S3, one broker and the nursery; asking for one that is down starts it again.

    With ``beside`` all but the broker are those of other servers, which close them.
    """

    def __init__(self, folder: Path, broker: str, beside: "Servers | None" = None) -> None:
        self._beside = beside
        self._folder = folder
        self._kind = broker
        self._postgres: Postgres | None = None
        self._broker: Broker | None = None
        self._objects: ObjectStore | None = None
        self._nursery: Nursery | None = None

    @property
    def postgres(self) -> Postgres:
        if self._beside is not None:
            return self._beside.postgres
        if self._postgres is None:
            self._postgres = Postgres(self._folder / "postgres")
        self._postgres.ensure()
        return self._postgres

    @property
    def broker(self) -> Broker:
        if self._broker is None:
            self._broker = BROKERS[self._kind](self._folder / self._kind)
        self._broker.ensure()
        return self._broker

    @property
    def objects(self) -> ObjectStore:
        if self._beside is not None:
            return self._beside.objects
        if self._objects is None:
            self._objects = ObjectStore(self._folder / "s3")
        self._objects.ensure()
        return self._objects

    @property
    def nursery(self) -> Nursery:
        if self._beside is not None:
            return self._beside.nursery
        if self._nursery is None:
            self._nursery = Nursery()
        return self._nursery

    def close(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
        for server in (self._postgres, self._broker, self._objects):
            if server is not None:
                server.close()
