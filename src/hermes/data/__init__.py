"""Bars in, bars out: the service and what crosses its border."""

from hermes.data.reports import BarsSource, HealthCheck, HealthReport, Problem, QualityPolicy, QualityReport
from hermes.data.service import DataService
from hermes.data.timeframe import Timeframe

__all__ = [
    "BarsSource",
    "DataService",
    "HealthCheck",
    "HealthReport",
    "Problem",
    "QualityPolicy",
    "QualityReport",
    "Timeframe",
]
