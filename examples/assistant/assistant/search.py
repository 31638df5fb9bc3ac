import requests

SEARCH_URL = "https://search.example.com/api"


def search_web(query: str, count: int = 5) -> str:
    response = requests.get(SEARCH_URL, params={"q": query, "count": count})
    return "\n".join(hit["snippet"] for hit in response.json()["hits"])
