"""A file system that forgets what was never synced: a power cut, without pulling the plug.

It speaks the kernel's FUSE protocol itself, so nothing has to be installed; it needs `/dev/fuse` and the right to
mount. Writes go to memory. `fsync` copies what was written since the last one to what a disk would have kept. When
the power is cut, nothing is answered any more, and what is left is the kept part alone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = 1
# fmt: off
(LOOKUP, FORGET, GETATTR, SETATTR, UNLINK, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT, OPENDIR, READDIR,
 RELEASEDIR, FSYNCDIR, ACCESS, CREATE, INTERRUPT, DESTROY, BATCH_FORGET) = (
    1, 2, 3, 4, 10, 14, 15, 16, 17, 18, 20, 25, 26, 27, 28, 29, 30, 34, 35, 36, 38, 42)
# fmt: on
SILENT: Final = (FORGET, BATCH_FORGET, INTERRUPT)
BIG_WRITES: Final = 1 << 5
SET_SIZE: Final = 1 << 3
MAX_WRITE: Final = 128 * 1024
HEADER: Final = struct.Struct("<IIQQIIIHH")
ABORT_AND_DETACH: Final = 1 | 2  # whoever still waits for an answer gets an error

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Kept:
    """One file: as processes see it, and as a disk would have it after a power cut."""

    seen: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, int]] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        if len(self.seen) < offset:
            self.seen.extend(bytes(offset - len(self.seen)))
        self.seen[offset : offset + len(data)] = data
        self.unsynced.append((offset, len(data)))

    def sync(self) -> None:
        del self.kept[len(self.seen) :]
        for offset, size in self.unsynced:
            if len(self.kept) < offset:
                self.kept.extend(bytes(offset - len(self.kept)))
            self.kept[offset : offset + size] = self.seen[offset : offset + size]
        self.unsynced.clear()


class LossyDisk:
    """Mounted at `folder` from `start` until `cut`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Kept] = {}
        self.syncs = 0
        self._names: dict[int, str] = {}
        self._nodes: dict[str, int] = {}
        self._alive = threading.Lock()  # held while a request is worked on: the cut comes between two of them
        self._powered = True
        self._fd = -1
        self._thread: threading.Thread | None = None

    def put(self, name: str, content: bytes) -> None:
        """A file that was there, safely, before."""
        self.files[name] = Kept(bytearray(content), bytearray(content))

    def start(self) -> None:
        """Mount. Raises `OSError` where that is not allowed."""
        self._fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._fd},rootmode=40000,user_id=0,group_id=0".encode()
        if _libc.mount(b"lossy", os.fsencode(self.folder), b"fuse", 6, options) != 0:
            number = ctypes.get_errno()
            os.close(self._fd)
            raise OSError(number, os.strerror(number), str(self.folder))
        self._thread = threading.Thread(target=self._serve, name="lossy", daemon=True)
        self._thread.start()

    def cut(self) -> dict[str, bytes]:
        """The power is gone: nothing is answered after this moment. Tells what a disk would still have."""
        with self._alive:
            self._powered = False
            return {name: bytes(file.kept) for name, file in self.files.items()}

    def unmount(self) -> None:
        """Gone, whoever still has files open."""
        _libc.umount2(os.fsencode(self.folder), ABORT_AND_DETACH)
        if self._thread is not None:
            self._thread.join(timeout=10)

    # ── the protocol ────────────────────────────────────────────────────────────────────────────

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._fd, MAX_WRITE + 8192)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                break  # unmounted
            if not request:
                break
            with self._alive:
                if not self._powered:
                    continue  # never answered
                self._answer(request)
        os.close(self._fd)

    def _answer(self, request: bytes) -> None:
        _, opcode, unique, node, *_ = HEADER.unpack_from(request)
        if opcode in SILENT:
            return
        handler = self._handlers().get(opcode)
        try:
            body = handler(node, request[HEADER.size :]) if handler else -errno.ENOSYS
        except KeyError:
            body = -errno.ENOENT
        error, content = (body, b"") if isinstance(body, int) else (0, body)
        try:
            os.write(self._fd, struct.pack("<IiQ", 16 + len(content), error, unique) + content)
        except OSError:
            pass  # whoever asked was killed meanwhile

    def _handlers(self) -> dict[int, Callable[[int, bytes], bytes | int]]:
        return {
            INIT: lambda node, body: struct.pack(
                "<IIIIHHIIHHI28x", 7, 31, 65536, BIG_WRITES, 16, 12, MAX_WRITE, 1, 32, 0, 0
            ),
            LOOKUP: lambda node, body: self._entry(_text(body)),
            GETATTR: lambda node, body: struct.pack("<QII", 0, 0, 0) + self._attributes(node),
            SETATTR: self._set_attributes,
            UNLINK: self._unlink,
            OPEN: lambda node, body: struct.pack("<QII", node, 0, 0),
            OPENDIR: lambda node, body: struct.pack("<QII", node, 0, 0),
            READ: self._read,
            WRITE: self._write,
            STATFS: lambda node, body: struct.pack("<QQQQQIIII24x", *(1 << 19,) * 5, 4096, 255, 4096, 0),
            RELEASE: lambda node, body: b"",
            RELEASEDIR: lambda node, body: b"",
            FLUSH: lambda node, body: b"",  # closing a file writes nothing to any disk
            FSYNC: self._sync,
            FSYNCDIR: lambda node, body: b"",
            ACCESS: lambda node, body: b"",
            CREATE: self._create,
            READDIR: self._list,
            DESTROY: lambda node, body: b"",
        }

    def _node(self, name: str) -> int:
        if name not in self._nodes:
            self._nodes[name] = ROOT + 1 + len(self._names)
            self._names[self._nodes[name]] = name
        return self._nodes[name]

    def _file(self, node: int) -> Kept:
        return self.files[self._names[node]]

    def _attributes(self, node: int) -> bytes:
        directory = node == ROOT
        size = 0 if directory else len(self._file(node).seen)
        mode = (stat.S_IFDIR | 0o777) if directory else (stat.S_IFREG | 0o666)
        times = (0,) * 6
        return struct.pack(
            "<QQQQQQIIIIIIIIII", node, size, -(-size // 512), *times, mode, 2 if directory else 1, 0, 0, 0, 4096, 0
        )

    def _entry(self, name: str) -> bytes:
        if name not in self.files:
            raise KeyError(name)
        node = self._node(name)
        return struct.pack("<QQQQII", node, 0, 0, 0, 0, 0) + self._attributes(node)

    def _set_attributes(self, node: int, body: bytes) -> bytes:
        valid, _, _, size = struct.unpack_from("<IIQQ", body)
        if valid & SET_SIZE:
            file = self._file(node)
            del file.seen[size:]
            file.seen.extend(bytes(size - len(file.seen)))
        return struct.pack("<QII", 0, 0, 0) + self._attributes(node)

    def _create(self, node: int, body: bytes) -> bytes:
        name = _text(body[16:])
        self.files[name] = Kept()
        return self._entry(name) + struct.pack("<QII", self._node(name), 0, 0)

    def _unlink(self, node: int, body: bytes) -> bytes:
        del self.files[_text(body)]
        return b""

    def _read(self, node: int, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return bytes(self._file(node).seen[offset : offset + size])

    def _write(self, node: int, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        self._file(node).write(offset, body[40 : 40 + size])
        return struct.pack("<II", size, 0)

    def _sync(self, node: int, body: bytes) -> bytes:
        self.syncs += 1
        self._file(node).sync()
        return b""

    def _list(self, node: int, body: bytes) -> bytes:
        _, offset, _ = struct.unpack_from("<QQI", body)
        found = b""
        for place, name in enumerate(sorted(self.files)):
            if place >= offset:
                raw = name.encode()
                entry = struct.pack("<QQII", self._node(name), place + 1, len(raw), stat.S_IFREG >> 12) + raw
                found += entry + bytes(-len(entry) % 8)
        return found


def _text(body: bytes) -> str:
    return body.partition(b"\0")[0].decode()
