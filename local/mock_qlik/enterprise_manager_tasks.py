"""Enterprise Manager's two actions on a task: run and stop."""

from aiohttp import web

from local.mock_qlik.behaviour import Reading
from local.mock_qlik.bodies import spelled
from local.mock_qlik.em_call import Call, malformed
from local.mock_qlik.responses import answered
from local.mock_qlik.vocabulary import RunOption


def run_task(call: Call) -> web.Response:
    """Answer RunTask: 200 may still say that the task came up in error."""
    task, option, timeout = call.task, _option(call), call.timeout()
    call.server.must_be_licensed()
    return _outcome(call, task.run(call.now, option, timeout, call.task_name))


def stop_task(call: Call) -> web.Response:
    """Answer StopTask."""
    return _outcome(call, call.task.stop(call.now, call.timeout()))


def _option(call: Call) -> RunOption:
    text = call.query.get("option", RunOption.NONE).upper()
    position = call.payload().get("cdcposition")
    if text not in list(RunOption) or text == RunOption.NONE:
        allowed = ", ".join(option for option in RunOption if option is not RunOption.NONE)
        raise malformed(f"option={text!r} is not one of {allowed}.")
    option = RunOption(text)
    if option.needs_position and not position:
        raise malformed(f"option={option} needs a cdcposition in the body.")
    return option


def _outcome(call: Call, reading: Reading) -> web.Response:
    symptoms = reading.symptoms
    return answered(
        {
            "state": spelled(symptoms.state, call.world.scenario.spelling),
            "error_message": symptoms.message,
        }
    )
