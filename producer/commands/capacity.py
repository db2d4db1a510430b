"""The command ``capacity``: what a night of a given number of pictures takes, and costs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag

if TYPE_CHECKING:
    from producer.status.capacity import Capacity, Costs, Workload

_MB: Final = 1e6
_GB: Final = 1e9


def capacity(
    *,
    pictures: Annotated[int, typer.Option(min=1, help="Number of pictures.")] = 10_000_000,
    hours: Annotated[float, typer.Option(min=0.1, help="Length of the night in hours.")] = 8.0,
    spare: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of each worker's time kept in reserve.")
    ] = 0.2,
    pictures_per_second: Annotated[
        float,
        typer.Option(
            min=0.001, help="Pace of one worker, as `make bench ONLY=distributed` measures it."
        ),
    ] = 13.7,
    picture_kb: Annotated[
        float, typer.Option(min=1, help="Average size of the shop's pictures in kilobytes.")
    ] = 61.0,
    stored_kb: Annotated[
        float, typer.Option(min=1, help="Kilobytes of what is stored of a picture, together.")
    ] = 51.0,
    worker_price: Annotated[float, typer.Option(min=0, help="Price of a worker per hour.")] = 0.1,
    puts_price: Annotated[
        float, typer.Option(min=0, help="Price of a thousand PUT requests to the object store.")
    ] = 0.005,
    storage_price: Annotated[
        float, typer.Option(min=0, help="Price of a gigabyte stored for a month.")
    ] = 0.023,
    as_json: JsonFlag = False,
) -> None:
    """Estimate how many workers a night needs, and the load on database, broker and object store.

    The defaults were measured on two cores without a GPU (docs/capacity.md says how). Measure the
    pace of your own worker and give your own prices, in any currency.
    """
    # Here, so that showing help stays quick.
    from producer.status.capacity import Costs, Prices, Workload, plan  # noqa: PLC0415
    from shared.queue.dispatch import MAX_QUEUE_DEPTH  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    night = Workload(pictures, hours, spare, get_settings().chunk_size)
    costs = Costs(
        pictures_per_s=pictures_per_second,
        picture_bytes=picture_kb * 1000,
        stored_bytes=stored_kb * 1000,
    )
    prices = Prices(worker_price, puts_price, storage_price)
    planned = plan(night, costs, prices, MAX_QUEUE_DEPTH)
    if as_json:
        facts = {"night": asdict(night), "costs": asdict(costs), "prices": asdict(prices)}
        print_json({**facts, "takes": asdict(planned)})
        return
    width = max(len(what) for what, _ in _rows(night, costs, planned))
    for what, value in _rows(night, costs, planned):
        typer.echo(f"{what:<{width}}  {value}")


def _rows(night: "Workload", costs: "Costs", planned: "Capacity") -> list[tuple[str, str]]:
    from producer.status.durations import spell  # noqa: PLC0415

    waiting = f"at most {planned.broker_bytes / _MB:,.0f} MB"
    return [
        ("pictures", f"{night.pictures:,} in {night.hours:g} h: {planned.pictures_per_s:,.0f}/s"),
        (
            "workers",
            f"{planned.workers:,} at {costs.pictures_per_s:g} pictures/s, "
            f"{night.spare:.0%} in reserve",
        ),
        ("enqueuing", f"{spell(planned.enqueue_s)} by one producer"),
        (
            "broker",
            f"{planned.notifications:,} notifications, {planned.notifications_per_s:,.1f}/s, "
            f"{waiting} waiting",
        ),
        (
            "database",
            f"{planned.database_cores:,.1f} cores busy, {planned.database_bytes / _GB:,.0f} GB of "
            "rows if all products are new",
        ),
        ("shop's servers", f"{planned.fetched_bytes_per_s / _MB:,.0f} MB/s"),
        (
            "store",
            f"{planned.puts_per_s:,.0f} objects/s, {planned.stored_bytes / _GB:,.0f} GB in all",
        ),
        (
            "price",
            f"{planned.price:,.2f}: workers {planned.price_of_workers:,.2f}, objects put "
            f"{planned.price_of_puts:,.2f}; storage {planned.price_of_storage_a_month:,.2f} a "
            "month",
        ),
    ]
