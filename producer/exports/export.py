"""Export: a catalogue's answers written to a file, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from producer.catalogue.reader import OnBad, ProductReader
from producer.exports.formats import LeftOut, Writer


@dataclass(slots=True)
class Exported:
    """How many products were written, and how many left out because of what they hold.

    Of ``remarked`` ones, which were written, something was left out.
    """

    products: int = 0
    left_out: int = 0
    remarked: int = 0


def export(
    reader: ProductReader, writer: Writer, on_progress: Callable[[int], None] | None = None
) -> Exported:
    """Write every product that the reader finds; return the numbers.

    A product that does not belong into the export is told to the reader's ``on_bad`` and left out;
    so are remarks on those that were written.
    ``on_progress`` hears how many products were written so far.
    """
    done = Exported()
    on_bad: OnBad = reader.on_bad

    def leave_out(sku: str, reason: str) -> None:
        done.left_out += 1
        on_bad(sku, reason)

    reader.on_bad = leave_out
    for page in reader.pages():
        for product in page:
            try:
                remark = writer.add(product)
            except LeftOut as error:
                leave_out(product.sku, str(error))
                continue
            done.products += 1
            if remark is not None:
                done.remarked += 1
                on_bad(product.sku, remark)
        if on_progress is not None:
            on_progress(done.products)
    writer.end()
    return done
