import requests
from flask import Blueprint, abort, current_app, jsonify, request

from app import socketio
from app.models import Post, User, db
from app.services.passwords import check_password
from app.tasks import count_view

posts = Blueprint("posts", __name__)


@posts.get("/")
def index():
    page = Post.query.order_by(Post.created_at.desc()).limit(50).all()
    return jsonify([
        {"id": post.id, "title": post.title, "author": post.author.name, "comments": len(post.comments)}
        for post in page
    ])


@posts.get("/<int:post_id>")
def show(post_id):
    post = db.session.get(Post, post_id) or abort(404)
    views = count_view.delay(post.id).get(timeout=5)
    return jsonify(id=post.id, title=post.title, body=post.body, views=views)


@posts.get("/search")
def search():
    found = requests.get(f"{current_app.config['SEARCH_URL']}/posts/_search", params={"q": request.args["q"]})
    return jsonify(found.json()["hits"]["hits"])


@posts.post("/login")
def login():
    form = request.get_json()
    user = User.query.filter_by(name=form["name"]).first()
    if user is None or not check_password(form["password"], user.password_hash):
        abort(401)
    socketio.emit("online", {"name": user.name})
    return jsonify(id=user.id, name=user.name)
