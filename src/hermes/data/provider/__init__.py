"""Stores of bars."""

from hermes.data.provider.base import BarsProvider, SeriesFacts, Span, StoredFile, StoredSeries, span_of_days
from hermes.data.provider.local import LocalProvider

__all__ = ["BarsProvider", "LocalProvider", "SeriesFacts", "Span", "StoredFile", "StoredSeries", "span_of_days"]
