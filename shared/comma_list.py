"""Lists in one setting: names with commas between them."""


def split_list(names: object) -> object:
    """Return a comma-separated text as a tuple of its parts; anything else as it is."""
    if not isinstance(names, str):
        return names
    return tuple(name.strip() for name in names.split(",") if name.strip())
