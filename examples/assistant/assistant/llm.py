"""The language model, an OpenAI-compatible service."""

import os
from pathlib import Path

from openai import OpenAI

MODEL = os.environ.get("LLM_MODEL", "deepseek-chat")
PROMPTS = Path(__file__).parent / "prompts"

client = OpenAI(base_url="https://api.deepseek.com", api_key=os.environ.get("LLM_API_KEY", ""))


def prompt(scene: str) -> str:
    return (PROMPTS / f"{scene}.txt").read_text(encoding="utf-8")


def complete(scene: str, messages: list[dict]) -> str:
    completion = client.chat.completions.create(model=MODEL, messages=[{"role": "system", "content": prompt(scene)}, *messages])
    return completion.choices[0].message.content or ""
