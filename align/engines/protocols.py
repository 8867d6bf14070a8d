"""What stages ask of engines. An engine is anything with these methods; none needs a base class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from align.records import Hypothesis


class Translator(Protocol):
    """Translates one batch. `safer` asks for slower decoding that loops and empties less."""

    def translate(self, texts: Sequence[str], source: str, target: str, *, safer: bool = False) -> list[Hypothesis]:
        """Return one hypothesis a text, in order. Languages are `hi`, `en`, `vi`."""
        ...


class Engine(Protocol):
    """A translator's settings: cheap to make and to send to a worker, which then loads the model."""

    @property
    def signature(self) -> str:
        """Names everything that changes a translation; keys the translation cache."""
        ...

    def problems(self) -> list[tuple[str, str, str]]:
        """What can be seen to be wrong without loading: `(key, value found, what was expected)`."""
        ...

    def load(self) -> Translator:
        """Load the model. Raises EngineError or MissingExtra."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def signature(self) -> str:
        """Names everything that changes the vectors; keys the vector cache."""
        ...

    def embed(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), dimensions) whose rows have length 1."""
        ...


Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs a job over items somewhere; results come back in the order of the items.

    `make` builds the job once in each worker (it loads the model there); both must be picklable.
    """

    def map(self, make: Callable[[], Callable[[Item], Result]], items: Iterable[Item]) -> Iterator[Result]:
        """Yield one result an item, in order, each as soon as it and all before it are done."""
        ...


__all__ = ["Embedder", "Engine", "Executor", "Hypothesis", "Translator"]
