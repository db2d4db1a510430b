"""What can be set of decoding pictures: where it is done, how long it may take, in what memory."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class DecodeSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that the stage ``decode`` reads."""

    max_image_pixels: int = Field(60_000_000, gt=0)
    """The most pixels that are decoded of one picture."""

    decoder: Literal["process", "inline"] = "process"
    """Where pictures are decoded: in processes that hold no secret and can be lost, or ``inline``,
    in the process that needs them, without limits of time and memory."""

    decode_timeout_s: float = Field(15.0, gt=0)
    """How long decoding one picture may take."""

    decoder_memory_bytes: int = Field(2_000_000_000, ge=50_000_000)
    """The most memory that all pictures take that are being decoded, together."""
