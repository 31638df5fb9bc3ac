import shutil
import uuid
from pathlib import Path

from fastapi import APIRouter, UploadFile

from ocr.services.documents import describe
from ocr.services.tasks import tasks

UPLOADS = Path("uploads")

router = APIRouter()


@router.post("/")
async def upload(file: UploadFile):
    task_id = uuid.uuid4().hex
    path = UPLOADS / f"{task_id}{Path(file.filename or '').suffix}"
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    document = describe(path)
    await tasks.add(task_id, document["name"], document["pages"])
    return {"task": task_id, **document}


@router.post("/check")
def check(file: UploadFile):
    """Declared with `def`: FastAPI runs it in a thread, where it may block."""
    path = UPLOADS / f"check-{uuid.uuid4().hex}"
    path.write_bytes(file.file.read())
    return describe(path)
