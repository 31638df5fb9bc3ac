import time

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from assistant.cache import cache
from assistant.database import AsyncSession, Message, session
from assistant.llm import complete
from assistant.search import search_web

router = APIRouter()


class Question(BaseModel):
    conversation: int
    text: str


@router.post("/")
async def ask(question: Question, db: AsyncSession = Depends(session)):
    sources = search_web(question.text)
    messages = [{"role": "user", "content": f"{question.text}\n\n{sources}"}]
    answer = complete("chat", messages)
    db.add(Message(conversation_id=question.conversation, role="assistant", content=answer))
    await db.commit()
    return {"answer": answer}


@router.post("/retry")
async def ask_again(question: Question):
    for attempt in range(3):
        try:
            return {"answer": complete("chat", [{"role": "user", "content": question.text}])}
        except ConnectionError:
            time.sleep(2)
    return {"answer": await cache.get(f"answer:chat:{question.text}")}
