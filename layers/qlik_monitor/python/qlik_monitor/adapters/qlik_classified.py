"""A platform whose readings name the class of each task's error: the one place where it is set."""

from qlik_monitor.domain.error_catalogue import ErrorCatalogue
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.task import ActionAnswer, FleetReading, RunOption, TaskId, TaskSnapshot


class ClassifiedPlatform:
    """Fits `ReplicationPlatform`."""

    def __init__(self, platform: ReplicationPlatform, catalogue: ErrorCatalogue) -> None:
        """Read by this platform, and classify by this catalogue."""
        self._platform = platform
        self._catalogue = catalogue

    def read_fleet(self) -> FleetReading:
        """Read all servers and tasks."""
        reading = self._platform.read_fleet()
        tasks = tuple(self._classified(snapshot) for snapshot in reading.tasks)
        return reading.model_copy(update={"tasks": tasks})

    def read_task(self, task: TaskId) -> TaskSnapshot:
        """Read one task now."""
        return self._classified(self._platform.read_task(task))

    def run_task(self, task: TaskId, option: RunOption) -> ActionAnswer:
        """Ask once for a run."""
        return self._platform.run_task(task, option)

    def stop_task(self, task: TaskId) -> ActionAnswer:
        """Ask once for a stop."""
        return self._platform.stop_task(task)

    def reload_table(self, task: TaskId, schema: str, table: str) -> ActionAnswer:
        """Ask once for one table to be loaded anew."""
        return self._platform.reload_table(task, schema, table)

    def close(self) -> None:
        """Give connections back."""
        self._platform.close()

    def _classified(self, snapshot: TaskSnapshot) -> TaskSnapshot:
        error_class = self._catalogue.class_of(snapshot)
        if error_class is ErrorClass.UNKNOWN:
            return snapshot  # as it was read: a copy of each healthy task costs time
        return snapshot.model_copy(update={"error_class": error_class})
