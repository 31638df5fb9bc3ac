"""A chat service over an LLM, with its own documents and a history for each conversation."""

import uvicorn
from fastapi import FastAPI

from assistant import chat, conversations, live, reports, summaries

app = FastAPI(title="Assistant")
app.include_router(chat.router, prefix="/api/chat")
app.include_router(conversations.router, prefix="/api/conversations")
app.include_router(live.router, prefix="/api/live")
app.include_router(reports.router, prefix="/api/reports")
app.include_router(summaries.router, prefix="/api/summaries")

if __name__ == "__main__":
    uvicorn.run(app, port=8000, reload=True)
