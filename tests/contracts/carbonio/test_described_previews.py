"""What the description says of previews: their types, what a client may keep, and what can be asked for."""

import pytest
from descriptions import Operation, description

CHATS = "/services/chats"
PICTURES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
PREVIEWS = {
    "image_preview": PICTURES,
    "image_thumbnail": PICTURES,
    "pdf_preview": ["application/pdf"],
    "pdf_thumbnail": PICTURES,
}
WORDS = {
    "quality": (["Lowest", "Low", "Medium", "High", "Highest"], "Medium"),
    "output_format": (["Jpeg", "Png", "Gif", "Webp"], "Jpeg"),
    "shape": (["Rounded", "Rectangular"], "Rectangular"),
    "crop": (["true", "1", "yes", "on", "false", "0", "no", "off"], "false"),
}


@pytest.mark.parametrize(("name", "types"), PREVIEWS.items())
class TestAnswers:
    async def test_are_bytes_of_their_types(self, name: str, types: list[str]) -> None:
        operations = (await description(CHATS)).operations
        for operation in (operations[f"get_{name}"], operations[f"post_{name}"]):
            content = operation.response("200")["content"]
            assert content == {type: {"schema": {"type": "string", "format": "binary"}} for type in types}
            assert list(content) == types

    async def test_of_files_that_are_kept_can_be_kept_and_asked_for_again(self, name: str, types: list[str]) -> None:
        operation = (await description(CHATS)).operations[f"get_{name}"]
        assert operation.statuses == ["200", "304", "400", "401", "404", "424", "429", "431", "500"]
        assert headers_of(operation, "200") == ["ETag", "Cache-Control", "X-Content-Type-Options"]
        assert headers_of(operation, "304") == ["ETag", "Cache-Control"]
        assert "content" not in operation.response("304")
        assert [each["name"] for each in operation.parameters if each["in"] == "header"] == ["If-None-Match"]

    async def test_of_files_that_are_sent_along_are_for_once(self, name: str, types: list[str]) -> None:
        operation = (await description(CHATS)).operations[f"post_{name}"]
        assert operation.statuses == ["200", "400", "401", "408", "413", "424", "429", "431", "500"]
        assert headers_of(operation, "200") == ["Cache-Control", "X-Content-Type-Options"]
        assert [each["name"] for each in operation.parameters if each["in"] == "header"] == []


class TestQuery:
    @pytest.mark.parametrize("name", PREVIEWS)
    async def test_lists_the_words_that_are_documented(self, name: str) -> None:
        operations = (await description(CHATS)).operations
        last = {"image_preview": ["crop"], "pdf_preview": []}.get(name, ["shape"])
        expected = {name: WORDS[name] for name in (["quality", "output_format", *last] if last else [])}
        for operation in (operations[f"get_{name}"], operations[f"post_{name}"]):
            schemas = {each["name"]: each["schema"] for each in operation.parameters if "enum" in each["schema"]}
            assert {name: (said["enum"], said["default"]) for name, said in schemas.items()} == expected

    @pytest.mark.parametrize("name", ["get_pdf_preview", "post_pdf_preview"])
    async def test_counts_pages_under_both_spellings(self, name: str) -> None:
        parameters = (await description(CHATS)).operations[name].parameters
        numbers = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        least = {"firstPage": 1, "first_page": 1, "lastPage": 0, "last_page": 0}
        assert numbers == {name: {"type": "integer", "minimum": number} for name, number in least.items()}


def headers_of(operation: Operation, status: str) -> list[str]:
    return [name for name in operation.response(status)["headers"] if name != "X-Trace-Id"]
