"""AWS::EC2::FlowLog, as a name and nothing else: no traffic is logged, and DescribeFlowLogs does not show it.

Ref is its id, which is also its Id.
"""
import uuid

from . import engine


def create(_logical_id, _properties, _stack):
    identity = f"fl-{uuid.uuid4().hex[:17]}"
    return identity, {"Id": identity}


def install():
    engine.register(
        "AWS::EC2::FlowLog",
        {
            "create": create,
            # Only Tags change without a replacement.
            "update": lambda identity, _old, _new, _stack: (identity, {"Id": identity}),
            "delete": lambda _identity, _properties: None,
        },
        create_only=("DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions", "LogDestination", "LogDestinationType",
                     "LogFormat", "LogGroupName", "MaxAggregationInterval", "ResourceId", "ResourceType", "TrafficType"),
        tags=True)
