"""Reports over several sources, sent by mail."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from fastapi import APIRouter
from openai import AsyncOpenAI

from assistant.llm import MODEL, complete

router = APIRouter()
client = AsyncOpenAI(base_url="https://api.deepseek.com", max_retries=2)
pool = ThreadPoolExecutor(max_workers=4)


async def summarize(document: str) -> str:
    completion = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": document}])
    return completion.choices[0].message.content or ""


@router.post("/")
async def report(documents: list[str], recipient: str):
    notes = [await summarize(document) for document in documents]
    future = pool.submit(complete, "report", [{"role": "user", "content": note} for note in notes])
    text = future.result()
    send(recipient, text)
    return {"report": text}


@router.post("/preview")
async def preview(documents: dict[str, str]):
    summaries = {}
    for title, document in documents.items():
        summaries[title] = await summarize(document)
    breakpoint()
    return summaries


def send(recipient: str, text: str) -> None:
    mail = EmailMessage()
    mail["To"] = recipient
    mail["Subject"] = "Your report"
    mail.set_content(text)
    with smtplib.SMTP("mail.internal") as server:
        server.send_message(mail)
