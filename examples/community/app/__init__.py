"""The community backend: posts, comments, uploads, live notifications."""

from flask import Flask
from flask_socketio import SocketIO

from app.config import Config
from app.models import db
from app.services.cache import cache

socketio = SocketIO(async_mode="gevent", cors_allowed_origins="*")


def create_app(config=Config):
    app = Flask(__name__)
    app.config.from_object(config)
    db.init_app(app)
    cache.init_app(app)
    socketio.init_app(app)

    from app.routes.admin import admin
    from app.routes.links import links
    from app.routes.posts import posts
    from app.routes.uploads import uploads

    app.register_blueprint(posts, url_prefix="/api/posts")
    app.register_blueprint(uploads, url_prefix="/api/uploads")
    app.register_blueprint(links, url_prefix="/api/links")
    app.register_blueprint(admin, url_prefix="/api/admin")
    return app
