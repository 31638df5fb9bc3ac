"""Who may upload, in a database of its own."""

import sqlite3

from ocr.services.passwords import hash_password, verify_password

DATABASE = "accounts.db"


def add_account(name: str, password: str) -> None:
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("INSERT INTO account VALUES (?, ?)", (name, hash_password(password)))


def find_hash(name: str) -> str | None:
    with sqlite3.connect(DATABASE) as connection:
        row = connection.execute("SELECT hash FROM account WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def may_enter(password: str, hashed: str) -> bool:
    return verify_password(password, hashed)
