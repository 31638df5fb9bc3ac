from fastapi import APIRouter, Depends
from sqlalchemy import func, select

from assistant.cache import cached_scenes, delete_cache_pattern
from assistant.database import AsyncSession, Conversation, Message, session

router = APIRouter()


async def count_messages(db: AsyncSession, conversation_id: int) -> int:
    return await db.scalar(select(func.count()).where(Message.conversation_id == conversation_id))


@router.get("/")
async def index(db: AsyncSession = Depends(session)):
    """One query for each conversation, on one session: `gather` would break it, a JOIN repairs it."""
    found = []
    for conversation in await db.scalars(select(Conversation)):
        found.append({"id": conversation.id, "title": conversation.title, "messages": await count_messages(db, conversation.id)})
    return found


@router.get("/scenes")
async def scenes():
    return await cached_scenes()


@router.delete("/cache/{scene}")
async def forget(scene: str):
    await delete_cache_pattern(f"answer:{scene}:*")
    return {"scene": scene}
