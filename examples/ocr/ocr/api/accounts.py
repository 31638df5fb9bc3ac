from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from ocr.services.accounts import add_account, find_hash, may_enter

router = APIRouter()


class Credentials(BaseModel):
    name: str
    password: str


@router.post("/")
async def register(credentials: Credentials):
    add_account(credentials.name, credentials.password)
    return {"name": credentials.name}


@router.post("/login")
async def login(credentials: Credentials):
    hashed = find_hash(credentials.name)
    if hashed is None or not may_enter(credentials.password, hashed):
        raise HTTPException(401)
    return {"name": credentials.name}
