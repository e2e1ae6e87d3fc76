"""Forms that another site's page sent: what browsers say of them.

Our pages forbid referrers, so that browsers name the origin of our own forms `null`; what tells
forms apart is `Sec-Fetch-Site`, and an `Origin` of another host where an old browser sends one.
"""

from urllib.parse import urlsplit

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

SAME_SITE = ("same-origin", "none")
"""What browsers say of a request that a page of ours, or a person, began."""


def comes_from_elsewhere(event: APIGatewayProxyEvent, own_address: str) -> bool:
    """Tell whether another site's page sent a form; a client that says nothing is no browser."""
    if any(value not in SAME_SITE for value in headers_of(event, "sec-fetch-site")):
        return True
    own = urlsplit(own_address)
    allowed = ("null", f"{own.scheme}://{own.netloc}")
    return any(value not in allowed for value in headers_of(event, "origin"))


def headers_of(event: APIGatewayProxyEvent, name: str) -> list[str]:
    """Return every value of a header, whichever way API Gateway hands it over."""
    many = event.get("multiValueHeaders") or {}
    found = [value for own, values in many.items() if own.lower() == name for value in values]
    one = event.get("headers") or {}
    return found or [value for own, value in one.items() if own.lower() == name]
