"""People at the page, in a process of their own: readers who look around, reviewers who decide.

usage: python -m bench.rig.page_clients ADDRESS KEY PRODUCTS PEOPLE SECONDS     (prints JSON)
"""

import asyncio
import json
import random
import sys
import time
from typing import Final

import httpx2

THINK_S: Final = 1.0
"""How long somebody looks before the next thing, on average."""

FAMILIES: Final = ("navy", "black", "white", "red", "beige", "green", "blue", "pink")
READS: Final = (
    "/products?family={family}",
    "/products?family={family}&piece=bottom",
    "/products?order=least-sure",
    "/products?order=wrong-word&family={family}",
    "/products?colour={family}&piece=top",
    "/products?q=pleated%20{number}",
    "/products/words",
    "/products/{number}",
    "/api/v1/products?family={family}&size=30",
)

Answers = list[tuple[str, int, float]]
"""What was asked, the status (0: no answer), and how many milliseconds it took."""


async def _ask(
    client: httpx2.AsyncClient, told: Answers, what: str, *request: object, **more: object
):
    started = time.perf_counter()
    try:
        answer = await client.request(*request, **more)  # pyright: ignore
        status = answer.status_code
    except httpx2.HTTPError:
        answer, status = None, 0
    told.append((what, status, 1000 * (time.perf_counter() - started)))
    return answer


async def _read(client: httpx2.AsyncClient, told: Answers, products: int, chance: random.Random):
    form = chance.choice(READS)
    path = form.format(family=chance.choice(FAMILIES), number=chance.randint(1, products))
    await _ask(client, told, form, "GET", path)


async def _review(client: httpx2.AsyncClient, told: Answers, mine: int, chance: random.Random):
    """Look at a product that nobody else decides on, and say of what family it is."""
    path = f"/api/v1/decisions/{mine}"
    seen = await _ask(client, told, "GET decision", "GET", path)
    if seen is None or seen.status_code != 200:
        return
    said = {"ruling": "corrected", "family": chance.choice(FAMILIES), "seen": seen.json()["seen"]}
    await _ask(client, told, "PUT decision", "PUT", path, json=said)


async def _person(
    address: str, key: str, products: int, number: int, people: int, until: float
) -> Answers:
    told: Answers = []
    chance = random.Random(number)
    headers = {"Authorization": f"Bearer {key}"}
    own = iter(range(number + 1, products, people))
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        await asyncio.sleep(chance.random() * THINK_S)
        while time.monotonic() < until:
            if number % 2:
                await _read(client, told, products, chance)
            else:
                await _review(client, told, next(own), chance)
            await asyncio.sleep(2 * THINK_S * chance.random())
    return told


async def main(address: str, key: str, products: int, people: int, seconds: float) -> None:
    """Let all of them work for a while; print what they were answered."""
    until = time.monotonic() + seconds
    every = await asyncio.gather(
        *(_person(address, key, products, number, people, until) for number in range(people))
    )
    print(json.dumps([answer for told in every for answer in told]))


if __name__ == "__main__":
    where, shown, *numbers = sys.argv[1:]
    asyncio.run(main(where, shown, int(numbers[0]), int(numbers[1]), float(numbers[2])))
