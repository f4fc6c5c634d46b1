"""AWS::EC2::FlowLog, as a name and nothing else: no traffic is logged, and DescribeFlowLogs does not show it. Ref is its id, which is also its Id.

AWS::EC2::SecurityGroupIngress and SecurityGroupEgress: rules of a group that is there, as its own. Ref is their id, which is also their Id.
"""
import uuid

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from . import engine

RULE = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")


def create(_logical_id, _properties, _stack):
    identity = f"fl-{uuid.uuid4().hex[:17]}"
    return identity, {"Id": identity}


def rules(kind):
    """`kind`: the group's list that the rules are in."""

    def store(properties):
        group = ec2._security_groups.get(properties.get("GroupId"))
        if group is None:
            raise ValueError(f"The security group '{properties.get('GroupId')}' does not exist")
        return group.setdefault(kind, [])

    def add(_logical_id, properties, _stack):
        ec2._ensure_defaults_initialized()
        [permission] = provisioners._ec2_sg_permissions([properties])
        present = store(properties)
        if permission in present:
            raise ValueError("the specified rule already exists")
        present.append(permission)
        identity = f"sgr-{uuid.uuid4().hex[:17]}"
        return identity, {"Id": identity}

    def update(identity, old, new, _stack):
        # Only the description changes without a replacement.
        present = store(new)
        [before], [after] = provisioners._ec2_sg_permissions([old]), provisioners._ec2_sg_permissions([new])
        present[:] = [after if permission == before else permission for permission in present]
        return identity, {"Id": identity}

    def remove(_identity, properties):
        # The group may be gone already, with its rules.
        group = ec2._security_groups.get(properties.get("GroupId"), {})
        [permission] = provisioners._ec2_sg_permissions([properties])
        if permission in group.get(kind, []):
            group[kind].remove(permission)

    return {"create": add, "update": update, "delete": remove}


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
    engine.register(
        "AWS::EC2::SecurityGroupIngress", rules("IpPermissions"),
        create_only=(*RULE, "GroupName", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId"))
    engine.register(
        "AWS::EC2::SecurityGroupEgress", rules("IpPermissionsEgress"),
        create_only=(*RULE, "DestinationPrefixListId", "DestinationSecurityGroupId"))
