"""A portfolio in S3, or in a store that speaks as S3 does.

Credentials, region and endpoint come from the usual AWS variables or the role of the machine.
"""

from collections.abc import Generator

from protocol.source import Source
from worker.campaigns.input_errors import changed, reading, too_large, unreadable

#: Bytes of one request.
BLOCK = 8 << 20


def blocks(source: Source, most: int) -> Generator[bytes, None, None]:
    """Read an object, one range after the other, each only while the ETag is the first one's.

    Args:
        source: an s3:// URI.
        most: bytes it may have.
    Raises:
        PortfolioError: it is not there, not readable, too large, or was changed while it was read.
        InputAway: S3 cannot be reached, refuses for now, or there are no credentials.
    """
    # Only who fetches from S3 waits for it: it takes longer to load than the worker.
    from aiohttp import ClientError  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from s3fs import S3FileSystem  # noqa: PLC0415
    from s3fs.utils import FileExpired  # noqa: PLC0415

    with reading(BotoCoreError, ClientError):
        # No cache of any kind: a second attempt must see what is there now, with new credentials.
        files = S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
        try:
            with files.open(source.uri, "rb", block_size=BLOCK, cache_type="none") as file:
                if file.details["type"] != "file":
                    raise unreadable()
                if file.size > most:
                    raise too_large(most)
                while block := file.read(BLOCK):
                    yield block
        except FileExpired:
            raise changed() from None
