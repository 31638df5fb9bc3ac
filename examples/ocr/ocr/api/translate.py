import httpx
from fastapi import APIRouter

router = APIRouter()
client = httpx.AsyncClient(base_url="http://translate.internal", timeout=30)


async def translate(text: str, language: str) -> str:
    response = await client.post("/translate", json={"text": text, "to": language})
    return response.json()["text"]


@router.post("/batch")
async def translate_batch(texts: list[str], language: str = "en"):
    results = []
    for text in texts:
        results.append(await translate(text, language))
    return results


@router.post("/pages")
async def translate_pages(pages: dict[str, str], language: str = "en"):
    return {name: await translate(text, language) for name, text in pages.items()}


@router.post("/summary")
async def translate_with_context(texts: list[str], language: str = "en"):
    """Each text is translated in the light of the one before: this loop cannot run at once."""
    context = ""
    results = []
    for text in texts:
        result = await translate(context + text, language)
        context = result[-200:]
        results.append(result)
    return results
