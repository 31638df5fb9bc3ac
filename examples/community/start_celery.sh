#!/bin/bash
# Counts views and likes, warms thumbnails, sends digests.
cd "$(dirname "$0")"
exec celery -A app.celery_app worker --loglevel=info -Pgevent -c 100 --max-tasks-per-child 1000 -Q celery,updates
