import time


async def home():
    time.sleep(1)
    return "home"
