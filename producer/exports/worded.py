"""Exports in a shop's own language: names, and for shoppers families too, put into words."""

from dataclasses import dataclass, replace

from producer.catalogue.reader import AnsweredProduct
from producer.exports.formats import ExportFormat, Writer
from shared.catalogue.translations import ENGLISH, Words

_FOR_SHOPPERS = (ExportFormat.MERCHANT, ExportFormat.JSONLD)


@dataclass(frozen=True, slots=True)
class WordedWriter:
    """Translates products' words, and passes them on to another writer.

    Programs that read an export filter by families, so these stay keys unless ``families``.
    """

    writer: Writer
    words: Words
    families: bool

    def add(self, product: AnsweredProduct) -> str | None:
        """See :class:`producer.exports.formats.Writer`."""
        shades = tuple(replace(each, name=self.words(each.name)) for each in product.shades)
        worded = replace(product, shades=shades)
        if self.families:
            worded = replace(worded, colour_family=self.words.of(product.colour_family))
        return self.writer.add(worded)

    def end(self) -> None:
        """See :class:`producer.exports.formats.Writer`."""
        self.writer.end()


def in_words(writer: Writer, form: ExportFormat, words: Words) -> Writer:
    """Return a writer of this form that writes in the language of these words."""
    if words.language == ENGLISH and not words.by_key:
        return writer
    return WordedWriter(writer, words, families=form in _FOR_SHOPPERS)
