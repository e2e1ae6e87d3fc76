"""All the ways in which a session may be refused."""

from tests.integration.qlik.scripted import Reply, json_reply

STATUSES = [401, 403, 400, 500]
LOGIN_PAGE = {"Location": "https://sso.example.com/login"}
REFUSED_BY_QLIK = {
    **{str(one): json_reply({"error_code": "INVALID_SESSION_ID"}, one) for one in STATUSES},
    "another case": json_reply({"error_code": "Invalid_Session_ID"}, 400),
    "200 and a code": json_reply({"error_code": "INVALID_SESSION_ID"}),
    "text": Reply(500, b"INVALID_SESSION_ID"),
    "bare 401": Reply(401),
    "bare 403": Reply(403),
    "401 and a code": json_reply({"error_code": "UNAUTHORIZED_REQUEST"}, 401),
    "403 and a code": json_reply({"error_code": "UNAUTHORIZED_REQUEST"}, 403),
    "440": Reply(440, b"<html>Login Time-out</html>"),
}
REFUSED_BESIDE_QLIK = {
    "redirect": Reply(302, headers=LOGIN_PAGE),
    "web page": Reply(200, b"<!doctype html><form action='/login'>"),
}
REFUSED = REFUSED_BY_QLIK | REFUSED_BESIDE_QLIK
