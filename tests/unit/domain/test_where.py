import pytest

from qlik_monitor.domain.anomaly import Where
from qlik_monitor.domain.sample import Sample
from qlik_monitor.domain.task import ServerSnapshot
from qlik_monitor.domain.where import locate
from tests.fakes.builders import a_server

CALM = a_server(machine_cpu_percentage=40)
BUSY = a_server(machine_cpu_percentage=99)


@pytest.mark.parametrize(
    ("newest", "server", "where", "because"),
    [
        ({"latency": 900, "source": 880, "waiting": 0}, CALM, Where.SOURCE, "880 s of 900 s"),
        ({"latency": 900, "source": 5, "waiting": 70, "rate": 40}, CALM, Where.APPLY, "70 changes"),
        (
            {"latency": 900, "source": 5, "waiting": 70, "rate": 4},
            CALM,
            Where.ONE_BY_ONE,
            "4 records/s instead of the usual 100",
        ),
        ({"latency": 900, "source": 5, "waiting": 70, "rate": 0}, CALM, Where.APPLY, "70 changes"),
        ({"latency": 900, "source": 880}, BUSY, Where.RESOURCES, "99 % busy"),
        ({"latency": 900, "loading": 2}, CALM, Where.FULL_LOAD, "2 table(s)"),
        (
            {"latency": 900, "source": 5, "waiting": 0, "in_progress": 9},
            None,
            Where.TRANSACTION,
            "9",
        ),
        ({"latency": None, "source": None, "waiting": None}, None, Where.UNKNOWN, "unknown"),
    ],
    ids=["source", "apply", "one by one", "still", "machine", "load", "transaction", "unknown"],
)
def test_the_numbers_say_where_it_hurts(
    newest: dict[str, int | None], server: ServerSnapshot | None, where: Where, because: str
) -> None:
    window = (Sample(at=0, in_progress=0), Sample(at=300, **newest))
    located = locate(window, 100.0, server)
    assert located.where is where
    assert because in located.because


def test_without_a_reading_nothing_is_guessed() -> None:
    assert locate((), None, BUSY).where is Where.UNKNOWN
