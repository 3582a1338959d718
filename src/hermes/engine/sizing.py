"""How the quantity of an entry is found: one small model for each way, told apart by `mode`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Mode(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AllIn(_Mode):
    """Everything that the equity and the leverage allow."""

    mode: Literal["all_in"] = "all_in"

    @property
    def value(self) -> float:
        """The kernel needs no number for this mode."""
        return 0.0


class FixedQuantity(_Mode):
    """The same number of units each time."""

    mode: Literal["fixed_quantity"] = "fixed_quantity"
    quantity: float = Field(10, gt=0, description="units")

    @property
    def value(self) -> float:
        """The quantity."""
        return self.quantity


class PercentEquity(_Mode):
    """A share of the equity."""

    mode: Literal["percent_equity"] = "percent_equity"
    fraction: float = Field(0.10, gt=0, le=20, description="share of equity")

    @property
    def value(self) -> float:
        """The fraction."""
        return self.fraction


class FixedFractional(_Mode):
    """So much that the way from entry to stop costs a share of the equity. Source: Vince (1990)."""

    mode: Literal["fixed_fractional"] = "fixed_fractional"
    risk: float = Field(0.01, gt=0, lt=1, description="share of equity lost at the stop")

    @property
    def value(self) -> float:
        """The share at risk."""
        return self.risk


class AtrRisk(_Mode):
    """So much that a move of `multiple` average true ranges costs a share of the equity."""

    mode: Literal["atr"] = "atr"
    risk: float = Field(0.01, gt=0, lt=1, description="share of equity per move")
    multiple: float = Field(2.0, gt=0, description="average true ranges in a move")
    period: int = Field(14, ge=1, le=1000, description="bars of Wilder's average")

    @property
    def value(self) -> float:
        """The share at risk."""
        return self.risk


class VolatilityTarget(_Mode):
    """So much that the position's volatility is the target a year. Source: Moskowitz, Ooi, Pedersen (2012)."""

    mode: Literal["volatility_target"] = "volatility_target"
    volatility: float = Field(0.15, gt=0, le=5, description="annualised standard deviation wanted")
    sessions: int = Field(20, ge=2, le=252, description="daily returns in the estimate")

    @property
    def value(self) -> float:
        """The volatility wanted."""
        return self.volatility


class Kelly(_Mode):
    """A share of the Kelly fraction of the positions closed so far. Source: Kelly (1956)."""

    mode: Literal["kelly"] = "kelly"
    fraction: float = Field(0.25, gt=0, le=1, description="share of the full Kelly fraction")

    @property
    def value(self) -> float:
        """The share of full Kelly."""
        return self.fraction


Sizing = Annotated[
    AllIn | FixedQuantity | PercentEquity | FixedFractional | AtrRisk | VolatilityTarget | Kelly,
    Field(discriminator="mode"),
]
