"""No test ever opens this file."""

import time


async def report():
    time.sleep(5)
