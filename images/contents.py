"""What an image is: its size, labels, user, commands, and what it must not contain."""

import json

from images.transcript import Transcript

#: Packages that an image of a room must not have.
KEPT_OUT = {"api": ("sklearn", "mlflow", "pip"), "worker": ("flask", "mlflow", "pip")}
LOOK = "import importlib.util as u, sys; print(*[n for n in sys.argv[1:] if u.find_spec(n)])"


def look(transcript: Transcript, room: str, image: str, commit: str) -> None:
    """Look at an image without starting the service in it.

    Raises:
        ImagesError: it is not as it must be.
    """
    (facts,) = json.loads(transcript.run("docker", "image", "inspect", image))
    config = facts["Config"]
    layers = f"{facts['Size'] / 1e6:.0f} MB with the base"
    transcript.found(
        f"`loanscore-{room}`: {layers}; user {config['User']}", good=config["User"] == "10001:10001"
    )
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
    transcript.found(
        f"labels: version {labels['version']}, revision {labels['revision']}",
        good=labels["revision"] == commit,
    )
    commands = {"CMD": config["Cmd"], "HEALTHCHECK": config["Healthcheck"]["Test"]}
    transcript.found(
        "; ".join(f"{name} `{json.dumps(words)}`" for name, words in commands.items()),
        good=config["Cmd"][0] == "python" and config["Healthcheck"]["Test"][0] == "CMD",
    )
    asked = ("docker", "run", "--rm", "--network", "none", image, "python", "-c", LOOK)
    found = transcript.run(*asked, *KEPT_OUT[room]).split()
    transcript.found(f"none of {', '.join(KEPT_OUT[room])} in it", good=not found)
