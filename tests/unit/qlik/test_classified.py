from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.adapters.qlik_classified import ClassifiedPlatform
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.task import RunOption
from tests.fakes.builders import TASK, a_snapshot, an_aborted
from tests.fakes.platform import FakePlatform

NOT_YET = ErrorClass.UNKNOWN


def classified(plain: FakePlatform, *patterns: ErrorPattern) -> ReplicationPlatform:
    return ClassifiedPlatform(plain, built_in_catalogue().with_patterns(patterns))


def test_every_reading_names_the_class_of_its_error() -> None:
    plain = FakePlatform(an_aborted(error_class=NOT_YET), a_snapshot(task="well"))
    platform = classified(plain)

    reading = platform.read_fleet()

    assert [one.error_class for one in reading.tasks] == [ErrorClass.CONNECTION, NOT_YET]
    assert platform.read_task(TASK).error_class is ErrorClass.CONNECTION


def test_a_deployments_own_pattern_counts() -> None:
    plain = FakePlatform(an_aborted(message="code 4711 came", error_class=NOT_YET))
    own = ErrorPattern(name="own", error_class=ErrorClass.LICENSE, text="code 4711")

    assert classified(plain, own).read_task(TASK).error_class is ErrorClass.LICENSE
    assert classified(plain).read_task(TASK).error_class is NOT_YET


def test_actions_and_the_end_are_handed_on() -> None:
    plain = FakePlatform(an_aborted())
    platform = classified(plain)

    assert platform.run_task(TASK, RunOption.RESUME_PROCESSING).accepted
    assert platform.stop_task(TASK).accepted
    assert platform.reload_table(TASK, "SALES", "ORDERS").accepted
    platform.close()

    asked = [("run", str(TASK)), ("stop", str(TASK)), ("reload_table", str(TASK)), ("close", "")]
    assert plain.calls == asked
    assert plain.reloaded == [("SALES", "ORDERS")]
