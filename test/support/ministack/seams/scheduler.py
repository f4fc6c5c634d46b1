"""Context attributes in the input of schedules (EventBridge Scheduler user guide, "Adding context attributes"): MiniStack passes them on as they stand."""
import datetime
import uuid

from ministack.services import eventbridge

_invoke_target = eventbridge._invoke_target


def invoke_target(target, event, rule, view=None):
    if event.get("Source") == "aws.scheduler" and target.get("Input"):
        time = datetime.datetime.fromtimestamp(event["Time"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        attributes = {"scheduled-time": time, "schedule-arn": rule.get("Arn", ""), "execution-id": str(uuid.uuid4()), "attempt-number": "1"}
        text = target["Input"]
        for name, value in attributes.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        target = {**target, "Input": text}
    return _invoke_target(target, event, rule, view)


def install():
    eventbridge._invoke_target = invoke_target
