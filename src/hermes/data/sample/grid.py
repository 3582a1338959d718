"""The minutes of a year's sessions, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hermes.market.sessions import Session

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class MinuteGrid:
    """Every minute of a list of sessions, in time order.

    Attributes:
        timestamps: int64[n], start of the minute, microseconds since 1970 UTC.
        session: int32[n], which session the minute belongs to, 0..s-1.
        minute: int32[n], trading minutes since that session's open.
        length: int32[s], trading minutes of each session.
        first: int64[s], index of each session's first minute.
        days: datetime64[D][s], the exchange-local date of each session.
    """

    timestamps: NDArray[np.int64]
    session: NDArray[np.int32]
    minute: NDArray[np.int32]
    length: NDArray[np.int32]
    first: NDArray[np.int64]
    days: NDArray[np.datetime64]


def minute_grid(sessions: Sequence[Session]) -> MinuteGrid:
    """Lay out the minutes of ``sessions`` (in time order, at least one)."""
    stamps = [
        np.concatenate([np.arange(_microseconds(start), _microseconds(end), MINUTE_US) for start, end in session.spans])
        for session in sessions
    ]
    length = np.array([len(part) for part in stamps], dtype=np.int32)
    return MinuteGrid(
        timestamps=np.concatenate(stamps),
        session=np.repeat(np.arange(len(stamps), dtype=np.int32), length),
        minute=np.concatenate([np.arange(n, dtype=np.int32) for n in length]),
        length=length,
        first=np.concatenate([[0], np.cumsum(length[:-1])]).astype(np.int64),
        days=np.array([session.day for session in sessions], dtype="datetime64[D]"),
    )


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
