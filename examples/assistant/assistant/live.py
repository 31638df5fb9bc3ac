"""Answers as they are written: one stream of events for each reader of a conversation."""

import asyncio

import httpx
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

router = APIRouter()
client = httpx.AsyncClient(base_url="https://api.deepseek.com", timeout=60)


class Stream:
    def __init__(self):
        self.words = asyncio.Queue()
        self.opened = False

    async def write(self, words: list[str]) -> None:
        while not self.opened:
            await asyncio.sleep(0.05)
        for word in words:
            await self.words.put(word)
        await self.words.put("")

    async def events(self):
        self.opened = True
        while word := await self.words.get():
            yield f"data: {word}\n\n"


async def count_reader(conversation: int) -> None:
    await client.post("/readers", json={"conversation": conversation})


async def fetch_source(url: str) -> str:
    response = await client.get(url)
    return response.text


@router.get("/{conversation}")
async def follow(conversation: int):
    stream = Stream()
    asyncio.create_task(stream.write(["Hello", "again"]))
    count_reader(conversation)
    return StreamingResponse(stream.events(), media_type="text/event-stream")


@router.post("/sources")
async def sources(urls: list[str]):
    return await asyncio.gather(*(fetch_source(url) for url in urls))


@router.get("/{conversation}/parts")
async def parts(conversation: int):
    title = await client.get(f"/conversations/{conversation}/title")
    people = await client.get(f"/conversations/{conversation}/people")
    return title.json(), people.json()


@router.post("/few-sources")
async def few_sources(urls: list[str]):
    """Five at a time, and a task group that keeps what it starts."""
    slots = asyncio.Semaphore(5)
    texts = {}

    async def fetch(url: str) -> None:
        async with slots:
            texts[url] = await fetch_source(url)

    async with asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(fetch(url))
    return texts
