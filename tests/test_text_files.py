import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from geofront.errors import GeofrontError
from geofront.inputs.table_reading import read_table
from geofront.inputs.text_files import read_cells

TABLE = b"region,pue\na,1.5\nb,1.25\n"


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, TABLE)
    return buffer.getvalue()


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="own.csv"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return to_file


@pytest.mark.parametrize(
    "content",
    [TABLE, b"\xef\xbb\xbf" + TABLE, TABLE.replace(b"\n", b"\r\n"), TABLE.replace(b"\n", b"\n\n"),
     b'"region","pue"\n"a","1.5"\n"b","1.25"', TABLE.replace(b",", b";"), TABLE.replace(b",", b"\t"),
     TABLE.replace(b",", b"|"), b"region,pue,\na,1.5,\nb,1.25,\n", b"region,pue\na,1.5,\nb,1.25,,\n",
     gzip.compress(TABLE), bz2.compress(TABLE), lzma.compress(TABLE), zipped("own.csv")],
    ids=["plain", "mark", "crlf", "blank lines", "quoted", "semicolons", "tabs", "bars", "empty column",
         "empty cells", "gzip", "bzip2", "xz", "zip"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["own.csv", "own.csv.gz"])
def test_one_table_in_many_files(write, content, name):
    path = write(content, name)
    assert read_cells(path).to_dict("list") == {"region": ["a", "b"], "pue": ["1.5", "1.25"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(TABLE)[:-5], "no UTF-8 CSV table"),
        (gzip.compress(TABLE)[:15], "no UTF-8 CSV table"),
        (bz2.compress(TABLE)[:-5], "no UTF-8 CSV table"),
        (lzma.compress(TABLE)[:-5], "no UTF-8 CSV table"),
        (zipped("own.csv")[:-30], "no UTF-8 CSV table"),
        (zipped(), "a zip archive of 0 files"),
        (zipped("a.csv", "b.csv"), "a zip archive of 2 files: 'a.csv', 'b.csv'; unpack it and pass one"),
        (TABLE.decode().encode("utf-16"), "no UTF-8 CSV table"),
        ("région,pue\na,1\n".encode("latin-1"), "no UTF-8 CSV table"),
        (b"region,pue\na\0,1\n", "zero bytes"),
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b'region,pue\n"a,1\n', "line"),
        (b"region,pue\na,1,5\n", "line 2 has 3 cells, the header 2. Where the comma is the decimal mark"),
        (b"pue,region,pue\n1,a,2\n", r"repeated column\(s\) 'pue'"),
    ],
    # Compressed files hold the time, and workers must collect the same names.
    ids=[
        "gzip cut at the end",
        "gzip cut in the middle",
        "bzip2 cut",
        "xz cut",
        "zip cut",
        "empty zip",
        "zip of two",
        "utf-16",
        "latin-1",
        "zero byte",
        "empty",
        "blank",
        "open quote",
        "extra cell",
        "repeated column",
    ],
)
def test_damaged_file_is_named(write, content, message):
    for name in ("own.csv", "own.csv.gz", "own.zip"):
        path = write(content, name)
        for read in (read_cells, lambda path: read_table(path, "region", ("pue",))):
            with pytest.raises(GeofrontError, match=rf"{name}: .*{message}"):
                read(path)


def test_missing_file_and_folder_are_named(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(GeofrontError, match=f"{path}: no UTF-8 CSV table, or no such file"):
            read_cells(path)
