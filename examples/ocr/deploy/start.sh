#!/bin/sh
cd "$(dirname "$0")/.."
case "${SERVER:-uvicorn}" in
  uvicorn) exec uvicorn ocr.main:app --host 0.0.0.0 --port 8001 -w 4 ;;
  granian) exec granian ocr.main:app --host 0.0.0.0 --port 8001 --workers 4 ;;
esac
