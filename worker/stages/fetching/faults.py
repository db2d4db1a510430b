"""What goes wrong on the way to a picture, as a stage's error."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import httpcore2

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.stages.fetching.connections import ForbiddenAddressError

_MOST_OF_A_SERVERS_WORDS: Final = 120


def fetch_fault(code: Code, message: str, retry: bool = False) -> StageError:
    """An error of the stage ``fetch``."""
    return StageError(Stage.FETCH, code, message, retry)


@contextmanager
def faults_named(shown: str, timeout_s: float, way: str = "") -> Generator[None]:
    """Raise the HTTP client's errors as the stage's.

    Args:
        shown: the URL, as messages may show it.
        timeout_s: how long the picture had.
        way: over what it was asked for, such as ``" through the proxy http://proxy:3128"``.

    Raises:
        StageError: ``fetch_forbidden_address``, ``fetch_timeout``, ``fetch_bad_url``,
            ``fetch_bad_response``, ``fetch_unreachable`` or, by a proxy, ``fetch_denied``.
    """
    try:
        yield
    except ForbiddenAddressError as error:
        message = (
            f"{shown} is not fetched: {error}; if that network is your own, add it to "
            "COLOURWAY_ALLOWED_NETWORKS"
        )
        raise fetch_fault(Code.FETCH_FORBIDDEN_ADDRESS, message) from error
    except httpcore2.TimeoutException as error:
        message = f"{shown} did not come{way} within {timeout_s:g} s (COLOURWAY_FETCH_TIMEOUT_S)"
        raise fetch_fault(Code.FETCH_TIMEOUT, message, retry=True) from error
    except httpcore2.LocalProtocolError as error:
        message = f"{shown} makes no valid request: {error}"
        raise fetch_fault(Code.FETCH_BAD_URL, message) from error
    except httpcore2.ProxyError as error:
        raise _refused_by_proxy(shown, way, error) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise _of_the_answer(shown, way, error) from error


def _refused_by_proxy(shown: str, way: str, error: httpcore2.ProxyError) -> StageError:
    if str(error).startswith("407"):
        message = f"{shown} is not fetched{way}: it wants a user and a password, or others"
        return fetch_fault(Code.FETCH_DENIED, message)
    message = f"{shown} cannot be reached{way}, which answered {str(error)[:80]!r}"
    return fetch_fault(Code.FETCH_UNREACHABLE, message, retry=True)


def _of_the_answer(shown: str, way: str, error: Exception) -> StageError:
    """No answer, or one that is no HTTP: then the client passes on its parser's complaint."""
    complaint = error.args[0] if error.args else None
    if isinstance(error, httpcore2.RemoteProtocolError) and isinstance(complaint, Exception):
        words = str(error).replace("bytearray(b", "(")[:_MOST_OF_A_SERVERS_WORDS]
        message = f"{shown} answers with a head that is no valid HTTP: {words}; mend its server"
        return fetch_fault(Code.FETCH_BAD_RESPONSE, message)
    return fetch_fault(Code.FETCH_UNREACHABLE, f"{shown} cannot be reached{way}: {error}", True)
