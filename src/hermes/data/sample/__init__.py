"""The synthetic sample: a year of minute bars for the NIFTY 50, made from a seed."""

from hermes.data.sample.generate import SampleReport, generate_sample

__all__ = ["SampleReport", "generate_sample"]
