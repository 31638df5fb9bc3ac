"""What is in a document, before it is sent away."""

import subprocess
from pathlib import Path

import PyPDF2
from PIL import Image


def count_pages(path: Path) -> int:
    if path.suffix.lower() != ".pdf":
        return 1
    with path.open("rb") as file:
        return len(PyPDF2.PdfReader(file).pages)


def preview(path: Path) -> Path:
    target = path.with_suffix(".webp")
    if path.suffix.lower() == ".pdf":
        subprocess.run(["pdftoppm", "-singlefile", "-png", str(path), str(path.with_suffix(""))], check=True)
        path = path.with_suffix(".png")
    with Image.open(path) as picture:
        picture.thumbnail((480, 480))
        picture.save(target)
    return target


def describe(path: Path) -> dict[str, object]:
    return {"name": path.name, "pages": count_pages(path), "preview": preview(path).name}
