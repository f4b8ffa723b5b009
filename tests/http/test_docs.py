"""The page that shows the documentation works, wherever a proxy puts it."""

import re
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

SUB_PATH = "http://host.example:8443/shop"


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_everything_on_the_page_comes_from_this_host_under_any_path(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")

    page = response.get_data(as_text=True)
    addresses = re.findall(r'(?:src|href|"url")(?:=|: )"([^"]*)"', page)

    assert len(addresses) > 4
    for address in addresses:
        seen = urljoin(SUB_PATH + path, address)
        assert seen.startswith(f"{SUB_PATH}/")
        with client.get(seen.removeprefix(SUB_PATH)) as asset:
            assert asset.status_code == 200


def test_the_page_says_nothing_of_the_host_that_was_asked_for(client: FlaskClient) -> None:
    response = client.get("/docs", headers={"Host": "evil.example", "X-Forwarded-Host": "evil"})

    assert "evil" not in response.get_data(as_text=True) + str(response.headers)


def test_the_root_leads_to_the_page_under_any_path(client: FlaskClient) -> None:
    response = client.get("/")

    assert response.status_code == 302
    assert response.headers["Location"] == "docs"


def test_the_root_answers_a_load_balancer_that_asks_for_its_options(client: FlaskClient) -> None:
    response = client.options("/")

    assert response.status_code == 200
    assert "GET" in response.headers["Allow"]


def test_browsers_find_an_icon(client: FlaskClient) -> None:
    with client.get("/favicon.ico") as response:
        assert (response.status_code, response.mimetype) == (200, "image/png")
