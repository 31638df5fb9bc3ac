"""A chat service over an LLM, with its own documents and a history for each conversation."""

from fastapi import FastAPI

from assistant import chat, conversations, reports

app = FastAPI(title="Assistant")
app.include_router(chat.router, prefix="/api/chat")
app.include_router(conversations.router, prefix="/api/conversations")
app.include_router(reports.router, prefix="/api/reports")
