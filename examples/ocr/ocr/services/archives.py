"""Results come as a ZIP archive with one Markdown file and its pictures."""

import json
import shutil
import zipfile
from pathlib import Path


def extract(archive: Path, folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return next(folder.glob("*.md"))


def read_layout(folder: Path) -> dict:
    with open(folder / "layout.json", encoding="utf-8") as file:
        return json.load(file)
