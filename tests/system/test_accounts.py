"""Accounts, from the system's own tables."""

from __future__ import annotations

import pytest

from homelab.system import accounts

TABLE = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
40 22 0:40 / {path} rw,nosuid - fuse.sshfs al@nas: rw,user_id=1001,group_id=1001
"""


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/tmp/x", "/tmp/x"),
        ("/tmp/a b", "/tmp/a\\040b"),
        ("/tmp/a\tb\nc", "/tmp/a\\011b\\012c"),
        ("/tmp/a\\040b", "/tmp/a\\134040b"),
        ("/tmp/a\x0b\x0c\rb", "/tmp/a\x0b\x0c\rb"),  # line ends in other contexts
        ("/tmp/a\x85\u2028b", "/tmp/a\x85\u2028b"),
        ("/tmp/\udcff", "/tmp/\udcff"),
    ],
)
def test_who_mounted_a_file_system_of_its_own_whatever_its_folder_is_called(
    path: str, written: str
) -> None:
    table = TABLE.format(path=written)
    assert accounts.mounted_by_in(table, path) == 1001
    assert accounts.mounted_by_in(table, "/") == 0
    assert accounts.mounted_by_in(table, "/tmp") == 0
