"""What a verification is asked for: one model for the library and the command line."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hermes.data import Timeframe
from hermes.errors import UsageError
from hermes.market import Product, validate_symbol


class VerifyRequest(BaseModel):
    """One verification. Days are exchange-local and inclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    strategy: str = Field(description="name of a strategy, or path/to/file.py:ClassName")
    params: dict[str, Any] = Field(default_factory=dict, description="the strategy's parameters")
    symbols: tuple[str, ...] = Field((), description="stored symbols; none: the first stored one")
    timeframe: Timeframe = Field(Timeframe.M1, description="length of the bars that the strategy sees")
    product: Product = Field(Product.CNC, description="of the runs in event mode: CNC, or MIS, which may be short")
    start_date: date | None = Field(None, description="first day; None: about 7,500 bars before the last one")
    end_date: date | None = Field(None, description="last day; None: the last stored")
    samples: int = Field(60, ge=1, le=1_000_000, description="bars at which the history is cut")
    full: bool = Field(False, description="cut at every bar instead")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="of the sample and of the noise")

    @field_validator("symbols", mode="before")
    @classmethod
    def _one_symbol_may_stand_alone(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("symbols")
    @classmethod
    def _symbols_are_valid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(dict.fromkeys(validate_symbol(each) for each in value))
        except UsageError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _fits_together(self) -> "VerifyRequest":
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
        if self.product is Product.MIS and not self.timeframe.intraday:
            raise ValueError(f"product MIS is squared off within the session, so {self.timeframe} bars cannot be used")
        return self
