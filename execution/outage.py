"""An outage of what an operation reads from."""


class Outage(Exception):
    """Something that the operation needs does not answer. Its place of the answer fails, and nothing is tried again."""
