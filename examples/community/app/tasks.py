import requests

from app.celery_app import celery_app
from app.models import Post, db


def flask_app():
    from app import create_app

    return create_app()


@celery_app.task
def count_view(post_id):
    with flask_app().app_context():
        post = db.session.get(Post, post_id)
        post.views += 1
        db.session.commit()
        return post.views


@celery_app.task(autoretry_for=(Exception,), max_retries=3)
def ping_search(post_id):
    return requests.post("http://localhost:9200/posts/_refresh", json={"id": post_id}).status_code
