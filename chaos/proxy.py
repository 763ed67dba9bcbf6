"""A TCP proxy in front of Redis that misbehaves on demand: hold, reset, half-open, delay."""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Link:
    """One connection through the proxy: both of its ends."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    #: nothing passes any more, and neither end is told
    dead: bool = False


class Proxy(threading.Thread):
    """Passes everything on until told otherwise; runs in a thread of its own.

    Args:
        target: the Unix socket of the server behind it.
    """

    def __init__(self, target: Path) -> None:
        super().__init__(name="proxy", daemon=True)
        self._target = target
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._delay_s = 0.0
        self._passing = asyncio.Event()
        self._passing.set()
        self._stopped = asyncio.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listening.getsockname()[1]}/0"

    def run(self) -> None:
        """Serve until `stop`."""
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def stop(self) -> None:
        """End, and every connection with it."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self.join()

    def point_at(self, target: Path) -> None:
        """Connect to another server from now on, and drop the connections to the last one."""
        self._target = target
        self.reset()

    def delay(self, seconds: float) -> None:
        """Pass everything on this much later, each way."""
        self._delay_s = seconds

    def hold(self) -> None:
        """Pass nothing on, as a cut cable: what was sent arrives after `let_pass`."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def let_pass(self) -> None:
        """Undo `hold`."""
        self._loop.call_soon_threadsafe(self._passing.set)

    def reset(self) -> None:
        """Reset every connection there is."""
        self._loop.call_soon_threadsafe(self._reset)

    def half_open(self) -> None:
        """Let every connection there is fall silent for good; new ones work."""
        self._loop.call_soon_threadsafe(self._silence)

    def _reset(self) -> None:
        for link in self._links:
            for end in (link.near, link.far):
                with contextlib.suppress(OSError):  # it has ended by itself
                    end.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE
                    )
                end.transport.abort()

    def _silence(self) -> None:
        for link in self._links:
            link.dead = True

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, sock=self._listening)
        async with server:
            await self._stopped.wait()
        self._reset()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            answers, far = await asyncio.open_unix_connection(self._target)
        except OSError:  # nobody there: refused, as without a proxy
            near.transport.abort()
            return
        link = _Link(near, far)
        self._links.add(link)
        try:
            await asyncio.gather(self._pump(link, reader, far), self._pump(link, answers, near))
        finally:
            self._links.discard(link)

    async def _pump(
        self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                await self._passing.wait()
                await asyncio.sleep(self._delay_s)
                if not link.dead:
                    sink.write(data)
                    await sink.drain()
            if not link.dead:
                sink.close()
