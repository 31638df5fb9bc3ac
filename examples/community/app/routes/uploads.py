import os
import uuid

from flask import Blueprint, current_app, jsonify, request, send_file, send_from_directory

from app.services.pictures import make_thumbnail, pack

uploads = Blueprint("uploads", __name__)


def folder():
    return current_app.config["UPLOAD_FOLDER"]


@uploads.post("/")
def upload():
    file = request.files["file"]
    name = f"{uuid.uuid4().hex}{os.path.splitext(file.filename)[1]}"
    path = os.path.join(folder(), name)
    with open(path, "wb") as target:
        target.write(file.read())
    thumbnail = make_thumbnail(path)
    return jsonify(name=name, thumbnail=os.path.basename(thumbnail))


@uploads.get("/archive")
def archive():
    return send_file(pack(folder(), "/tmp/uploads.zip"), as_attachment=True)


@uploads.get("/<path:name>")
def show(name):
    return send_from_directory(folder(), name)
