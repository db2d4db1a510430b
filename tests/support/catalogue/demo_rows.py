"""A catalogue in a ledger, and a pipeline without networks, for tests of embedded mode."""

from threading import Event

from sqlalchemy import Engine, insert

from shared.contracts.jobs import Claim
from shared.contracts.results import PictureKeys, PictureResult, Provenance, Region, Shade
from shared.contracts.stages import Code, Stage
from shared.database.models import Batch, Catalogue, Job, Product, ProductImage
from shared.errors import StageError
from shared.outage import Tell

NAVY = Shade("#1b2a4a", (17.5, 3.25, -21.0), 0.75, "midnight", "navy")


def add_catalogue(engine: Engine, name: str, urls: list[str]) -> None:
    """Add one product with one picture and a pending job for each URL."""
    with engine.begin() as connection:
        catalogue = connection.scalar(insert(Catalogue).values(name=name).returning(Catalogue.id))
        batch = connection.scalar(insert(Batch).values(catalogue_id=catalogue).returning(Batch.id))
        for number, url in enumerate(urls):
            product = connection.scalar(
                insert(Product)
                .values(catalogue_id=catalogue, sku=f"{name}-{number}")
                .returning(Product.id)
            )
            image = connection.scalar(
                insert(ProductImage).values(product_id=product, url=url).returning(ProductImage.id)
            )
            connection.execute(insert(Job).values(image_id=image, batch_id=batch))


class PlainPipeline:
    """Takes claims to results by what their URL says, at once: no network, no pixels.

    ``…/gone`` is not there, ``…/busy/N`` fails N times for a moment, anything else is navy.
    """

    batch = 1

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def load(self, claim: Claim) -> Claim:
        self.loaded.append(claim.url)
        if claim.url.endswith("/gone"):
            raise StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "HTTP 404")
        _, busy, times = claim.url.partition("/busy/")
        if busy and claim.attempts <= int(times):
            raise StageError(Stage.FETCH, Code.FETCH_SERVER_ERROR, "HTTP 503", retry=True)
        return claim

    def wait_until_able(self, stop: Event, seconds: float, tell: Tell) -> bool:
        return True

    def analyse(self, loaded: Claim) -> Claim:
        return loaded

    def finish(self, analysis: Claim) -> PictureResult:
        sha256 = f"{analysis.job_id:064d}"
        return PictureResult(
            image_sha256=sha256,
            size_hw=(768, 512),
            subject="person",
            score=0.9,
            box_yxyx=(0, 0, 10, 10),
            shades={Region.CLOTHES: (NAVY,)},
            confidence=0.8,
            keys=PictureKeys("cutout.png", crop="crop.jpg", thumbnail="thumbnail.jpg"),
            provenance=Provenance(sha256, "1", {}, "1", "1"),
            timings_ms={"fetch": 1.0},
        )
