"""Executions of state machines begin and end as on AWS: once by name, in time, and for good.

- Starting one again with the name and input of one that still runs gives that one (API reference, StartExecution: "idempotent for
  STANDARD workflows").
- `TimeoutSeconds` of a state machine ends an execution as TIMED_OUT; waits and limit are both scaled by SFN_WAIT_SCALE.
- One that was stopped, or is over its time, runs no further task, in a branch of a Parallel neither, and keeps its status.
- `states:startExecution.sync:2` starts an execution like any other (MiniStack runs it the express way, without events), gives its description, and fails as
  `States.TaskFailed` with it as cause. The child is stopped with the parent.
- `$$.Execution.RedriveCount`, and `redriveCount` in lists and descriptions, are 0: nothing is redriven here.
"""
import contextvars
import json
import threading
import time

from ministack.services import stepfunctions

_start = stepfunctions._start_execution
_execute_task = stepfunctions._execute_task
_fail = stepfunctions._fail_execution
_apply_input_path = stepfunctions._apply_input_path
_list_executions = stepfunctions._list_executions
_describe_execution = stepfunctions._describe_execution
# The execution whose task this thread runs.
_parent = contextvars.ContextVar("parent", default=None)


class Ended(SystemExit):
    """Ends the thread of an execution, or of a branch, without a word: no Catch of the state machine sees it."""


def running(execution):
    return execution["status"] == "RUNNING"


def same_execution(data):
    """The execution that still runs under this name with this input."""
    machine = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", ""))
    for execution in list(stepfunctions._executions.values()):
        if (execution["stateMachineArn"], execution["name"]) == (machine, data.get("name")) and running(execution):
            return execution if json.loads(execution["input"]) == json.loads(data.get("input", "{}")) else None
    return None


def time_out(execution):
    if not running(execution):
        return
    execution["status"] = "TIMED_OUT"
    execution["stopDate"] = stepfunctions.now_iso()
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)


def start_execution(data):
    if found := same_execution(data):
        return stepfunctions.json_response({"executionArn": found["executionArn"], "startDate": found["startDate"]})
    status, headers, body = _start(data)
    if status < 400:
        execution = stepfunctions._executions[json.loads(body)["executionArn"]]
        definition = json.loads(stepfunctions._state_machines[execution["stateMachineArn"]]["definition"])
        if "TimeoutSeconds" in definition:
            seconds = definition["TimeoutSeconds"] * stepfunctions._SFN_WAIT_SCALE
            # The account and region of the request are context variables, which a new thread does not get by itself.
            timer = threading.Timer(seconds, contextvars.copy_context().run, (time_out, execution))
            timer.daemon = True
            timer.start()
    return status, headers, body


def execute_task(state_def, raw_input, execution, ctx):
    if not running(execution):
        raise Ended
    _parent.set(execution)
    return _execute_task(state_def, raw_input, execution, ctx)


def fail_execution(execution, error, cause):
    if running(execution):
        _fail(execution, error, cause)


def apply_input_path(state_def, data, ctx=None):
    # The first thing that a state does with the context object.
    if ctx and "Execution" in ctx:
        ctx["Execution"].setdefault("RedriveCount", 0)
    return _apply_input_path(state_def, data, ctx)


def with_redrive_count(answer):
    status, _, body = answer
    payload = json.loads(body)
    for execution in payload.get("executions", [payload]) if status < 400 else []:
        execution.setdefault("redriveCount", 0)
    return stepfunctions.json_response(payload, status)


def nested(input_data):
    """The execution that a task starts."""
    status, _, body = start_execution(stepfunctions._nested_start_execution_request(input_data))
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(f"StepFunctions.{answer['__type']}Exception", answer.get("message", ""))
    return stepfunctions._executions[answer["executionArn"]]


def described(execution):
    """DescribeExecution with input and output parsed, without what is not there."""
    text = {name: json.loads(execution[name]) for name in ("input", "output") if execution.get(name) and (name == "input" or execution["status"] == "SUCCEEDED")}
    dates = {name: stepfunctions._iso_to_epoch_ms(execution[name]) for name in ("startDate", "stopDate") if execution.get(name)}
    rest = {name: execution[name] for name in ("executionArn", "stateMachineArn", "name", "status", "error", "cause") if execution.get(name)}
    return {name[0].upper() + name[1:]: value for name, value in {**rest, **dates, **text}.items()}


def start_nested(_resource, input_data):
    child = nested(input_data)
    return {"ExecutionArn": child["executionArn"], "StartDate": stepfunctions._iso_to_epoch_ms(child["startDate"])}


def start_nested_and_wait(_resource, input_data):
    parent, child = _parent.get(), nested(input_data)
    while running(child):
        if parent is not None and not running(parent):
            stepfunctions._stop_execution({"executionArn": child["executionArn"]})
            raise Ended
        time.sleep(0.05)
    if child["status"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(described(child)))
    return described(child)


def install():
    stepfunctions._start_execution = start_execution
    stepfunctions._execute_task = execute_task
    stepfunctions._fail_execution = fail_execution
    stepfunctions._apply_input_path = apply_input_path
    stepfunctions._list_executions = lambda data: with_redrive_count(_list_executions(data))
    stepfunctions._describe_execution = lambda data: with_redrive_count(_describe_execution(data))
    stepfunctions._invoke_nested_start_execution = start_nested
    stepfunctions._invoke_nested_start_execution_sync = start_nested_and_wait
