"""What a process says of itself on the port of its metrics, read as Prometheus reads it."""

import http.client
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families


def ask(port: int, path: str) -> tuple[int, str]:
    """Return the status and the body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Scraped:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of one series; None where there is none."""
        return self._samples.get((name, frozenset(labels.items())))

    def all(self, name: str) -> Mapping[frozenset[tuple[str, str]], float]:
        """Return every series of a name that is not 0."""
        return {
            labels: value
            for (each, labels), value in self._samples.items()
            if each == name
            if value
        }


def scrape(port: int) -> Scraped:
    status, text = ask(port, "/metrics")
    assert status == 200, text
    return Scraped(text)
