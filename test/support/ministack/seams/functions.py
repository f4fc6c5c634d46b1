"""Errors of Node handlers keep their names: a state machine's Retry and Catch know them by it (Lambda developer guide, Node.js function errors).

MiniStack calls all of them `Runtime.HandlerError`.
"""
import threading

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

SAID = "status: \"error\", error: String(err.message || err), trace: err.stack || \"\""
_last = threading.local()
_invoke = lambda_runtime.Worker.invoke
_execute = lambda_svc._execute_function_warm


def invoke(self, *args, **kwargs):
    result = _invoke(self, *args, **kwargs)
    _last.name = result.get("name") if result.get("status") == "error" else None
    return result


def execute(func, event, request_id):
    _last.name = None
    answer = _execute(func, event, request_id)
    body = answer.get("body")
    if _last.name and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
        body["errorType"] = _last.name
    return answer


def install():
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if script.count(SAID) != 1:
        raise SystemExit("functions.py: the worker for Node has changed")
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(SAID, f"name: err.name, {SAID}")
    lambda_runtime.Worker.invoke = invoke
    lambda_svc._execute_function_warm = execute
