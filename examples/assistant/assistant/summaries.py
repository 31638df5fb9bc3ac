import asyncio

from fastapi import APIRouter, Depends
from openai import AsyncOpenAI
from sqlalchemy import func, select

from assistant.database import AsyncSession, Conversation, Message, session

router = APIRouter()
model = AsyncOpenAI()


@router.post("/{conversation_id}")
async def summarize(conversation_id: int, db: AsyncSession = Depends(session)):
    """The connection waits for the language model; `commit()` before the question gives it back."""
    contents = await db.scalars(select(Message.content).where(Message.conversation_id == conversation_id))
    answer = await model.responses.create(model="gpt-5-nano", input="\n".join(contents))
    db.add(Message(conversation_id=conversation_id, role="summary", content=answer.output_text))
    await db.commit()
    return {"summary": answer.output_text}


@router.get("/numbers")
async def numbers(db: AsyncSession = Depends(session)):
    conversations, messages = await asyncio.gather(
        db.scalar(select(func.count(Conversation.id))),
        db.scalar(select(func.count(Message.id))),
    )
    return {"conversations": conversations, "messages": messages}
