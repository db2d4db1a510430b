"""What pages and the API read the catalogue with: made once, when the service starts."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Request
from sqlalchemy import Engine

from producer.search.asked_colour import ColourReader
from producer.search.indexing import Indexer
from producer.search.rows import RowMaker
from producer.search.word_table import WordTable
from shared.catalogue.translations import Words
from shared.colour.naming import Naming
from shared.contracts.results import MULTI
from shared.settings import Settings
from shared.storage.storage import Storage, open_storage
from web.catalogue.picture_links import PictureLinks


@dataclass(frozen=True)
class CatalogueServices:
    """The catalogue of one service: its engine, what it knows of colours, and its pictures.

    ``indexer`` keeps the search rows up to date while the service runs.
    """

    engine: Engine
    naming: Naming
    colours: ColourReader
    words: Words
    word_table: WordTable
    indexer: Indexer
    storage: Storage
    links: PictureLinks

    @cached_property
    def families(self) -> Mapping[str, str | None]:
        """The families, each with the colour that stands for it; ``multi`` has none."""
        found: dict[str, str | None] = {}
        for row in self.naming.rows:
            if row.family not in found or row.name == row.family:
                found[row.family] = row.hex
        return found | {MULTI: None}

    @classmethod
    def open(cls, settings: Settings, engine: Engine) -> "CatalogueServices":
        """Read tables and words, and open the storage. Raises NamingError, LexiconError, …"""
        naming = Naming.load(settings.naming)
        return cls(
            engine=engine,
            naming=naming,
            colours=ColourReader.load(naming, settings.lexicon, settings.words),
            words=Words.load(settings.language, settings.words),
            word_table=WordTable(),
            indexer=Indexer(engine, RowMaker.load(naming, settings.lexicon)),
            storage=open_storage(settings),
            links=PictureLinks.of(settings.web_secret, settings.heads),
        )


@asynccontextmanager
async def catalogue_lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open the services while an application runs, and keep its search rows up to date."""
    services = CatalogueServices.open(app.state.settings, app.state.engine)
    app.state.catalogue = services
    with services.indexer:
        yield


async def _services(request: Request) -> CatalogueServices:
    return cast("CatalogueServices", request.app.state.catalogue)


Services = Annotated[CatalogueServices, Depends(_services)]
"""The services, as a parameter's type."""
