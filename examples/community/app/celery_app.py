import os

from celery import Celery

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/1")

celery_app = Celery("community", broker=REDIS_URL, backend=REDIS_URL, include=["app.tasks"])
celery_app.conf.update(task_serializer="json", result_serializer="json", timezone="Asia/Shanghai", enable_utc=True)
