from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, jsonify, request

from app.services.link_previews import link_titles
from app.services.pictures import make_thumbnail

links = Blueprint("links", __name__)
pool = ThreadPoolExecutor(max_workers=4)


@links.post("/titles")
def titles():
    return jsonify(titles=link_titles(request.get_json()["urls"]))


@links.post("/thumbnails")
def thumbnails():
    work = [pool.submit(make_thumbnail, path) for path in request.get_json()["paths"]]
    return jsonify(thumbnails=[one.result() for one in work])
