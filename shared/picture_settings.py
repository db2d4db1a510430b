"""What can be set of a picture's colours, and of what is stored of it."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from shared.comma_list import split_list
from shared.contracts.results import CutoutFormat, Heads, MissingPiece, StoredKind, WhiteBalance


class PictureSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that the stages from ``colours`` on read."""

    white_balance: WhiteBalance = "off"
    """Whether the light's colour is taken out of a picture before its colours are read: judged by
    a plain, nearly neutral backdrop, or by the picture's mean (docs/colours.md)."""

    missing_piece: MissingPiece = "nothing"
    """The colours of a product whose piece is not in its picture: nothing, or the outfit's."""

    keep_people: bool = True
    """Whether the colours of skin and hair are stored; without them, they still keep the colours of
    clothes clean."""

    heads: Heads = "keep"
    """What becomes of people's heads in stored pictures: ``keep``, ``blur`` or ``cut``."""

    store: Annotated[tuple[StoredKind, ...], NoDecode] = (StoredKind.CUTOUT, StoredKind.OUTFIT)
    """What is stored of a picture, comma-separated: ``cutout`` (always), ``outfit``, ``crop``,
    ``thumbnail``."""

    cutout_format: CutoutFormat = "webp"
    """The files of cut-outs: ``webp``, or ``png``, without loss and six times as large."""

    crop_side: int = Field(1536, ge=64, le=16_383)
    """Photos with a longer side than this are cut at this size, in pixels; WebP can hold no more
    than 16,383."""

    @field_validator("store", mode="before")
    @classmethod
    def _split_store(cls, names: object) -> object:
        return split_list(names)

    @field_validator("store")
    @classmethod
    def _store_the_cutout(cls, kinds: tuple[StoredKind, ...]) -> tuple[StoredKind, ...]:
        if StoredKind.CUTOUT not in kinds:
            raise ValueError("must hold cutout: pages and exports show it")
        return kinds
