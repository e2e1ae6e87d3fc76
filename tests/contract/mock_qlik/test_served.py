import requests

from local.mock_qlik import MockQlik

FLEET = {"servers": [{"name": "S", "tasks": [{"name": "T", "tags": ["Watched-1"]}]}]}


def test_answers_that_hold_a_watched_text_are_counted_and_no_others() -> None:
    with MockQlik(FLEET) as qlik:
        qlik.served.watch(("Watched-1", "Never-Sent"))
        login = requests.get(
            f"{qlik.url}/attunityenterprisemanager/api/v1/login",
            auth=(qlik.credentials.username, qlik.credentials.password),
            timeout=5,
        )
        session = {
            "EnterpriseManager.APISessionID": login.headers["EnterpriseManager.APISessionID"]
        }
        for path in ("servers", "servers/S/tasks"):
            url = f"{qlik.url}/attunityenterprisemanager/api/v1/{path}"
            requests.get(url, headers=session, timeout=5)
        assert (qlik.served.times("Watched-1"), qlik.served.times("Never-Sent")) == (1, 0)
