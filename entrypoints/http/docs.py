"""The OpenAPI document and the page that shows it, for programs and for people."""

import json

from flask import Blueprint, Response, current_app, render_template

from entrypoints.http.addresses import relative
from entrypoints.http.json import JsonAnswer
from entrypoints.http.openapi import TITLE, build_spec

PAGE = "docs"
DOCUMENT = "openapi.json"


def docs_blueprint() -> Blueprint:
    """GET /docs, to which / redirects, and GET /openapi.json.

    The page's template and assets come from a package, and are served by this host at relative
    addresses. The package's own blueprint would redirect /docs to whatever host the client names,
    and write absolute paths.
    """
    blueprint = Blueprint(
        "docs",
        "flask_swagger_ui",
        template_folder="templates",
        static_folder="dist",
        static_url_path=f"/{PAGE}",
    )

    @blueprint.get("/")
    def root() -> Response:
        return Response(status=302, headers={"Location": relative(PAGE)})

    @blueprint.get("/favicon.ico")  # browsers ask for it unasked
    def favicon() -> Response:
        return blueprint.send_static_file("favicon-32x32.png")

    @blueprint.get(f"/{PAGE}")
    def page() -> str:
        shown = {"url": relative(DOCUMENT), "dom_id": "#swagger-ui", "layout": "StandaloneLayout"}
        options = {"deepLinking": True, "validatorUrl": None}
        return render_template(
            "index.template.html",
            app_name=TITLE,
            base_url=relative(PAGE),
            config_json=json.dumps(shown | options),
        )

    @blueprint.get(f"/{DOCUMENT}")
    def document() -> Response:
        return JsonAnswer(build_spec(current_app).to_dict())

    return blueprint
