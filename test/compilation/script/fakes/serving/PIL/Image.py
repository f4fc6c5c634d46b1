"""An image is what it was made of."""


class _Image:
    def __init__(self, content):
        self.content = content

    def convert(self, mode):
        return _Image(f"{mode} of {self.content}")

    def save(self, file, format):
        file.write(f"{format} of {self.content}".encode())

    def __str__(self):
        return f"<{self.content}>"


def open(stream, content=None):
    return _Image(stream.read().decode() if stream else content)
