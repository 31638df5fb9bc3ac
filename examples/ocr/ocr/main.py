"""Documents in, text out: uploads PDF files and pictures to an OCR server and keeps what it reads."""

from contextlib import asynccontextmanager

from fastapi import FastAPI

from ocr.api import accounts, results, translate, upload
from ocr.services.tasks import tasks


@asynccontextmanager
async def lifespan(app: FastAPI):
    await tasks.open("ocr.db")
    yield
    await tasks.close()


app = FastAPI(title="OCR", lifespan=lifespan)
app.include_router(accounts.router, prefix="/api/accounts")
app.include_router(upload.router, prefix="/api/upload")
app.include_router(results.router, prefix="/api/results")
app.include_router(translate.router, prefix="/api/translate")
