"""What a file is, by its content. Names carry no meaning: a `.xls` may be a workbook, a web page or text."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Literal, NoReturn

from povplan.errors import BadFile, why
from povplan.excel import bounds
from povplan.messages import say

Kind = Literal["xlsx", "xlsb", "xls", "ods", "csv", "html", "xml", "encrypted"]
"""What can be read. `xml` is SpreadsheetML 2003; `encrypted` an OOXML package under a password."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"Rar!\x1a\x07", "read_archive", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "read_archive", "7z"),
    (b"\x1f\x8b\x08", "read_archive", "gzip"),
    (b"BZh", "read_archive", "bzip2"),
    (b"\xfd7zXZ\x00", "read_archive", "xz"),
    (b"CAJ", "read_pdf", "CAJ"),
    (b"HN\x00\x00", "read_pdf", "CAJ"),
    (b"AT&TFORM", "read_pdf", "DjVu"),
    (b"\x00\x01\x00\x00Standard ", "read_database", "Access"),
    (b"SQLite format 3\x00", "read_database", "SQLite"),
    (b"%PDF", "read_pdf", "PDF"),
    (b"\x89PNG\r\n", "read_image", "PNG"),
    (b"\xff\xd8\xff", "read_image", "JPEG"),
    (b"GIF8", "read_image", "GIF"),
    (b"II*\x00", "read_image", "TIFF"),
    (b"MM\x00*", "read_image", "TIFF"),
    (b"{\\rtf", "read_word", "RTF"),
    (b"\x09\x00\x04\x00", "read_old_excel", "Excel 2"),
    (b"\x09\x02\x06\x00", "read_old_excel", "Excel 3"),
    (b"\x09\x04\x06\x00", "read_old_excel", "Excel 4"),
    (b"MIME-Version:", "read_web_archive", "MHTML"),
    (b"ID;P", "read_unknown", "SYLK"),
)
"""First bytes → what is said → what it is."""

LOCK_NAMES = re.compile(r"~\$.+|\.~lock\..+#|\.~[^/]+|~wr[lda]\w+\.tmp", re.IGNORECASE)


def is_lock_file(path: Path) -> bool:
    """Whether Excel, Word, WPS or LibreOffice keeps this file beside a document that is open."""
    return LOCK_NAMES.fullmatch(path.name) is not None


def load(path: Path) -> bytes:
    """The bytes of a submitted file, or BadFile: not there, a folder, locked, a lock file, empty, too big."""
    if is_lock_file(path):
        raise BadFile(say("read_lock_file"))
    try:
        if path.is_dir():
            raise BadFile(say("read_folder"))
        if path.stat().st_size > bounds.FILE_BYTES:
            raise BadFile(say("read_too_big", mib=path.stat().st_size >> 20, limit=bounds.FILE_BYTES >> 20))
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(say("read_missing")) from None
    except PermissionError:
        raise BadFile(say("read_forbidden")) from None
    except OSError as error:
        raise BadFile(say("read_unreachable", why=why(error))) from None
    if not data.strip(b"\x00"):
        raise BadFile(say("read_empty"))
    return data


def sniff(data: bytes) -> Kind:
    """The kind of a file from its content; BadFile says what it is when it is no table."""
    if data.startswith(ZIP) or data.startswith(b"PK\x05\x06"):
        return _sniff_zip(data)
    if data.startswith(OLE):
        return _sniff_ole(data)
    for magic, key, what in REFUSED:
        if data.startswith(magic):
            raise BadFile(say(key, what=what))
    if data[6:10] == b"\0\0\0\0" and data.startswith(b"BM"):
        raise BadFile(say("read_image", what="BMP"))
    if data[4:8] == b"ftyp" or data.startswith(b"RIFF"):
        _refuse_media(data[8:12])
    if data[257:262] == b"ustar":
        raise BadFile(say("read_archive", what="tar"))
    if _is_dbase(data):
        raise BadFile(say("read_database", what="dBASE (.dbf)"))
    return _sniff_text(decode(data))


_PICTURES = (b"WEBP", b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif")


def _refuse_media(brand: bytes) -> NoReturn:
    """A picture, or else a film or a sound."""
    raise BadFile(say("read_image", what="HEIC/WebP") if brand in _PICTURES else say("read_film"))


def _is_dbase(data: bytes) -> bool:
    """A table of dBASE or FoxPro: version, then year, month and day, then the length of its header."""
    versions = (0x03, 0x30, 0x31, 0x32, 0x83, 0x8B, 0xF5)
    header = int.from_bytes(data[8:10], "little")
    dated = len(data) > 32 and 1 <= data[2] <= 12 and 1 <= data[3] <= 31
    return bool(data[:1]) and data[0] in versions and dated and 33 <= header <= len(data)


def decode(data: bytes) -> str:
    """Text in UTF-8, UTF-16 with a byte-order mark, or GB18030; BadFile for anything else."""
    tried = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in tried:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and not re.search(r"[\x01-\x08\x0e-\x1a]{2}", text[:4096]):
            return text
    raise BadFile(say("read_unknown", what=data[:8].hex(" ")))


def _sniff_text(text: str) -> Kind:
    head = text[:8192].lstrip().lower()
    if head.startswith("<"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in head and "<html" not in head:
            return "xml"
        if re.search(r"<(html|table|!doctype html)", text[:65536].lower()):
            return "html"
        raise BadFile(say("read_unknown", what="XML"))
    return "csv"


def _sniff_zip(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            bounds.check_package(package.infolist())
            return _sniff_members(package)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError):
        raise BadFile(say("read_damaged")) from None


def holds_files(package: zipfile.ZipFile) -> bool:
    """Whether a ZIP is an archive of files: no workbook and no document of a known kind."""
    try:
        _sniff_members(package)
    except _Archive:
        return True
    except BadFile:
        return False
    return False


class _Archive(BadFile):
    """A ZIP of files, which is no table."""


def _sniff_members(package: zipfile.ZipFile) -> Kind:
    names = {name.replace("\\", "/").lower().lstrip("/") for name in package.namelist()}
    if "mimetype" in names or "content.xml" in names:
        return _sniff_open_document(package, names)
    inside = [name for name in names if name.startswith("xl/")]
    if any(name.endswith(".bin") and "book" in name for name in inside):
        return "xlsb"
    if inside or any(name.endswith("workbook.xml") for name in names):
        return "xlsx"
    if any(name.startswith("word/") for name in names):
        raise BadFile(say("read_word", what="Word"))
    if any(name.startswith("ppt/") for name in names):
        raise BadFile(say("read_slides"))
    if "ofd.xml" in names:
        raise BadFile(say("read_pdf", what="OFD"))
    if any(name.endswith(".iwa") for name in names):
        raise BadFile(say("read_numbers"))
    raise _Archive(say("read_zip", count=sum(not name.endswith("/") for name in names)))


def _sniff_open_document(package: zipfile.ZipFile, names: set[str]) -> Kind:
    given = package.read("mimetype")[:200] if "mimetype" in names else b"spreadsheet"
    declared = given.decode("ascii", "replace")
    if "spreadsheet" not in declared:
        raise BadFile(say("read_word", what=declared.rpartition(".")[2]))
    manifest = package.read("META-INF/manifest.xml") if "meta-inf/manifest.xml" in names else b""
    if b"encryption-data" in manifest:
        raise BadFile(say("read_password"))
    return "ods"


def _sniff_ole(data: bytes) -> Kind:
    names = set(_ole_names(data))
    if "EncryptedPackage" in names:
        return "encrypted"
    if {name.lower() for name in names} & {"workbook", "book"}:
        return "xls"
    if "WordDocument" in names:
        raise BadFile(say("read_word", what="Word"))
    if "PowerPoint Document" in names:
        raise BadFile(say("read_slides"))
    raise BadFile(say("read_unknown_ole"))


def _ole_names(data: bytes) -> list[str]:
    """Names of the streams: directory entries are found by shape, so that a broken chain still tells."""
    found = []
    for match in re.finditer(rb"(?:[\x01-\x7e]\x00){2,31}\x00\x00", data):
        start = match.start()
        length = int.from_bytes(data[start + 64 : start + 66], "little")
        if start % 128 == 0 and length == len(match.group()):
            found.append(data[start : start + length - 2].decode("utf-16-le"))
    return found


def refuse_password() -> NoReturn:
    """BadFile: only the sender can take the password off."""
    raise BadFile(say("read_password"))
