"""What is loaded when something first asks for it: once, however many threads ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar, cast, overload

Value = TypeVar("Value")


class Locked(Protocol):
    """What has a lock under which it loads its parts: a candidate.

    Attributes
    ----------
    lock : threading.RLock
    """

    lock: threading.RLock


class LoadedOnce(Generic[Value]):
    """A property that is loaded under its object's lock when it is first asked for; decorates the method that loads it.

    Whoever asks meanwhile waits for the same value. An error is raised and not kept: the next who asks loads anew.
    A value that is there already is assigned. It stands in the object's ``__dict__``, so that a copy shares it.

    Parameters
    ----------
    load : callable
        From the object to the value. It may ask for other such properties: the lock is reentrant.
    """

    def __init__(self, load: Callable[[Any], Value]) -> None:
        self._load = load
        self.__doc__ = load.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Locked, owner: type) -> Value: ...
    def __get__(self, instance: Locked | None, owner: type) -> Self | Value:
        if instance is None:
            return self
        held = instance.__dict__
        if self._name not in held:
            with instance.lock:
                if self._name not in held:
                    held[self._name] = self._load(instance)
        return cast("Value", held[self._name])

    def __set__(self, instance: Locked, value: Value) -> None:
        instance.__dict__[self._name] = value
