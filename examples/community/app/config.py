import os


class Config:
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL", "postgresql://community@localhost/community")
    SQLALCHEMY_ECHO = True
    SQLALCHEMY_POOL_SIZE = 20
    SQLALCHEMY_MAX_OVERFLOW = 10

    CACHE_TYPE = "RedisCache"
    CACHE_KEY_PREFIX = "community:"
    CACHE_REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")

    SEARCH_URL = os.environ.get("SEARCH_URL", "http://localhost:9200")
    UPLOAD_FOLDER = os.environ.get("UPLOAD_FOLDER", "uploads")
