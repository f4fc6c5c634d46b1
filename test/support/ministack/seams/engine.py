"""How a resource type is plugged into MiniStack's CloudFormation engine.

The engine replaces a resource when a create-only property changes: it creates the new one under a new generated name, updates what
refers to it, and deletes the old one when everything else succeeded. It has to be told which properties those are, what carries an
explicit name (a named resource cannot be replaced), and which types wait.
"""
from ministack.services.cloudformation import provisioners, stacks

_BLOCKING = set()


def register(type_name, handlers, *, create_only=(), name_property=None, tags=False, waits=False):
    """Adds a type. `handlers`: create(logical id, properties, stack) -> (physical id, attributes), update(physical id, old, new,
    stack) -> the same, delete(physical id, properties)."""
    if "update" not in handlers:
        raise ValueError(f"{type_name}: without an update handler the engine would create the resource again")
    provisioners._RESOURCE_HANDLERS[type_name] = handlers
    provisioners._REPLACING_PROPERTIES[type_name] = tuple(create_only)
    if name_property:
        provisioners._CUSTOM_NAME_REPLACEMENT[type_name] = {"name": name_property}
    if tags:
        provisioners._STACK_TAG_PROPERTY[type_name] = ("Tags", "list")
    if waits:
        _BLOCKING.add(type_name)


_runs_on_worker_thread = stacks._runs_on_worker_thread


def _blocks(type_name):
    """A create that waits for InService would stop the emulator's event loop."""
    return type_name in _BLOCKING or _runs_on_worker_thread(type_name)


stacks._runs_on_worker_thread = _blocks


def generated_name(stack, logical_id):
    return provisioners._physical_name(stack, logical_id, max_len=63)


def user_tags(tags):
    """Tags without CloudFormation's own: these types take no `aws:cloudformation:` tags (schema: cloudFormationSystemTags false)."""
    return [tag for tag in tags or [] if not tag["Key"].startswith("aws:")]
