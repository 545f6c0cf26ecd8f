"""Section "Preview", and the same for files that are sent along and not kept."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.downloads import NEWS
from app.apis.carbonio.forms import FILE_ALONE, SentForm
from app.apis.carbonio.preview_answers import (
    DOCUMENTS,
    PICTURES,
    KeptPreview,
    PreviewOfForm,
    answers_kept,
    answers_of_forms,
)
from app.apis.carbonio.specifications import WantedImage, WantedPages, WantedPdfThumbnail, WantedThumbnail
from app.apis.carbonio.spellings import PathFileId
from app.apis.carbonio.uploads import DeclaredBytes
from app.apis.dependencies import AutocommitCall, Call
from app.domain import previews
from app.domain.specifications import Specification

router = APIRouter(route_class=ChatsRoute, tags=["Preview"])


async def _kept(call: Call, file_id: UUID, wanted: Specification) -> KeptPreview:
    name = call.resources.previewer.name(wanted)
    return KeptPreview(call, await previews.see(call.transaction, file_id, name), wanted, name)


@router.get(
    "/preview/image/{fileId}/{area}",
    summary="getImagePreview",
    response_class=Response,
    responses=answers_kept(PICTURES),
    openapi_extra=NEWS,
)
async def get_image_preview(file_id: PathFileId, call: AutocommitCall, wanted: WantedImage) -> KeptPreview:
    """GET /preview/image/{fileId}/{area}: send an image as large as the area, with borders, or cropped."""
    return await _kept(call, file_id, wanted)


@router.get(
    "/preview/image/{fileId}/{area}/thumbnail",
    summary="getImageThumbnail",
    response_class=Response,
    responses=answers_kept(PICTURES),
    openapi_extra=NEWS,
)
async def get_image_thumbnail(file_id: PathFileId, call: AutocommitCall, wanted: WantedThumbnail) -> KeptPreview:
    """GET /preview/image/{fileId}/{area}/thumbnail: send what of an image fills the area."""
    return await _kept(call, file_id, wanted)


@router.get(
    "/preview/pdf/{fileId}",
    summary="getPdfPreview",
    response_class=Response,
    responses=answers_kept(DOCUMENTS),
    openapi_extra=NEWS,
)
async def get_pdf_preview(file_id: PathFileId, call: AutocommitCall, wanted: WantedPages) -> KeptPreview:
    """GET /preview/pdf/{fileId}: send some pages of a document."""
    return await _kept(call, file_id, wanted)


@router.get(
    "/preview/pdf/{fileId}/{area}/thumbnail",
    summary="getPdfThumbnail",
    response_class=Response,
    responses=answers_kept(PICTURES),
    openapi_extra=NEWS,
)
async def get_pdf_thumbnail(file_id: PathFileId, call: AutocommitCall, wanted: WantedPdfThumbnail) -> KeptPreview:
    """GET /preview/pdf/{fileId}/{area}/thumbnail: send what of the first page fills the area, from its top."""
    return await _kept(call, file_id, wanted)


@router.post(
    "/preview/image/{area}",
    summary="postImagePreview",
    response_class=Response,
    responses=answers_of_forms(PICTURES),
    openapi_extra=FILE_ALONE,
)
async def post_image_preview(
    call: AutocommitCall, form: SentForm, declared_bytes: DeclaredBytes, wanted: WantedImage
) -> PreviewOfForm:
    """POST /preview/image/{area}: send back an image as large as the area, with borders, or cropped."""
    return PreviewOfForm.begun(call, form, declared_bytes, wanted)


@router.post(
    "/preview/image/{area}/thumbnail",
    summary="postImageThumbnail",
    response_class=Response,
    responses=answers_of_forms(PICTURES),
    openapi_extra=FILE_ALONE,
)
async def post_image_thumbnail(
    call: AutocommitCall, form: SentForm, declared_bytes: DeclaredBytes, wanted: WantedThumbnail
) -> PreviewOfForm:
    """POST /preview/image/{area}/thumbnail: send back what of an image fills the area."""
    return PreviewOfForm.begun(call, form, declared_bytes, wanted)


@router.post(
    "/preview/pdf",
    summary="postPdfPreview",
    response_class=Response,
    responses=answers_of_forms(DOCUMENTS),
    openapi_extra=FILE_ALONE,
)
async def post_pdf_preview(
    call: AutocommitCall, form: SentForm, declared_bytes: DeclaredBytes, wanted: WantedPages
) -> PreviewOfForm:
    """POST /preview/pdf: send back some pages of a document."""
    return PreviewOfForm.begun(call, form, declared_bytes, wanted)


@router.post(
    "/preview/pdf/{area}/thumbnail",
    summary="postPdfThumbnail",
    response_class=Response,
    responses=answers_of_forms(PICTURES),
    openapi_extra=FILE_ALONE,
)
async def post_pdf_thumbnail(
    call: AutocommitCall, form: SentForm, declared_bytes: DeclaredBytes, wanted: WantedPdfThumbnail
) -> PreviewOfForm:
    """POST /preview/pdf/{area}/thumbnail: send back what of the first page fills the area, from its top."""
    return PreviewOfForm.begun(call, form, declared_bytes, wanted)
