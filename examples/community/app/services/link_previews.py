"""Titles of the pages that a post links to."""

import asyncio
import re

import aiohttp

TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)


async def title_of(session, url):
    async with session.get(url) as page:
        found = TITLE.search(await page.text())
    return found[1].strip() if found else url


async def titles_of(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(title_of(session, url) for url in urls[:5]))


def link_titles(urls):
    return asyncio.run(titles_of(urls))
