"""What can go wrong between a request and the data: one class each, turned into an answer in one place (web.py)."""


class ConfigError(Exception):
    """The environment does not describe a service that could ever run; the text says which variable and why."""


class InvalidError(ValueError):
    """What somebody sent cannot be accepted (400); the text is the reason shown to them."""


class MissingError(LookupError):
    """There is no such thing (404); the text says which."""


class UnavailableError(RuntimeError):
    """A part of the application cannot be reached just now (503)."""

    def __init__(self, part: str) -> None:
        super().__init__(f"{part} is not available")
        self.part = part
