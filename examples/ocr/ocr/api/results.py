import asyncio
from pathlib import Path

from fastapi import APIRouter, HTTPException

from ocr.services.archives import extract, read_layout
from ocr.services.ocr_client import download, keep, recognize
from ocr.services.tasks import tasks

RESULTS = Path("results")

router = APIRouter()


@router.post("/{task_id}")
async def process(task_id: str):
    if await tasks.state(task_id) is None:
        raise HTTPException(404)
    url = await recognize(Path("uploads") / f"{task_id}.pdf")
    archive = await download(url, RESULTS / f"{task_id}.zip")
    text = extract(archive, RESULTS / task_id)
    return {"text": text.read_text(encoding="utf-8"), "layout": read_layout(RESULTS / task_id), "kept": keep(archive)}


@router.get("/{task_id}/text")
async def text(task_id: str):
    """Unpacks in a thread: nothing to report."""
    page = await asyncio.to_thread(extract, RESULTS / f"{task_id}.zip", RESULTS / task_id)
    return {"text": await asyncio.to_thread(page.read_text, encoding="utf-8")}
