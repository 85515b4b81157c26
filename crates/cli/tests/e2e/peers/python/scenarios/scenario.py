"""One scenario: what it does, the cause that a diagnosis must find, the options of the provider."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    play: Callable
    cause: str | None = None
    provider: dict = field(default_factory=dict)
    # What may be warned of though all is well.
    warnings: list = field(default_factory=list)
