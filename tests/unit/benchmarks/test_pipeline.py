from benchmarks.fleet_simulator.pipeline import Pipeline, Waiting


def test_the_oldest_changes_are_taken_first_and_a_stretch_is_cut_where_the_records_end() -> None:
    waiting = Waiting()
    waiting.put([0.0, 100.0, 50.0])
    waiting.put([100.0, 200.0, 50.0])

    taken = waiting.take(75.0)

    assert taken == [[0.0, 100.0, 50.0], [100.0, 150.0, 25.0]]
    assert waiting.oldest() == 150.0
    assert waiting.records == 25.0


def test_no_record_is_lost_on_the_way() -> None:
    pipeline = Pipeline()
    applied = sum(
        pipeline.flow([at, at + 60.0, 600.0], capture=900.0, apply=400.0)[1]
        for at in range(0, 6000, 60)
    )

    assert applied + pipeline.to_apply.records + pipeline.at_source.records == 60_000.0


def test_what_is_not_captured_is_not_applied() -> None:
    pipeline = Pipeline()

    assert pipeline.flow([0.0, 60.0, 100.0], capture=0.0, apply=1000.0) == (0.0, 0.0)
    assert pipeline.oldest() == 0.0
    assert not pipeline.to_apply.stretches


def test_nothing_waits_where_all_can_be_applied() -> None:
    pipeline = Pipeline()

    assert pipeline.flow([0.0, 60.0, 100.0], capture=500.0, apply=100.0) == (100.0, 100.0)
    assert pipeline.oldest() is None
