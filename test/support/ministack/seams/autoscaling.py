"""AWS::ApplicationAutoScaling::ScalableTarget and ScalingPolicy.

Ref of a target is `resource id|dimension|namespace`, which is also its Id; Ref of a policy is its ARN, which is also its Arn.
"""
from . import engine
from .standin import StandInError, call, request_for

SERVICE = "application-autoscaling"
TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


def gone(error):
    return error.kind == "ObjectNotFoundException"


def target_name(properties):
    """The three members that name a target, given one by one or as the Ref of a ScalableTarget."""
    if "ScalingTargetId" in properties:
        return dict(zip(TARGET, properties["ScalingTargetId"].split("|")))
    return {key: properties[key] for key in TARGET}


def put_actions(properties, actions):
    for action in actions:
        request = {**target_name(properties), **action}
        call(SERVICE, "PutScheduledAction", request_for(SERVICE, "PutScheduledAction", request))


def register_target(properties):
    # CloudFormation takes no Tags for this type.
    request = {key: value for key, value in properties.items() if key != "ScheduledActions"}
    call(SERVICE, "RegisterScalableTarget", request_for(SERVICE, "RegisterScalableTarget", request))
    put_actions(properties, properties.get("ScheduledActions", []))
    identity = "|".join(properties[key] for key in TARGET)
    return identity, {"Id": identity}


def target_create(_logical_id, properties, _stack):
    name = target_name(properties)
    found = call(SERVICE, "DescribeScalableTargets", {
        "ServiceNamespace": name["ServiceNamespace"], "ResourceIds": [name["ResourceId"]], "ScalableDimension": name["ScalableDimension"]})
    if found["ScalableTargets"]:
        raise ValueError(f"Resource of type 'AWS::ApplicationAutoScaling::ScalableTarget' with identifier '{'|'.join(name.values())}' already exists.")
    try:
        return register_target(properties)
    except StandInError:
        # A target whose schedule is refused must not stay behind.
        target_delete(None, properties)
        raise


def target_update(_identity, old, new, _stack):
    answer = register_target(new)
    kept = {action["ScheduledActionName"] for action in new.get("ScheduledActions", [])}
    for action in old.get("ScheduledActions", []):
        if action["ScheduledActionName"] not in kept:
            call(SERVICE, "DeleteScheduledAction", {**target_name(new), "ScheduledActionName": action["ScheduledActionName"]})
    return answer


def target_delete(_identity, properties):
    try:
        call(SERVICE, "DeregisterScalableTarget", target_name(properties))
    except StandInError as error:
        if not gone(error):
            raise


def put_policy(properties):
    rest = {key: value for key, value in properties.items() if key not in (*TARGET, "ScalingTargetId")}
    request = {**target_name(properties), **rest}
    arn = call(SERVICE, "PutScalingPolicy", request_for(SERVICE, "PutScalingPolicy", request))["PolicyARN"]
    return arn, {"Arn": arn}


def policy_delete(_arn, properties):
    try:
        call(SERVICE, "DeleteScalingPolicy", {**target_name(properties), "PolicyName": properties["PolicyName"]})
    except StandInError as error:
        if not gone(error):
            raise


def install():
    engine.register(
        "AWS::ApplicationAutoScaling::ScalableTarget", {"create": target_create, "update": target_update, "delete": target_delete},
        create_only=TARGET)
    engine.register(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "create": lambda _logical_id, properties, _stack: put_policy(properties),
            "update": lambda _arn, _old, new, _stack: put_policy(new),
            "delete": policy_delete,
        },
        create_only=(*TARGET, "ScalingTargetId", "PolicyName"))
