"""Caches of decoded bars."""

from hermes.data.cache.base import Cache, CacheKey, CacheStats
from hermes.data.cache.memory import MemoryCache

__all__ = ["Cache", "CacheKey", "CacheStats", "MemoryCache"]
