"""Text of others on its way to a terminal or a message: nothing in it can steer what shows it."""


def printable(text: str) -> str:
    r"""Return a text with control characters, marks of direction and lone surrogates escaped.

    >>> print(printable("a\x1b[31mb"))
    a\x1b[31mb
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def printable_lines(text: str) -> str:
    """Return a text as :func:`printable` does, but for its line ends."""
    return "\n".join(map(printable, text.split("\n")))
