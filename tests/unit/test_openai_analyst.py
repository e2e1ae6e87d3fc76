import pytest
from pydantic import SecretStr

from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst


@pytest.mark.parametrize("base_url", [None, ""])
def test_an_empty_address_means_openai_itself(
    base_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    analyst = OpenAiAnalyst(AnalystSetup(model="gpt-4o", base_url=base_url), SecretStr("sk-none"))
    assert analyst.address == "https://api.openai.com/v1/"
    analyst.close()
