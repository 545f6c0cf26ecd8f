"""Section "Recording assets": the files that recordings and streams leave; list, retrieve, where one can be had."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import invalid, missing, refusals
from app.apis.hms.job_schemas import AssetFilters, PresignedUrl, RecordingAsset, RecordingAssetPage
from app.apis.hms.queries import WRONG_LIMIT, PresignDuration
from app.apis.hms.spellings import JobId
from app.domain.errors import RecordingAssetNotFound

router = APIRouter(route_class=HmsRoute, tags=["Recording assets"])

_NONE_SUCH: Final = missing("Recording asset")


@router.get("/recording-assets", summary="List recording assets", responses=refusals(WRONG_LIMIT))
async def list_recording_assets(filters: Annotated[AssetFilters, Query()]) -> RecordingAssetPage:
    """GET /v2/recording-assets: show a page of files, of which there are none without a media engine."""
    return RecordingAssetPage.of([], limit=filters.limit)


@router.get("/recording-assets/{id}", summary="Retrieve a recording asset", responses=refusals(_NONE_SUCH))
async def retrieve_recording_asset(id: JobId, call: AutocommitCall) -> RecordingAsset:
    """GET /v2/recording-assets/{asset_id}: show one file."""
    raise RecordingAssetNotFound


@router.get(
    "/recording-assets/{id}/presigned-url",
    summary="Retrieve a pre-signed URL",
    responses=refusals(
        invalid("query", "presign_duration must be a whole number from 0 to 999999999"),
        _NONE_SUCH,
    ),
)
async def retrieve_presigned_url(id: JobId, presign_duration: PresignDuration = None) -> PresignedUrl:
    """GET /v2/recording-assets/{asset_id}/presigned-url: say where a file can be had for a time, without a token."""
    raise RecordingAssetNotFound
