"""Exit with 1 if neither bars of the user's own nor the sample are stored yet."""

import sys

from hermes.settings import get_settings

settings = get_settings()
folders = (settings.minute_dir, settings.sample_dir)
sys.exit(0 if any(True for folder in folders for _ in folder.rglob("*.parquet")) else 1)
