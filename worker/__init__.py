"""The side that turns pictures into crops and colours."""
