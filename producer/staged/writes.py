"""What a promotion or a rollback writes: staged results, pictures, and products."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from producer.staged.batch import StagedPicture
from shared.catalogue.product_answer import ANSWER_COLUMNS, Answer
from shared.database.models import Product, ProductImage, StagedResult
from shared.ledger.staged_results import from_json


def write_staged_results(
    connection: Connection,
    batch_id: int,
    pictures: Sequence[StagedPicture],
    promoted_at: datetime | None,
) -> None:
    """Note when staged results were promoted, and what stood there; None takes it back."""
    if not pictures:
        return
    connection.execute(
        update(StagedResult)
        .where(
            StagedResult.batch_id == batch_id,
            StagedResult.product_id == bindparam("its_product"),
            StagedResult.image_id == bindparam("its_image"),
        )
        .values(before=bindparam("kept"), promoted_at=promoted_at),
        [
            {
                "its_product": picture.product_id,
                "its_image": picture.id,
                "kept": None if promoted_at is None else picture.to_keep(),
            }
            for picture in pictures
        ],
    )


def write_pictures(connection: Connection, new: Mapping[int, Mapping[str, Any]]) -> None:
    """Write new values of columns to pictures, by their ids."""
    # Staged results of another version may hold other columns.
    for columns in sorted({tuple(sorted(each)) for each in new.values()}):
        connection.execute(
            update(ProductImage)
            .where(ProductImage.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in columns}),
            [
                {"key": key, **{f"new_{name}": value for name, value in from_json(each).items()}}
                for key, each in new.items()
                if tuple(sorted(each)) == columns
            ],
        )


def write_products(
    connection: Connection, answers: Mapping[int, Answer | None], now: datetime
) -> None:
    """Write new answers to products, by their ids; None empties one."""
    if not answers:
        return
    nothing = dict.fromkeys(ANSWER_COLUMNS)
    set_to: dict[str, Any] = {"updated_at": now}
    set_to |= {name: bindparam(f"new_{name}") for name in (*ANSWER_COLUMNS, "enriched_at")}
    connection.execute(
        update(Product).where(Product.id == bindparam("key")).values(set_to),
        [
            {
                "key": key,
                "new_enriched_at": now if answer else None,
                **{
                    f"new_{name}": value
                    for name, value in (answer.columns() if answer else nothing).items()
                },
            }
            for key, answer in answers.items()
        ],
    )
