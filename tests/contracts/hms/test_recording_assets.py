"""GET /v2/recording-assets/{id}/presigned-url: for how long (hms.md §1.7); all else is in test_jobs.py."""

from collections.abc import Callable

import httpx
import pytest

NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]


@pytest.mark.parametrize("id", [NOBODY, "x"])
class TestPresignedUrl:
    async def test_of_no_file(self, hms: httpx.AsyncClient, missing: Check, id: str) -> None:
        for duration in ("", "0", "3600", "999999999", "0003600"):
            answer = await hms.get(f"/v2/recording-assets/{id}/presigned-url", params={"presign_duration": duration})
            missing(answer, "Recording asset")

    async def test_for_no_time_is_told_first(self, hms: httpx.AsyncClient, bad_query: Check, id: str) -> None:
        for duration in ("-1", "1.5", "1e3", "x", "1000000000", " 1", "\0"):
            answer = await hms.get(f"/v2/recording-assets/{id}/presigned-url", params={"presign_duration": duration})
            bad_query(answer, "presign_duration must be a whole number from 0 to 999999999")
