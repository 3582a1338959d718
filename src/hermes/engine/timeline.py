"""The moments of a run and the sessions they lie in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hermes.market import IST_OFFSET_US

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """n moments in s sessions: `timestamps` int64[n] starts of bars in µs UTC, `session` int32[n] counting 0..s-1,
    `session_days` datetime64[D][s] exchange-local."""

    timestamps: npt.NDArray[np.int64]
    session: npt.NDArray[np.int32]
    session_days: npt.NDArray[np.datetime64]

    @classmethod
    def of(cls, timestamps: npt.NDArray[np.int64]) -> "Timeline":
        """The sessions of rising starts: one for each exchange-local day."""
        days, session = np.unique((timestamps + IST_OFFSET_US) // _DAY_US, return_inverse=True)
        return cls(timestamps, session.astype(np.int32), days.astype("datetime64[D]"))
