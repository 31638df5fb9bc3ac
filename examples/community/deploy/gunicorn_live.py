"""Gunicorn's settings for live notifications: `gunicorn -c deploy/gunicorn_live.py run:app`."""

import requests

bind = "0.0.0.0:5002"
workers = 1
worker_class = "gevent"
threads = 8
timeout = "60s"
keep_alive = 65


def when_ready(server):
    requests.post("http://127.0.0.1:9000/ready", json={"service": "live"}, timeout=5)
