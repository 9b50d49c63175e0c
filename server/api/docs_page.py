"""The page /api/v1/docs: the API's description, drawn by Swagger UI.

The page is of the same origin as everything else here, so what runs on it could do whatever its reader may. The scripts
come from a CDN, as FastAPI's own page has them, but are named to the byte (Subresource Integrity, W3C): others do not
run. The hashes are those of the files in the npm package of that version.
"""

import hashlib
import json
from base64 import b64encode
from typing import Final

from fastapi import FastAPI
from starlette.responses import HTMLResponse

_CDN: Final = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0"
_SCRIPT_HASH: Final = "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9"
_STYLE_HASH: Final = "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I"

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title} API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="{cdn}/swagger-ui.css" integrity="{style_hash}" crossorigin="anonymous">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="{cdn}/swagger-ui-bundle.js" integrity="{script_hash}" crossorigin="anonymous"></script>
  <script>{start}</script>
</body>
</html>
"""
_START: Final = 'SwaggerUIBundle({url: %s, dom_id: "#swagger-ui", deepLinking: true})'


def add_docs_page(app: FastAPI, path: str) -> None:
    """Add the page of an app's description at a path."""
    start = _START % json.dumps(app.openapi_url)
    text = _PAGE.format(
        title=app.title, cdn=_CDN, style_hash=_STYLE_HASH, script_hash=_SCRIPT_HASH, start=start
    )
    headers = {"Content-Security-Policy": _policy(start), "X-Content-Type-Options": "nosniff"}

    @app.get(path, include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(text, headers=headers)


def _policy(start: str) -> str:
    inline = b64encode(hashlib.sha256(start.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src {_CDN}/ 'sha256-{inline}'; style-src {_CDN}/ 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
