from local.run.plan import Plan, load_plan
from local.run.planted import search

PLANTED = ("Hunter2-One", "Hunter2-Two")


def test_a_clean_run_is_told_in_one_line() -> None:
    found = search(PLANTED, (), {"logs": ["a line", "another"], "pages": ["a page"]})
    assert found.sentence == "planted secrets: none of 2 found in 3 texts"
    assert found.line.problems == ()


def test_a_secret_is_told_with_the_place_where_it_stands() -> None:
    found = search(PLANTED, (), {"logs": ["x hunter2-two y"], "pages": ["a page"]})
    assert found.line.problems == ("'Hunter2-Two' stands in logs",)
    assert "stands in logs" in found.sentence


def test_a_place_without_a_text_proves_nothing() -> None:
    found = search(PLANTED, (), {"logs": [], "pages": ["a page"]})
    assert found.line.problems == ("there is no text in logs",)


def test_a_secret_that_was_never_sent_proves_nothing() -> None:
    found = search(PLANTED, ("Hunter2-One",), {"logs": ["a line"]})
    assert "'Hunter2-One' was never sent" in found.sentence


def test_the_demonstration_plants_each_secret_in_its_fleet() -> None:
    plan: Plan = load_plan("demo")
    fleet = plan.qlik.model_dump_json()
    assert plan.planted
    assert [text for text in plan.planted if text not in fleet] == []
