"""Alarms, which the stand-in evaluates on the metrics of its endpoints, metric math too; and their events on MiniStack's EventBridge.

Lambda functions read metrics and alarms of the stand-in by AWS_ENDPOINT_URL_CLOUDWATCH, tasks of state machines by `stepfunctions.py`. MiniStack's own CloudWatch
keeps what is written to it (PutMetricData), and no alarm of a template is there.
"""
import json
import logging
import threading
import time
import urllib.request

from ministack.core import responses
from ministack.services import eventbridge

from . import engine
from .standin import URL, StandInError, call, request_for

SERVICE = "cloudwatch"
# Seconds between two looks at the stand-in's events.
PAUSE = 0.2

logger = logging.getLogger(__name__)


def arn_of(name):
    return f"arn:aws:cloudwatch:{responses.get_region()}:{responses.get_account_id()}:alarm:{name}"


def put(name, properties):
    call(SERVICE, "PutMetricAlarm", request_for(SERVICE, "PutMetricAlarm", {**properties, "AlarmName": name}))
    return name, {"Arn": arn_of(name)}


def create(logical_id, properties, stack):
    return put(properties.get("AlarmName") or engine.generated_name(stack, logical_id), properties)


def delete(name, _properties):
    try:
        call(SERVICE, "DeleteAlarms", {"AlarmNames": [name]})
    except StandInError as error:
        if error.kind != "ResourceNotFound":
            raise


def publish(event):
    """An event of the stand-in, in the account and region that it is of."""
    responses.set_request_account_id(event["account"])
    responses.set_request_region(event["region"])
    eventbridge._put_events({"Entries": [{
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event["resources"],
    }]}, allow_aws_source=True)


def follow():
    """Hands on what happened since the last look. Events that callers put go to MiniStack itself: only those of services are here."""
    seen = 0
    while True:
        time.sleep(PAUSE)
        try:
            with urllib.request.urlopen(f"{URL}/_control/events", timeout=10) as answer:
                events = json.loads(answer.read())
            # Fewer than before: it was reset.
            seen = seen if seen <= len(events) else 0
            new, seen = events[seen:], len(events)
            for event in new:
                if event["source"].startswith("aws."):
                    publish(event)
        except Exception:  # noqa: BLE001 (the follower outlives a restart of the stand-in)
            logger.warning("the stand-in's events could not be handed on", exc_info=True)


def install():
    engine.register(
        "AWS::CloudWatch::Alarm",
        {
            "create": create,
            "update": lambda name, _old, new, _stack: put(name, new),
            "delete": delete,
        },
        create_only=("AlarmName",), name_property="AlarmName")
    threading.Thread(target=follow, daemon=True).start()
