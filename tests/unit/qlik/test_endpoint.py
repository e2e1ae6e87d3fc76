import pytest

from qlik_monitor.adapters.qlik_endpoint import QlikFlavor, is_loopback, qlik_base
from qlik_monitor.errors import ConfigurationError

MANAGER = "/attunityenterprisemanager/api/v1"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://qem.example.com", f"https://qem.example.com{MANAGER}"),
        ("https://qem.example.com/", f"https://qem.example.com{MANAGER}"),
        (" https://qem.example.com\n", f"https://qem.example.com{MANAGER}"),
        ("https://qem.example.com:8443", f"https://qem.example.com:8443{MANAGER}"),
        ("https://h:8443/attunityenterprisemanager", f"https://h:8443{MANAGER}"),
        ("https://h/attunityenterprisemanager/api", f"https://h{MANAGER}"),
        ("https://h/attunityenterprisemanager/api/v1", f"https://h{MANAGER}"),
        ("https://h/attunityenterprisemanager/api/v1/", f"https://h{MANAGER}"),
        ("https://h/AttunityEnterpriseManager/", "https://h/AttunityEnterpriseManager/api/v1"),
        ("https://h/behind/proxy/attunityenterprisemanager", f"https://h/behind/proxy{MANAGER}"),
        ("https://your-qlik-server.com/api", f"https://your-qlik-server.com{MANAGER}"),
        ("https://your-qlik-server.com/api/", f"https://your-qlik-server.com{MANAGER}"),
        ("https://h/api/v1/attunityenterprisemanager", f"https://h/api/v1{MANAGER}"),
        ("https://[::1]:9443", f"https://[::1]:9443{MANAGER}"),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:8080{MANAGER}"),
        ("http://localhost:8080", f"http://localhost:8080{MANAGER}"),
        # No sub-domain of Qlik's, whatever it looks like.
        ("https://qlikcloud.com.example.org", f"https://qlikcloud.com.example.org{MANAGER}"),
    ],
)
def test_an_address_of_enterprise_manager_leads_to_its_api(endpoint: str, expected: str) -> None:
    base = qlik_base(endpoint)

    assert (base.url, base.flavor) == (expected, QlikFlavor.ENTERPRISE_MANAGER)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://t.eu.qlikcloud.com",
        "https://t.eu.qlikcloud.com/",
        "https://t.eu.qlikcloud.com/api",
        "https://t.eu.qlikcloud.com/api/v1",
        "https://t.eu.qlikcloud.com/api/v1/di-projects/",
        "https://T.EU.QlikCloud.com/api/v1",
    ],
)
def test_an_address_of_qlik_cloud_leads_to_its_api(endpoint: str) -> None:
    base = qlik_base(endpoint)

    assert (base.url.lower(), base.flavor) == (
        "https://t.eu.qlikcloud.com/api/v1",
        QlikFlavor.CLOUD,
    )


def test_the_government_cloud_is_recognized() -> None:
    assert qlik_base("https://t.us.qlikcloudgov.com").flavor is QlikFlavor.CLOUD


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "/API/v1", "/api/v1/di-projects", "/api/v1/di-projects/"]
)
def test_the_cloud_s_own_path_means_the_cloud_behind_whatever_host(path: str) -> None:
    base = qlik_base(f"https://gateway.example.com{path}")

    assert (base.url, base.flavor) == ("https://gateway.example.com/api/v1", QlikFlavor.CLOUD)


def test_an_address_of_one_project_is_refused_rather_than_taken_for_all() -> None:
    with pytest.raises(ConfigurationError, match="its path is not that of cloud"):
        qlik_base("https://gateway.example.com/api/v1/di-projects/p1")


def test_the_flavor_overrides_what_the_address_suggests() -> None:
    named = qlik_base("https://qem.example.com/api/v1", "enterprise_manager")
    assert named.url == f"https://qem.example.com{MANAGER}"
    assert qlik_base("https://h.example", "cloud").url == "https://h.example/api/v1"
    manager = qlik_base("https://t.eu.qlikcloud.com", "enterprise_manager")
    assert manager.url == f"https://t.eu.qlikcloud.com{MANAGER}"


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("", "allowed is an https address"),
        ("qem.example.com", "allowed is an https address"),
        ("ftp://qem.example.com", "allowed is an https address"),
        ("https://", "allowed is an https address"),
        ("https://h:notaport", "allowed is an https address"),
        ("https://h:99999", "allowed is an https address"),
        ("https://[::1", "allowed is an https address"),
        ("https://qem example.com", "allowed is an https address"),
        ("https://qém.example.com", "allowed is an https address"),
        ("https://h/other", "its path is not that of enterprise_manager"),
        ("https://h/attunityenterprisemanager/#!/tasks", "nothing may follow the path"),
        ("https://h/?x=1", "nothing may follow the path"),
        ("http://qem.example.com", "plain http would send the credentials in clear"),
        ("http://10.0.0.1", "plain http would send the credentials in clear"),
        ("http://localhost.example.com", "plain http would send the credentials in clear"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_is_allowed(
    endpoint: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        qlik_base(endpoint)

    assert "QLIK_API_ENDPOINT" in str(refusal.value)
    assert reason in str(refusal.value)
    assert repr(endpoint.strip()) in str(refusal.value)


def test_a_flavor_that_the_path_contradicts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="its path is not that of cloud"):
        qlik_base("https://h/attunityenterprisemanager", "cloud")


def test_credentials_in_the_address_are_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="QLIK_PASSWORD") as refusal:
        qlik_base("https://user:s3cret@qem.example.com")

    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_recognized_in_all_its_forms(host: str) -> None:
    assert is_loopback(host)
