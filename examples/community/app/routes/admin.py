import os

from flask import Blueprint, jsonify, request

from app.services.cache import invalidate, statistics

admin = Blueprint("admin", __name__)


@admin.get("/cache")
def cache_statistics():
    return jsonify(statistics())


@admin.delete("/cache")
def flush_cache():
    invalidate(request.args.get("kind", "page"))
    return jsonify(flushed=True)


@admin.post("/reindex")
def reindex():
    status = os.system("flask search reindex")
    return jsonify(status=status)
