from qlik_monitor.domain.anomaly import Subject
from tests.fakes.builders import TASK


def test_a_subject_is_a_task_or_a_whole_server() -> None:
    task, server = Subject(server="prod", task="orders"), Subject(server="prod")
    assert (str(task), task.task_id) == ("prod/orders", TASK)
    assert (str(server), server.task_id) == ("prod", None)
