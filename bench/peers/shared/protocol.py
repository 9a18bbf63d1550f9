"""The line protocol of a peer: `CASE ITERATIONS` in; nanoseconds of thread processor time, or a reason, out."""

import pathlib
import sys
import time

PORTAL = "https://portal.example.nl/saml/metadata"
ACS = "https://portal.example.nl/saml/acs"
BROKER = "https://broker.example.nl/broker/sp/saml"


class World:
    """Where keys and messages are."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def text(self, name):
        return (self.directory / name).read_text()

    def validate(self, case, accepts):
        """Makes a job that validates the messages in turn; each must be accepted, or refused, as it deserves."""
        messages = [line.split("\t") for line in self.text(f"{case}/messages.tsv").splitlines()]
        if any(fields[1] != "response" for fields in messages):
            raise ValueError("only responses by HTTP-POST")
        place = 0

        def job():
            nonlocal place
            request, _, base64, expect = messages[place][:4]
            place = (place + 1) % len(messages)
            error = accepts(request, base64)
            if (error is None) != (expect == "accept"):
                raise ValueError(error or "it accepts what must be refused")

        return job


def serve(prepare):
    """Answers until stdin ends."""
    world = World(sys.argv[-1])
    name, job = None, None
    for line in sys.stdin:
        case, iterations = line.split()
        iterations = int(iterations)
        try:
            if case != name or iterations == 0:
                name, job = None, None
                job = prepare(world, case)
                name = case
        except Exception as error:
            answer = f"unsupported {type(error).__name__}: {error}"
        else:
            try:
                start = time.thread_time_ns()
                for _ in range(iterations):
                    job()
                answer = str(time.thread_time_ns() - start)
            except Exception as error:
                answer = f"failed {type(error).__name__}: {error}"
        print(answer.replace("\n", " "), flush=True)
