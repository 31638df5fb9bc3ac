#!/bin/sh
set -e
cd "$(dirname "$0")"
exec gunicorn assistant.main:app -w 8 -k uvicorn.workers.UvicornWorker --bind 0.0.0.0:8000
