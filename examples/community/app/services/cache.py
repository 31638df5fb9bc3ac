"""Cached pages and pictures, and how they are thrown away again."""

from flask_caching import Cache

cache = Cache()

KEY_PREFIX = {"page": "view:", "image": "img:", "count": "count:"}


def invalidate(kind):
    """Throws away everything cached of one kind."""
    redis_client = cache.cache._write_client
    keys = redis_client.keys(f"community:{KEY_PREFIX[kind]}*")
    if keys:
        redis_client.delete(*keys)


def statistics():
    redis_client = cache.cache._read_client
    return {kind: len(redis_client.keys(f"community:{prefix}*")) for kind, prefix in KEY_PREFIX.items()}
