"""What can be set of the web hook: who is let in, and how much any of them may ask of it."""

from pydantic import Field
from pydantic_settings import BaseSettings


class EventSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that ``colourway serve`` reads."""

    events_token: str | None = Field(None, min_length=16, repr=False)
    """What senders of upload events to ``colourway serve`` show: ``Authorization: Bearer``."""

    events_token_previous: str | None = Field(None, min_length=16, repr=False)
    """The token before it, let in as well until every sender has the new one."""

    events_secret: str | None = Field(None, min_length=16, repr=False)
    """Key with which such senders sign the time and the body (HMAC-SHA256) instead."""

    events_secret_previous: str | None = Field(None, min_length=16, repr=False)
    """The key before it, let in as well until every sender has the new one."""

    events_signature_window_s: float = Field(300.0, gt=0)
    """How far a signature's time may be from this machine's, before or after."""

    events_untimed_signatures: bool = False
    """Whether signatures of the body alone are let in, which whoever saw one may send for ever."""

    max_event_bytes: int = Field(1_048_576, gt=0)
    """The most bytes of one message to ``colourway serve``."""

    events_timeout_s: float = Field(10.0, gt=0)
    """How long a client may take for a request's head, again for its body, and for the answer."""

    events_connections: int = Field(1000, ge=20)
    """The most connections at a time; beyond it the one goes that has kept us waiting longest."""

    events_per_second: float = Field(1000.0, ge=0)
    """Messages a second from one address, on average over ten; 0: no limit."""
