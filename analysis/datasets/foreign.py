"""Tell in words what a file is that is not what it claims to be: a pointer, a web page, an archive."""

from __future__ import annotations

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself (run “git lfs pull”)"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"8BPS", "a Photoshop document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_PICTURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)"),
)


def describe_foreign(head: bytes, *, pictures: bool = False) -> str | None:
    """Say what a file is by its first bytes.

    Parameters
    ----------
    head : bytes
        The file's beginning; 512 bytes are enough.
    pictures : bool
        Whether pictures are foreign too: they are where a table is expected.

    Returns
    -------
    str or None
        "a Git LFS pointer, …", or None where nothing foreign is recognised.
    """
    for magic, words in _MAGIC + (_PICTURES if pictures else ()):
        if head.startswith(magic):
            return words
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"avif", b"msf1", b"hevc"}:
        return "a HEIC or AVIF picture, which is not supported"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page (HTML), perhaps an error page that was saved in its place"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "an SVG drawing, which is not supported"
    return None


_CLUTTER = {"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx", "icon\r"}
_DOCUMENTS = (
    ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".md", ".rst", ".txt", ".yaml", ".yml",
    ".toml", ".xml", ".html", ".htm",
)  # fmt: skip
_DOCUMENT_NAMES = {"license", "licence", "readme", "copying", "notice", "copyright", "changelog"}


def is_clutter(name: str) -> bool:
    """Whether a file or folder is hidden, or left behind by an operating system: passed over without a word."""
    return name.startswith(".") or name.casefold() in _CLUTTER


def is_document(name: str) -> bool:
    """Whether a file describes data rather than being an example: passed over where examples are collected."""
    lower = name.casefold()
    return lower.endswith(_DOCUMENTS) or lower in _DOCUMENT_NAMES
