"""An S3 of the tests' own: moto, a process that speaks S3 over HTTP on this machine."""

import sys
import time

import httpx
from s3fs import S3FileSystem

from local import processes
from tests.conftest import environment, free_port

BUCKET = "portfolios"


class Store:
    """An S3 endpoint with one bucket, and how to break it."""

    def __init__(self, logs):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._logs = logs
        # its own libraries warn of what is to come; that is not ours to mend
        self._command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-p", str(port)]
        #: what an AWS client needs to come here, once
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def start(self):
        self._process = processes.start("s3", self._command, environment(), self._logs)
        while not self._answers():
            self._process.check()
            time.sleep(0.05)
        self._files().mkdir(BUCKET)

    def stop(self):
        self._process.stop()

    def put(self, key, content):
        """Store an object and give its URI."""
        self._files().pipe(f"{BUCKET}/{key}", content)
        return f"s3://{BUCKET}/{key}"

    def demand_permission(self, wanted):
        """Refuse everyone from now on, or nobody."""
        count = "0" if wanted else "inf"
        httpx.post(f"{self.url}/moto-api/reset-auth", content=count).raise_for_status()

    def _files(self):
        return S3FileSystem(
            key="tests", secret="tests", endpoint_url=self.url, skip_instance_cache=True
        )

    def _answers(self):
        try:
            return httpx.get(f"{self.url}/moto-api/").is_success
        except httpx.TransportError:
            return False
