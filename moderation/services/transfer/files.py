"""Opening a file to import: unpacked, bounded, with its kind recognised by content.

A file is read as a stream, so that its size costs no memory. A compressed one that expands
without measure is refused.
"""

import codecs
import gzip
import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

from .records import Unreadable
from .work_folders import work_folder

#: Bytes read at a time.
CHUNK = 1 << 16
#: Bytes of one comment, line or value; a longer one is not held in memory.
LONGEST_ENTRY = 4 << 20
#: A compressed file may expand by this factor once it has given so many bytes.
MOST_EXPANSION = 200
FREE_EXPANSION = 64 << 20
#: Bytes from the beginning that decide what a file is.
HEAD = 1 << 16

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SQLITE = b"SQLite format 3\0"
_DECLARED = re.compile(
    rb"""\A[^<]{0,200}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
#: Encodings of text that an XML declaration may name; Python knows others that are none.
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(?:-?[bl]e)?|us-ascii|iso-?8859-?\d{1,2}|windows-?125\d|cp125\d"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-jp|euc-kr|koi8-[ru]",
    re.IGNORECASE,
)
#: Tools leave a line or a sign in front of the declaration.
_XML = re.compile(r"(?:[^<{\[]{0,200}<\?xml\b|<[A-Za-z!])")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Files around a file that people try, by their first bytes, and what to do with each.
_WRAPPED = (
    (b"BZh", "compressed with bzip2. Unpack it, and import what is in it"),
    (b"\xfd7zXZ\0", "compressed with xz. Unpack it, and import what is in it"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd. Unpack it, and import what is in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it, and import the file with the comments"),
    (b"Rar!\x1a\x07", "a RAR archive. Unpack it, and import the file with the comments"),
    (b"PGDMP", "a pg_dump archive. Make SQL of it with pg_restore -f, and import that"),
)
#: Files that desktops put into folders and archives.
_OF_DESKTOPS = frozenset({"thumbs.db", "desktop.ini"})


class Kind(StrEnum):
    """The kind of a file, by its first bytes."""

    XML = "XML"
    JSON = "JSON"
    SQLITE = "an SQLite database"
    SQL = "an SQL dump"
    UNKNOWN = "unknown"


class Packing(StrEnum):
    """The compression around a file."""

    PLAIN = ""
    GZIP = "gzip"
    ZIP = "zip"


def _ignore(_position: int) -> None:
    pass


@dataclass(slots=True)
class Opened:
    """A file whose packing and kind are known; it can be read several times."""

    path: Path
    packing: Packing
    kind: Kind
    head: bytes
    size: int
    #: Called with the number of bytes of the file, as it is on the disk, that were read.
    progress: Callable[[int], object] = field(default=_ignore)

    def chunks(self) -> Iterator[bytes]:
        """Yield the unpacked bytes; raise Unreadable where they are damaged or expand too far."""
        with _unpacked(self.path, self.packing) as (stream, position):
            given = 0
            while chunk := _read(stream):
                given += len(chunk)
                if given > FREE_EXPANSION and given > MOST_EXPANSION * self.size:
                    raise Unreadable(
                        f"The file expands to more than {MOST_EXPANSION} times its size. "
                        "Unpack it, check it, and import what is in it."
                    )
                self.progress(position())
                yield chunk

    @property
    def beginning(self) -> bytes:
        """Return the first bytes as UTF-8, without a byte order mark and white space."""
        head = self.head
        if head.startswith(_UTF16):
            head = head[: len(head) & ~1].decode("utf-16", "replace").encode()
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")

    def utf8(self) -> Iterator[bytes]:
        """Yield the unpacked bytes, which become UTF-8 where they are UTF-16."""
        if not self.head.startswith(_UTF16):
            yield from self.chunks()
            return
        for piece in self.text():
            yield piece.encode()

    def text(self) -> Iterator[str]:
        """Yield the unpacked text in pieces; raise Unreadable where it has the wrong encoding."""
        name = _encoding(self.head)
        decoder = codecs.getincrementaldecoder(name)("strict")
        given = 0
        for chunk in self.chunks():
            try:
                yield decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _wrong_encoding(name, given + error.start) from None
            given += len(chunk)
        try:
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise _wrong_encoding(name, given) from None

    def digest(self) -> str:
        """Return the SHA-256 of the file as it is on the disk."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Yield the path of the unpacked file, which is a temporary one for a compressed file."""
        if self.packing is Packing.PLAIN:
            yield self.path
            return
        with work_folder() as folder:
            target = folder / "unpacked"
            with target.open("wb") as stream:
                for chunk in self.chunks():
                    stream.write(chunk)
            yield target


def open_file(path: Path) -> Opened:
    """Recognise packing and kind of a file; raise Unreadable where neither fits an import."""
    try:
        with path.open("rb") as stream:
            beginning = stream.read(16)
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror or 'input error'}.") from None
    if not size:
        raise Unreadable("The file is empty.")
    packing = Packing.PLAIN
    if beginning.startswith(_GZIP):
        packing = Packing.GZIP
    elif beginning.startswith(_ZIP):
        packing = Packing.ZIP
    with _unpacked(path, packing) as (stream, _):
        head = b""
        while len(head) < HEAD and (chunk := _read(stream)):
            head += chunk
    if packing is not Packing.PLAIN and (head.startswith((_GZIP, *_ZIP))):
        raise Unreadable("The file is compressed twice. Unpack it once, and import what is in it.")
    wrapping = next((text for mark, text in _WRAPPED if head.startswith(mark)), None)
    if head[257:262] == b"ustar":
        wrapping = "a tar archive. Unpack it, and import the file with the comments"
    if wrapping:
        raise Unreadable(f"The file is {wrapping}.")
    return Opened(path, packing, _kind(head), head, size)


def _kind(head: bytes) -> Kind:
    if head.startswith(_SQLITE):
        return Kind.SQLITE
    beginning = _decoded(head)[:4096].lstrip("\ufeff \t\r\n")
    if _XML.match(beginning):
        return Kind.XML
    if beginning.startswith(("{", "[")):
        return Kind.JSON
    if re.search(r"^(?:--|/\*|SET |INSERT INTO |CREATE TABLE |COPY )", beginning, re.MULTILINE):
        return Kind.SQL
    return Kind.UNKNOWN


def _decoded(head: bytes) -> str:
    with suppress(Unreadable, LookupError):
        return head.decode(_encoding(head), "replace")
    return head.decode("utf-8", "replace")


def _encoding(head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    declared = _DECLARED.match(head)
    if declared is None:
        return "utf-8"
    name = declared[1].decode()
    # It could be read up to here, so it is none of two bytes a character.
    if name.lower().startswith("utf-16"):
        return "utf-8"
    if not _ENCODINGS.fullmatch(name):
        raise Unreadable(f"The file declares the encoding {name}, which is not supported.")
    return name


def _wrong_encoding(name: str, place: int) -> Unreadable:
    wanted = "UTF-8" if name.startswith("utf-8") else name
    return Unreadable(
        f"The file is not {wanted} text: byte {place:,} does not fit. Convert it to UTF-8 first."
    )


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(CHUNK)
    except EOFError:
        raise Unreadable("The compressed file is cut off. Copy it again.") from None
    except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise Unreadable(
            f"The file cannot be unpacked or read ({type(error).__name__}). Copy it again."
        ) from None


@contextmanager
def _unpacked(path: Path, packing: Packing) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    """Yield the stream of unpacked bytes and a function that returns the place in the file."""
    with path.open("rb") as raw:
        if packing is Packing.PLAIN:
            yield raw, raw.tell
        elif packing is Packing.GZIP:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream, raw.tell  # type: ignore[misc]
        else:
            try:
                with zipfile.ZipFile(raw) as archive, _member(archive) as member:
                    yield member, raw.tell
            except zipfile.BadZipFile as error:
                raise _bad_archive(error) from None


def _member(archive: zipfile.ZipFile) -> IO[bytes]:
    """Open the one file of an archive; raise Unreadable where it is encrypted or packed oddly."""
    try:
        return archive.open(_only(archive))
    except RuntimeError as error:
        # Among them that of a compression that Python does not know.
        raise _bad_archive(error) from None


def _bad_archive(error: Exception) -> Unreadable:
    return Unreadable(
        f"The ZIP archive cannot be read ({type(error).__name__}). Unpack it, and "
        "import the file that is in it."
    )


def _is_hidden(name: str) -> bool:
    *folders, last = name.replace("\\", "/").split("/")
    return "__MACOSX" in folders or last.startswith(".") or last.lower() in _OF_DESKTOPS


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file of an archive; folders and macOS' own files do not count."""
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _is_hidden(member.filename)
    ]
    if len(files) != 1:
        found = "no file" if not files else f"{len(files)} files"
        raise Unreadable(
            f"The ZIP archive has {found} where one is expected. Unpack it, and import one "
            "after the other."
        )
    if files[0].flag_bits & 1:
        raise Unreadable("The ZIP archive is encrypted. Unpack it, and import the file in it.")
    return files[0]
