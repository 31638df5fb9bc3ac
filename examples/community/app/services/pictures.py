"""Thumbnails, and the archive of everything somebody has uploaded."""

import os
import zipfile

from PIL import Image

WIDTH = 640


def make_thumbnail(path):
    target = f"{path}.thumb.webp"
    with Image.open(path) as picture:
        picture.thumbnail((WIDTH, WIDTH))
        picture.save(target, "WEBP")
    return target


def pack(folder, archive):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in os.listdir(folder):
            packed.write(os.path.join(folder, name), name)
    return archive
