"""
One SHA-256 over the files of the compile script that are shipped.

Files of src/compilation/script without `__pycache__` folders and `*.pyc`; paths relative to it, with `/`, in the order of their
UTF-8 bytes. For each: the path, a NUL, the size in bytes as decimal digits, a NUL, the bytes.
"""

import hashlib
import os

SCRIPT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "src", "compilation", "script"))


def script_files(root=SCRIPT):
    """Relative paths of the shipped files, in order."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__"]
        found += [os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/") for name in names if not name.endswith(".pyc")]
    return sorted(found, key=lambda path: path.encode("utf-8"))


def script_hash(root=SCRIPT):
    """The digest as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in script_files(root):
        with open(os.path.join(root, path), "rb") as file:
            content = file.read()
        digest.update(path.encode("utf-8") + b"\0" + str(len(content)).encode("ascii") + b"\0" + content)
    return digest.hexdigest()


if __name__ == "__main__":
    print(script_hash())
