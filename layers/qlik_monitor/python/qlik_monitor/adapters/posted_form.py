"""Forms as browsers post them: bounded, and each field once.

A field that is sent twice counts as not sent: of two answers neither is sure to be meant.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

MAX_BODY = 8192
UNREADABLE = "The form could not be read."


def fields_of(event: APIGatewayProxyEvent, most: int) -> Mapping[str, str]:
    """Read a posted form of at most so many fields.

    Raises ValueError with a sentence for whoever sent what is too large, or no form.
    """
    body = _body(event)
    if len(body) > MAX_BODY:
        raise ValueError(f"The form is larger than {MAX_BODY} characters.")
    try:
        many = parse_qs(body, keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise ValueError(UNREADABLE) from None
    return {name: values[0] for name, values in many.items() if len(values) == 1}


def _body(event: APIGatewayProxyEvent) -> str:
    try:
        return event.decoded_body or ""
    except ValueError:
        raise ValueError(UNREADABLE) from None
