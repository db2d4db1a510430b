"""Several decoder processes, for as many threads as decode at a time."""

import os
from contextlib import suppress
from threading import Condition, Event
from typing import Final
from weakref import WeakSet, finalize

from shared.contracts.stages import Code, Stage
from shared.errors import SettingsError, StageError
from shared.metrics import counting
from shared.metrics.exit_names import name_of_exit
from shared.outage import Outage, OutageWatch, Tell
from worker.stages.decoder.budget import MemoryBudget
from worker.stages.decoder.limits import DecoderLimits
from worker.stages.decoder.process import DecoderGone, DecoderProcess, NoDecoder
from worker.stages.decoding.decoded import Decoded

_AT_ONCE: Final = 4
"""What part of a decoder's share of the memory every picture has without asking for it."""

_PATIENCE_S: Final = 0.15
"""How long a thread waits for a process that is busy: to start another takes as long, and decoding
most pictures a tenth of it."""


class DecoderPool:
    """Decodes pictures in processes that hold nothing and can be lost.

    A process is started when a thread has waited in vain for one that is there, up to
    ``limits.processes``. One that runs over time, or dies, costs its own picture and is started
    anew. All end with this process, at the latest. A process that is forked from this one starts
    its own.
    """

    def __init__(self, limits: DecoderLimits) -> None:
        self.limits = limits
        self._processes: list[DecoderProcess] = []
        self._begin()
        finalize(self, _end_all, self._processes)
        _alive.add(self)

    def _begin(self) -> None:
        self._budget = MemoryBudget(self.limits.memory_bytes)
        self._at_once = self.limits.memory_bytes // (_AT_ONCE * self.limits.processes)
        self._idle: list[DecoderProcess] = []
        self._changed = Condition()
        self._watch = OutageWatch()

    @property
    def pids(self) -> list[int]:
        """The processes that there are."""
        with self._changed:
            return [process.pid for process in self._processes]

    @property
    def used_s(self) -> float:
        """Processor time of the processes that there are, as of their last pictures."""
        with self._changed:
            return sum(process.used_s for process in self._processes)

    def start(self) -> None:
        """Start a process where there is none; it is ready a while later.

        What keeps it from starting :meth:`require` tells.
        """
        with self._changed:
            if not self._processes:
                with suppress(NoDecoder):
                    self._idle.append(self._started())

    def require(self) -> None:
        """Wait until one is ready.

        Raises:
            SettingsError: none can be started.
        """
        try:
            process = self._take()
        except NoDecoder as error:
            raise SettingsError(
                f"the process that decodes pictures cannot be started: {error}; "
                "COLOURWAY_DECODER=inline decodes without it, unguarded"
            ) from error
        self._give_back(process)

    def decode(self, content: bytes, wanted_side: int | None = None) -> Decoded:
        """Decode one picture, as :func:`worker.stages.decode.decode_with_alpha` does.

        Raises:
            StageError: the codes of ``decode_with_alpha``; ``image_too_large`` also where decoding
                takes more than the memory; ``decode_timeout``; ``decoder_died``; or
                ``decoder_unavailable`` where no decoder can be started: :meth:`wait` for one.
        """
        while True:
            try:
                process = self._take()
            except NoDecoder as error:
                raise self._unavailable(str(error)) from error
            try:
                outcome = process.decode(content, wanted_side, self._budget, self._at_once)
            except DecoderGone as gone:  # while it was idle: the picture has nothing to do with it
                _count_death(process, gone)
                self._discard(process)
                continue
            except BaseException as error:
                _count_death(process, error)
                self._discard(process)
                raise
            self._give_back(process)
            if isinstance(outcome, StageError):
                raise outcome
            return outcome

    def wait(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until a decoder can be started; see :meth:`shared.outage.OutageWatch.wait`."""
        return self._watch.wait(self._ask, stop, seconds, tell)

    def _unavailable(self, reason: str) -> StageError:
        self._watch.look(lambda: Outage(reason, refused=False, part="decoder"))
        message = f"no decoder can be started: {reason}"
        return StageError(Stage.DECODE, Code.DECODER_UNAVAILABLE, message, retry=True)

    def _ask(self) -> Outage | None:
        try:
            self._give_back(self._take())
        except NoDecoder as error:
            return Outage(str(error), refused=False, part="decoder")
        return None

    def close(self) -> None:
        """End all processes that are idle; whoever decodes again has others."""
        with self._changed:
            while self._idle:
                self._drop(self._idle.pop())

    def _take(self) -> DecoderProcess:
        """Return a process that is ready and this thread's alone. Raises NoDecoder."""
        process, most = None, self.limits.processes
        while True:
            try:
                process = self._idle_or_started(most)
                process.wait_until_ready()
            except NoDecoder:
                if process is not None:
                    self._discard(process)
                if not self._processes:
                    raise
                process, most = None, 0  # others are there: one of them will do
            except BaseException:
                if process is not None:
                    self._discard(process)
                raise
            else:
                return process

    def _idle_or_started(self, most: int) -> DecoderProcess:
        with self._changed:
            if self._processes:
                self._changed.wait_for(lambda: bool(self._idle), _PATIENCE_S)
            self._changed.wait_for(lambda: self._may_take(most))
            return self._idle.pop() if self._idle else self._started()

    def _may_take(self, most: int) -> bool:
        """Say whether one is idle, or one more may be started: of ``most``, or the first."""
        return bool(self._idle) or len(self._processes) < max(most, 1)

    def _started(self) -> DecoderProcess:
        process = DecoderProcess(self.limits)
        self._processes.append(process)
        return process

    def _give_back(self, process: DecoderProcess) -> None:
        with self._changed:
            self._idle.append(process)
            self._changed.notify()

    def _discard(self, process: DecoderProcess) -> None:
        with self._changed:
            self._drop(process)
            self._changed.notify_all()

    def _drop(self, process: DecoderProcess) -> None:
        if process in self._processes:
            self._processes.remove(process)
        process.end()

    def forget(self) -> None:
        """In a process that was forked: leave the decoders to the one that started them."""
        for process in self._processes:
            process.forget()
        self._processes.clear()
        self._begin()


def _count_death(process: DecoderProcess, why: BaseException) -> None:
    if isinstance(why, StageError) and why.code is Code.DECODE_TIMEOUT:
        counting.decoder_died("timeout")
    elif isinstance(why, StageError | DecoderGone):
        status = process.exit_status
        counting.decoder_died("nonsense" if status is None else name_of_exit(status))


_alive: Final[WeakSet[DecoderPool]] = WeakSet()


def _end_all(processes: list[DecoderProcess]) -> None:
    for process in processes:
        process.end()
    processes.clear()


def _forget_all() -> None:
    for pool in list(_alive):
        pool.forget()


os.register_at_fork(after_in_child=_forget_all)
