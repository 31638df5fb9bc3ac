"""The OCR server: sends documents, waits for results."""

import time
from pathlib import Path

import boto3
import httpx

SERVER = "http://ocr.internal:7861"

s3 = boto3.client("s3")


def wait_until_ready(seconds: float = 0.5) -> None:
    """The server loads its model on the first request."""
    time.sleep(seconds)


async def recognize(path: Path) -> str:
    wait_until_ready()
    async with httpx.AsyncClient(timeout=300) as client:
        file = open(path, "rb")
        response = await client.post(f"{SERVER}/parse", files={"file": (path.name, file)})
        file.close()
    response.raise_for_status()
    return response.json()["download_url"]


async def download(url: str, target: Path) -> Path:
    async with httpx.AsyncClient(timeout=None) as client, client.stream("GET", url) as response:
        with open(target, "wb") as file:
            async for chunk in response.aiter_bytes():
                file.write(chunk)
    return target


def keep(path: Path) -> str:
    s3.upload_file(str(path), "ocr-results", path.name)
    return f"s3://ocr-results/{path.name}"
