"""What happened to each upload, in SQLite."""

import aiosqlite


class Tasks:
    connection: aiosqlite.Connection

    async def open(self, path: str) -> None:
        self.connection = await aiosqlite.connect(path)
        for name, value in {"journal_mode": "WAL", "synchronous": "NORMAL"}.items():
            await self.connection.execute(f"PRAGMA {name} = {value}")
        await self.connection.execute("CREATE TABLE IF NOT EXISTS task (id TEXT PRIMARY KEY, name TEXT, pages INTEGER, state TEXT)")

    async def add(self, task_id: str, name: str, pages: int) -> None:
        await self.connection.execute("INSERT INTO task VALUES (?, ?, ?, 'waiting')", (task_id, name, pages))
        await self.connection.commit()

    async def state(self, task_id: str) -> str | None:
        async with self.connection.execute("SELECT state FROM task WHERE id = ?", (task_id,)) as cursor:
            row = await cursor.fetchone()
        return row[0] if row else None

    async def close(self) -> None:
        await self.connection.close()


tasks = Tasks()
