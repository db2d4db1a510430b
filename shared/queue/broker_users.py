"""Users of Redis and Valkey: what each part of an installation may do with a broker."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from shared.queue.celery_app import control_names, key_prefix
from shared.settings import DEFAULT_PREFIX, Settings

USERS: Final = ("producer", "worker", "hook", "web")
"""The parts that log in at the broker; the others ask it nothing."""

_WORKS: Final = (
    "ping hello select info lpush rpush llen sadd srem smembers brpop zadd zrem zrange"
    " zrangebyscore zscore time pexpire hset hget hdel set get del exists expire watch unwatch"
    " multi exec evalsha script|load script|exists publish subscribe psubscribe unsubscribe"
    " punsubscribe"
)
_PUBLISHES: Final = "ping hello select lpush llen sadd smembers multi exec"


def user_name(part: str, settings: Settings) -> str:
    """Return the name of a part's user: with the prefix, where it is another than the default."""
    prefix = settings.queue_prefix
    return part if prefix == DEFAULT_PREFIX else f"{prefix}-{part}"


def acl_lines(settings: Settings, passwords: Mapping[str, str]) -> Sequence[str]:
    """Return the lines of an ACL file for the installation of these settings.

    Args:
        settings: the prefix of queues and keys; the number of Redis' database.
        passwords: of each part, hashed here; a part without one gets a word to be replaced.

    Returns:
        A line for each user. ``default`` is off, and ``health`` may ping: a server has both once,
        whatever uses it.
    """
    prefix, before = settings.queue_prefix, key_prefix(settings)
    control, events = control_names(settings)
    number = urlsplit(settings.broker_url).path.strip("/") or "0"
    own = f"~{before}{prefix}.* ~{before}_kombu.binding*"
    work = f"{own} ~{before}unacked* ~{before}*.{control}*"
    channels = f"&{before}/{number}.{control} &{before}/{number}.{events}/*"
    rights = {
        "producer": f"{work} {channels} {_allowed(_WORKS)}",
        "worker": f"{work} {channels} {_allowed(_WORKS)}",
        "hook": f"{own} {_allowed(_PUBLISHES)}",
        "web": f"{own} {_allowed(_PUBLISHES)}",
    }
    return (
        "user default off",
        *(
            f"user {user_name(part, settings)} on {_password(part, passwords)}"
            f" resetkeys resetchannels -@all {rights[part]}"
            for part in USERS
        ),
        "user health on nopass resetkeys resetchannels -@all +ping",
    )


def _allowed(commands: str) -> str:
    return " ".join(f"+{command}" for command in commands.split())


def _password(part: str, passwords: Mapping[str, str]) -> str:
    if part in passwords:
        return f"#{sha256(passwords[part].encode()).hexdigest()}"
    return f">{part.upper()}-PASSWORD"
