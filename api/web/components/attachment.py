"""A document sent as an attachment."""

from starlette.responses import Response

from api.confidentiality import documents
from api.web.rendering import HEADERS


def attachment(document: documents.Download) -> Response:
    """Return a file that a browser keeps and never opens by itself, under a name that says nothing."""
    file_headers = HEADERS | {"Content-Disposition": f'attachment; filename="{document.name}"'}
    return Response(document.content, media_type="application/octet-stream", headers=file_headers)
