"""A document sent as an attachment."""

from starlette.responses import Response

from api.confidentiality import documents
from api.web.rendering import HEADERS


def attachment(document: documents.Download) -> Response:
    """Return a file that browsers save and never open by themselves, under a neutral name."""
    file_headers = HEADERS | {"Content-Disposition": f'attachment; filename="{document.name}"'}
    return Response(document.content, media_type="application/octet-stream", headers=file_headers)
