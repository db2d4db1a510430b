"""Pictures analysed one after the other, a few at a time; one that fails costs no other."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from colourway.pictures.given import GivenPicture
from colourway.stderr_capture import captured_stderr
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.redaction import show_url
from shared.settings import Settings

if TYPE_CHECKING:
    from worker.analysis.analysis import Analysis
    from worker.analysis.analyzer import Analyzer
    from worker.stages.decoder.decoder import PictureDecoder
    from worker.stages.decoding.decoded import Decoded
    from worker.stages.fetch import Fetcher

THREADS: Final = 3
"""Each network sees one picture at a time; the other threads read, and look for colours. Where it
sees batches, so many threads for each picture of a batch."""


@dataclass(frozen=True)
class AnalysedPicture:
    """What became of one picture: its analysis, or why there is none.

    ``shown`` names it without user, password or query of a URL.
    """

    shown: str
    analysis: "Analysis | None" = None
    error: StageError | None = None


@dataclass
class PictureBatch:
    """Analyses pictures; ``fetcher`` gets those that are URLs.

    Networks are loaded for the first picture that can be read: what cannot is told at once.
    """

    settings: Settings
    fetcher: "Fetcher"
    category: str | None = None
    title: str | None = None

    def outcomes(self, pictures: Sequence[GivenPicture]) -> Iterator[AnalysedPicture]:
        """Yield what becomes of each, in their order."""
        left = iter(pictures)
        for picture in left:
            read = self._read(picture)
            if isinstance(read, StageError):
                yield AnalysedPicture(_shown(picture), error=read)
                continue
            analyzer = self._load()
            yield self._analyse(analyzer, picture, read)
            yield from self._side_by_side(analyzer, left)

    def _side_by_side(
        self, analyzer: "Analyzer", pictures: Iterator[GivenPicture]
    ) -> Iterator[AnalysedPicture]:
        begun: deque[Future[AnalysedPicture]] = deque()
        threads = THREADS * analyzer.networks.batch
        pool = ThreadPoolExecutor(threads)
        try:
            for picture in pictures:
                begun.append(pool.submit(self._read_and_analyse, analyzer, picture))
                if len(begun) == 2 * threads:  # each holds its pixels
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _read_and_analyse(self, analyzer: "Analyzer", picture: GivenPicture) -> AnalysedPicture:
        read = self._read(picture)
        if isinstance(read, StageError):
            return AnalysedPicture(_shown(picture), error=read)
        return self._analyse(analyzer, picture, read)

    def _analyse(
        self, analyzer: "Analyzer", picture: GivenPicture, read: "Decoded"
    ) -> AnalysedPicture:
        try:
            analysis = analyzer.analyze_decoded(read, self.category, self.title)
            return AnalysedPicture(_shown(picture), analysis)
        except StageError as error:
            return AnalysedPicture(_shown(picture), error=error)

    def _read(self, picture: GivenPicture) -> "Decoded | StageError":
        from worker.analysis.source import read_picture  # noqa: PLC0415 - the worker's side

        try:
            if picture.is_url:
                content = self.fetcher.fetch(picture.reference).content
                return read_picture(content, self.settings, self._decoder)
            return read_picture(picture.reference, self.settings, self._decoder)
        except StageError as error:
            return error
        except MemoryError:
            message = "there is not enough memory for it"
            return StageError(Stage.DECODE, Code.INTERNAL_ERROR, message, retry=True)

    @cached_property
    def _decoder(self) -> "PictureDecoder":
        from worker.stages.decoder.decoder import open_decoder  # noqa: PLC0415 - the worker's side

        return open_decoder(self.settings)

    def _load(self) -> "Analyzer":
        from worker.analysis.analyzer import Analyzer  # noqa: PLC0415 - TensorFlow takes seconds

        with captured_stderr():
            return Analyzer.load(self.settings)


def _shown(picture: GivenPicture) -> str:
    if not picture.is_url:
        return picture.reference
    return show_url(picture.reference)
