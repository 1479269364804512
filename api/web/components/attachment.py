"""A document sent as an attachment."""

from starlette.responses import Response

from api.confidentiality import documents
from api.web.rendering import HEADERS


def attachment(found: documents.Download) -> Response:
    """Return a file that a browser keeps and never opens by itself, under a name that says nothing."""
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(found.content, media_type="application/octet-stream", headers=headers)
