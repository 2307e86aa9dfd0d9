"""Files are written atomically."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geofront.errors import GeofrontError
from geofront.files import locked, staged, temporary_folder, write_text


def test_files_appear_when_the_block_succeeds_and_only_then(tmp_path):
    folder = tmp_path / "new"
    with staged(folder) as staging:
        (staging / "sub").mkdir()
        (staging / "sub" / "a.txt").write_text("a")
        assert [path.name for path in folder.glob("*") if not path.name.startswith(".staging-")] == []

    def fail() -> None:
        with staged(folder) as staging:
            (staging / "b.txt").write_text("b")
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fail()
    assert sorted(path.name for path in folder.iterdir()) == ["sub"]
    assert (folder / "sub" / "a.txt").read_text() == "a"


def test_a_file_with_the_same_content_is_not_rewritten(tmp_path):
    for name in ("same", "other"):
        (tmp_path / name).write_text("old")
        os.utime(tmp_path / name, (0, 0))
    with staged(tmp_path) as staging:
        (staging / "same").write_text("old")
        (staging / "other").write_text("new")
    assert (tmp_path / "same").stat().st_mtime == 0
    assert (tmp_path / "other").read_text() == "new"


def test_a_symbolic_link_stays_and_its_file_is_written(tmp_path):
    real, link = tmp_path / "real" / "file.txt", tmp_path / "folder" / "link.txt"
    for path in (real, link):
        path.parent.mkdir()
    real.write_text("old")
    link.symlink_to(real)
    write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert [path.name for path in real.parent.iterdir()] == ["file.txt"]


def test_what_is_no_regular_file_is_refused_and_nothing_is_written(tmp_path):
    def write_pair(name: str) -> None:
        with staged(tmp_path) as staging:
            (staging / "a").write_text("a")
            (staging / name).write_text("text")

    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/null")
    for name in ("pipe", "folder", "device"):
        with pytest.raises(GeofrontError, match=f"{name}' is not a regular file"):
            write_pair(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["device", "folder", "pipe"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(GeofrontError, match="cannot be written to"), staged(folder):
            pass


def test_only_leftovers_of_killed_processes_are_removed_by_the_next(tmp_path):
    left, kept = tmp_path / ".staging-of-mine", tmp_path / "sub"
    program = (
        "import time\nfrom pathlib import Path\nfrom geofront.files import staged\n"
        f"with staged(Path({str(tmp_path)!r})) as staging:\n"
        "    (staging / 'a.txt').write_text('a'); print('begun', flush=True); time.sleep(300)"
    )
    kept.mkdir()
    left.mkdir()
    (left / "a.txt").write_text("a")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        write_text(tmp_path / "b.txt", "b")
        assert not left.exists()
        assert len(list(tmp_path.glob(".staging-*/a.txt"))) == 1
        process.kill()
    write_text(tmp_path / "c.txt", "c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "c.txt", "sub"]


def test_links_are_followed_unless_they_lead_nowhere_writable(tmp_path):
    (tmp_path / "link").symlink_to("target.txt")
    write_text(tmp_path / "link", "a")
    assert (tmp_path / "target.txt").read_text() == "a"
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(GeofrontError, match="loop' is not a regular file, so it is kept"):
        write_text(tmp_path / "loop", "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "loop", "target.txt"]


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="there is no /proc, where no file can be created")
def test_a_folder_in_which_no_file_can_be_created_is_named_at_once():
    with pytest.raises(GeofrontError, match="'/proc' cannot be written to"):
        write_text(Path("/proc/geofront.txt"), "a")
    with pytest.raises(GeofrontError, match="'/proc' cannot be written to"), locked(Path("/proc"), lambda: None):
        pass


def test_temporary_folders_are_private_and_several_can_exist(tmp_path):
    with temporary_folder(tmp_path, "x-") as first, temporary_folder(tmp_path, "x-") as second:
        assert {first, second} == {Path(path) for path in tmp_path.glob("x-*/")}
        assert first.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []
