"""Messages that anybody could write to the broker, and none of ours: all harmless, all wrong."""

import json
from typing import Any, Final, NamedTuple

NOTIFICATION: Final = {"v": 1, "job_ids": [1]}
EMBEDDED: Final = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
BODY: Final = json.dumps([[NOTIFICATION], {}, EMBEDDED])
HEADERS: Final = {
    "lang": "py",
    "task": "colourway.process",
    "id": "6427d4d3-6e96-415b-9a4d-30a47bb2eadd",
    "eta": None,
    "expires": None,
    "retries": 0,
    "timelimit": [None, None],
    "argsrepr": "()",
    "kwargsrepr": "{}",
}
CALL: Final = {"task": "colourway.dispatch", "args": [], "kwargs": {}}


class Forged(NamedTuple):
    """A message as kombu publishes it."""

    headers: dict[str, Any]
    body: str | bytes = BODY
    content_type: str = "application/json"
    content_encoding: str = "utf-8"


def _with(**headers: Any) -> Forged:
    return Forged(HEADERS | headers)


def _without(name: str) -> Forged:
    return Forged({key: value for key, value in HEADERS.items() if key != name})


def _body(content: Any) -> Forged:
    return Forged(
        dict(HEADERS), content if isinstance(content, str | bytes) else json.dumps(content)
    )


def _args(*args: Any) -> Forged:
    return _body([list(args), {}, EMBEDDED])


_BAD_HEADERS: Final[list[tuple[str, list[Any]]]] = [
    ("task", [None, "", 1, [], {}, ["colourway.process"], "celery.chord", "os.system", "x" * 9000]),
    ("id", [None, 1, [], {}, "x" * 9000]),
    ("eta", ["soon", 1, ["a"], "2026-01-01T00:00:00", {"a": 1}]),
    ("expires", ["soon", 1, ["a"], {"a": 1}, True]),
    ("retries", ["many", -1, 1, ["a"], {"a": 1}]),
    ("timelimit", ["long", [1], [-1, None], {"a": 1}, [None], ["a", "b"]]),
    ("group", ["g", ["a"], {"a": 1}]),
    ("chord", [CALL]),
    ("stamps", [{"a": "b"}, "a"]),
    ("stamped_headers", [["a"], "a"]),
    ("argsrepr", [["a"], {"a": 1}, "x" * 9000]),
    ("root_id", [["a"], {"a": 1}]),
    ("shadow", [["a"], {"a": 1}]),
    ("origin", [["a"], {"a": 1}]),
    ("group_index", [0, "a"]),
    ("replaced_task_nesting", [1, "a"]),
    ("ignore_result", ["no", {"a": 1}]),
]
_BAD_BODIES: Final[list[Any]] = [
    *(
        "",
        "null",
        "1",
        "[]",
        "{}",
        "[[]]",
        "[[], {}]",
        "[[], {}, {}, {}]",
        '"text"',
        "no JSON",
        "[" * 9,
    ),
    *(b"\xff\xfe\x00", BODY.encode("utf-16"), " " * 70_000),
    *(
        [1, 2, 3],
        [[], [], []],
        [{}, {}, {}],
        [[NOTIFICATION], None, {}],
        [[NOTIFICATION], {}, None],
    ),
    [[NOTIFICATION], {"message": NOTIFICATION}, EMBEDDED],
    *([[NOTIFICATION], {}, EMBEDDED | {name: [CALL]}] for name in EMBEDDED),
]
_BAD_ARGUMENTS: Final[list[tuple[Any, ...]]] = [
    *((), (NOTIFICATION, NOTIFICATION), (None,), (1,), ("text",), ([],), ({},)),
    *(({"v": version, "job_ids": [1]},) for version in (0, 2, "1", None, True, [])),
    *(({"v": 1, "job_ids": ids},) for ids in (None, [], 1, "1", {}, [0], [-1], [1.5], ["1"])),
    *(
        ({"v": 1, "job_ids": ids},)
        for ids in ([True], [None], [[1]], [2**63], list(range(1, 1002)))
    ),
]

FORGED: Final = [
    *(_with(**{name: value}) for name, values in _BAD_HEADERS for value in values),
    *map(_without, ("task", "id")),
    *map(_body, _BAD_BODIES),
    *(_args(*args) for args in _BAD_ARGUMENTS),
    *(
        Forged(dict(HEADERS), BODY, kind)
        for kind in ("text/plain", "application/x-python-serialize")
    ),
    *(Forged(dict(HEADERS), BODY, kind) for kind in ("application/x-yaml", "image/png")),
    *(Forged(dict(HEADERS), BODY, content_encoding=kind) for kind in ("utf-16", "binary", "rot13")),
    Forged({}, json.dumps(CALL)),  # the protocol before this one
    Forged({}, json.dumps(CALL | {"id": "1", "task": "colourway.process"})),
]
"""Messages in kombu's envelope."""

_ENVELOPE: Final[dict[str, Any]] = {
    "body": BODY,
    "headers": HEADERS,
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "properties": {
        "delivery_tag": "forged",
        "delivery_info": {"exchange": "", "routing_key": "x"},
        "priority": 0,
    },
}
_WRONG: Final[list[Any]] = [None, 1, "text", ["a"], {"delivery_tag": ["a"], "delivery_info": {}}]

RAW: Final = [
    *(b"", b"x", b"\xff\xfe", b"[]", b"null", b"1", b"{}", b'"text"', b"{", b"[" * 9),
    *(json.dumps(_ENVELOPE | {"properties": value}).encode() for value in _WRONG),
    *(json.dumps(_ENVELOPE | {"headers": value}).encode() for value in (1, "text", ["a"])),
    json.dumps({**_ENVELOPE, "body": {"a": 1}}).encode(),
    json.dumps({**_ENVELOPE, "body": 1}).encode(),
]
"""Bytes in a list of Redis in which kombu expects its envelope."""
