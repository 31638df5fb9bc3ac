#!/bin/bash
# Starts the backend and its Celery worker on one host.
set -euo pipefail
cd "$(dirname "$0")"

API_HOST=${API_HOST:-0.0.0.0}
API_PORT=${API_PORT:-5001}
WORKER_CLASS="geventwebsocket.gunicorn.workers.GeventWebSocketWorker"

mkdir -p logs uploads
ulimit -n 1024

./start_celery.sh > logs/celery.log 2>&1 &

gunicorn --workers 3 --worker-class "$WORKER_CLASS" --bind "$API_HOST:$API_PORT" --log-level info run:app
