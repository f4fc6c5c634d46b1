"""Calls to the stand-in: plain AWS JSON 1.1 over HTTP.

Not boto3: its service models are older than the shapes that the stand-in checks, and it would refuse or drop what it does not know
before the stand-in could judge it.
"""
import datetime
import json
import os
import pathlib
import time
import urllib.error
import urllib.request

from ministack.core.responses import get_account_id, get_region

URL = os.environ.get("STAND_IN_URL", "http://127.0.0.1:5656")
SHAPES = pathlib.Path(__file__).resolve().parents[2] / "standin" / "shapes"
SERVICES = {name: json.loads((SHAPES / f"{name}.json").read_text()) for name in ("sagemaker", "application-autoscaling", "cloudwatch")}


class StandInError(Exception):
    """What the service answered: its error type and text."""

    def __init__(self, service, operation, kind, message, status, request_id):
        super().__init__(message)
        self.service, self.operation, self.kind = service, operation, kind
        self.message, self.status, self.request_id = message, status, request_id

    def __str__(self):
        return f"{self.message} (Service: {self.service}, Status Code: {self.status}, Request ID: {self.request_id})"


def call(service, operation, request):
    """One operation, as the account and in the region that MiniStack is working for."""
    model = SERVICES[service]
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
    message = urllib.request.Request(URL, data=json.dumps(request).encode(), method="POST", headers={
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": f"{model['targetPrefix']}.{operation}",
        # Unsigned: the stand-in reads account and region from the credential scope and checks nothing else.
        "authorization": f"AWS4-HMAC-SHA256 Credential={get_account_id()}/{date}/{get_region()}/{service}/aws4_request",
    })
    try:
        with urllib.request.urlopen(message, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        body = json.loads(error.read() or b"{}")
        text = body.get("message") or body.get("Message") or ""
        raise StandInError(service, operation, body.get("__type", "InternalFailure"), text, error.code,
                           error.headers.get("x-amzn-RequestId", "")) from None


def shape_of(service, operation, side):
    return SERVICES[service]["operations"][operation].get(side)


def convert(service, shape_name, value):
    """A template's value as the API wants it: CloudFormation lets `"2"` and `"true"` stand for 2 and true, and dates are text."""
    shape = SERVICES[service]["shapes"].get(shape_name)
    if shape is None or value is None:
        return value
    kind = shape["type"]
    if kind == "structure" and isinstance(value, dict):
        members = shape.get("members", {})
        # Unknown members go through: it is the stand-in's part to refuse them.
        return {key: convert(service, members.get(key), item) for key, item in value.items()}
    if kind == "list" and isinstance(value, list):
        return [convert(service, shape["member"], item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: convert(service, shape["value"], item) for key, item in value.items()}
    if kind == "string" and isinstance(value, (int, float, bool)):
        return json.dumps(value)
    if isinstance(value, str):
        try:
            if kind in ("integer", "long"):
                return int(value)
            if kind in ("float", "double"):
                return float(value)
            if kind == "timestamp":
                return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except ValueError:
            return value
        if kind == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
    return value


def request_for(service, operation, properties):
    """The request of an operation, made of a template's properties of the same names."""
    return convert(service, shape_of(service, operation, "input"), properties)


def wait(check, what, seconds=float(os.environ.get("STAND_IN_WAIT_SECONDS", "900"))):
    """Polls until `check` returns something; the handlers of CloudFormation give up after a while too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"Exceeded attempts to wait: {what} did not stabilize within {seconds:g} seconds")
