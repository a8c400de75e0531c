"""The health of storage: ZFS pools, md arrays, btrfs, LVM, and disks by SMART.

`ask` asks the tools and the kernel, one module for each tool reads the answers, and `judge` makes
rows of them."""
