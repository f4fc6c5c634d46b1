"""compare.py EXPECTED ACTUAL: exits 1 unless both files hold the same JSON, and says where they part."""

import json
import sys


def walk(expected, actual, path, found):
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            if key not in actual:
                found.append(f"{path}/{key}: missing")
            elif key not in expected:
                found.append(f"{path}/{key}: not expected")
            else:
                walk(expected[key], actual[key], f"{path}/{key}", found)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for i, (left, right) in enumerate(zip(expected, actual)):
            walk(left, right, f"{path}/{i}", found)
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        found.append(f"{path}: {json.dumps(expected)} became {json.dumps(actual)}")


with open(sys.argv[1]) as left, open(sys.argv[2]) as right:
    differences = []
    walk(json.load(left), json.load(right), "", differences)
print("\n".join(differences))
sys.exit(1 if differences else 0)
