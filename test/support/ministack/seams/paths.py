"""Filters in the paths of state machines: `$.ProductionVariants[?(@.VariantName == 'gpu')].CurrentWeight`, which MiniStack reads as null."""
import json
import operator
import re

from ministack.services import stepfunctions

FILTER = re.compile(r"\[\?\(\s*@\.(?P<member>\w+)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<value>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?|true|false|null)\s*\)\]")
OPERATORS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

_resolve_path = stepfunctions._resolve_path


def matches(item, found):
    value = found["value"]
    wanted = value[1:-1] if value[0] in "'\"" else json.loads(value)
    if not isinstance(item, dict) or found["member"] not in item:
        return False
    try:
        return OPERATORS[found["operator"]](item[found["member"]], wanted)
    except TypeError:
        # Values of different types do not compare.
        return False


def resolve_path(path, data):
    """A filter gives a list, also of one or none, and what follows it is read of each item."""
    found = FILTER.search(path) if isinstance(path, str) else None
    if not found:
        return _resolve_path(path, data)
    items = [item for item in _resolve_path(path[:found.start()], data) or [] if matches(item, found)]
    rest = path[found.end():]
    values = [resolve_path(f"${rest}", item) for item in items] if rest else items
    return [value for value in values if value is not None]


def install():
    stepfunctions._resolve_path = resolve_path
