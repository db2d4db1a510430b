"""How a process connects to the broker, comes back to it, and keeps away from others'."""

from typing import Any, Final

from celery.app.amqp import AMQP
from kombu import Connection

from shared.errors import SettingsError
from shared.queue.broker_tls import split_tls
from shared.settings import NO_BROKER, get_settings

LONGEST_RECONNECT_S: Final = 5.0
"""How long a worker that has lost its broker waits between two tries, at most."""


class _PersistentConnection(Connection):
    """Tries to reach a lost broker every few seconds, however long it has been away.

    Kombu's waits grow to half a minute, and Celery has no setting for that.
    """

    def __init__(self, hostname: str = "localhost", *args: Any, **kwargs: Any) -> None:
        # Here, not in Celery's settings: it takes its own variable before them.
        if "://" in hostname:
            hostname, tls = split_tls(hostname)
            kwargs |= {} if tls is None else {"ssl": tls}
        super().__init__(hostname, *args, **kwargs)

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        waits = {"interval_start": 1, "interval_step": 1, "interval_max": LONGEST_RECONNECT_S}
        return super().ensure_connection(*args, **waits | kwargs)

    def get_transport_cls(self) -> Any:
        """Return the transport; that of Redis refuses what is no message."""
        if self.transport_cls in ("redis", "rediss"):
            # Here, because only who uses Redis needs its client.
            from shared.queue.redis_transport import GuardedTransport  # noqa: PLC0415

            return GuardedTransport
        return super().get_transport_cls()


class PatientAmqp(AMQP):
    """What Celery connects with."""

    Connection = _PersistentConnection


class NoBroker(AMQP):
    """Of embedded mode: a Redis that happens to run on this machine is none of ours."""

    class Connection(_PersistentConnection):
        """Raises SettingsError, unless a broker is set by now: Celery, too, looks each time."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            if get_settings().embedded:
                raise SettingsError(NO_BROKER)
            super().__init__(*args, **kwargs)
