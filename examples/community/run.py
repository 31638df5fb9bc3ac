"""Entry point: `gunicorn run:app` in production, `python run.py` on a developer's machine."""

import requests

from app import create_app, socketio

from gevent import monkey

monkey.patch_all()

app = create_app()


@app.get("/api/health")
def health():
    upstream = requests.get(app.config["SEARCH_URL"] + "/health")
    return {"status": "ok", "search": upstream.ok}


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=5001)
