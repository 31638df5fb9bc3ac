"""Answers and menus that are asked for again and again."""

import os

import redis.asyncio as redis

cache = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"), max_connections=50)


async def delete_cache_pattern(pattern: str) -> None:
    keys = await cache.keys(pattern)
    if keys:
        await cache.delete(*keys)


async def cached_scenes() -> list[str]:
    return sorted({key.decode().split(":")[1] for key in await cache.keys("answer:*")})
