"""scripts/ci/push.sh against a real registry, and what the registry then has."""

import httpx

from images.transcript import Transcript


def push(transcript: Transcript, address: str, commit: str) -> None:
    """Push both images twice, read tags and digests back, pull by digest.

    Raises:
        ImagesError: the registry has something else than the script says.
    """
    prefix = f"{address}/mlops_projet/"
    first = transcript.run("scripts/ci/push.sh", prefix, shown=True)
    digests = dict(line.split("=", 1) for line in first.splitlines() if "@sha256:" in line)
    for room, pulled in digests.items():
        where = f"http://{address}/v2/mlops_projet/{room}"
        tags = sorted(httpx.get(f"{where}/tags/list").json()["tags"])
        wanted = pulled.partition("@")[2]
        accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
        found = {
            httpx.head(f"{where}/manifests/{tag}", headers=accept).headers["Docker-Content-Digest"]
            for tag in tags
        }
        transcript.found(
            f"the registry has {room} as {', '.join(tags)}, all of them {wanted[:19]}...",
            good=found == {wanted} and len(tags) == 3 and {commit, "latest"} <= set(tags),
        )
        transcript.run("docker", "rmi", "--force", *(f"{prefix}{room}:{tag}" for tag in tags))
        transcript.run("docker", "pull", "--quiet", pulled)
    again = transcript.run("scripts/ci/push.sh", prefix)
    kept = all(f"={pulled}" in again for pulled in digests.values())
    transcript.found("pulled by digest; a second push of the commit keeps its images", good=kept)
