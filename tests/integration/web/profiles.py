"""How much is sent: a minute of the same requests each time, or as much as somebody wants."""

import os

import schemathesis

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "")
"""Of each address, method and sender, beside those that the file's limits suggest."""
FEW = 6
NOT_OURS = ("unsupported_method", "allow_header_conformance")
"""API Gateway answers methods that are not defined, by 403 and not by 405."""
REFUSED_BY_MEANING = "/console/incidents"
"""Its place in the list may have the right form, and name a day that does not exist."""


def config(*, signed_in: bool) -> schemathesis.Config:
    """Return how requests are made; for a stranger sessions are made up, and must not be taken."""
    off = (*NOT_OURS, "ignored_auth") if signed_in else NOT_OURS
    return schemathesis.Config.from_dict(
        {
            **({} if EXAMPLES else {"seed": 1}),
            "generation": {
                "deterministic": not EXAMPLES,
                "max-examples": int(EXAMPLES or FEW),
                "database": "none",
                "with-security-parameters": not signed_in,
            },
            "checks": {name: {"enabled": False} for name in off},
            "operations": [
                {
                    "include-path": REFUSED_BY_MEANING,
                    "checks": {
                        "positive_data_acceptance": {"expected-statuses": ["2xx", 400, 401]}
                    },
                }
            ],
        }
    )
