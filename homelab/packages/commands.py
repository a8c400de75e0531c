"""Pure: find the packages that have a program in the lists and answers of package managers.

`Commands` lists belong to command-not-found (in Ubuntu's archives, one stanza per package),
`Contents` lists to apt-file (one line per file: deb-contents(5)).
"""

from __future__ import annotations

from homelab.texts import fields, lines

# The weights of command-not-found, so that both offer the same package first.
_COMPONENTS = {
    "main": 120, "universe": 100, "contrib": 80, "non-free-firmware": 60, "restricted": 60,
    "non-free": 40, "multiverse": 20,
}  # fmt: skip
_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")
# Packages of Debian and Ubuntu with programs of other names, from bookworm's Contents list, for a
# host without such a list. `nc`, `mail`, `convert` and similar are in no list: they are links that
# a package makes when it is installed (update-alternatives).
_NAMED_OTHERWISE = """
acl: getfacl setfacl
apache2-utils: ab htpasswd
apcupsd: apcaccess
attr: getfattr setfattr
avahi-utils: avahi-browse avahi-resolve
bind9-dnsutils: dig nslookup nsupdate
bind9-host: host
borgbackup: borg
bsdextrautils: column hexdump
btrfs-progs: btrfs mkfs.btrfs
chrony: chronyc
cifs-utils: mount.cifs
cloud-guest-utils: growpart
cron: crontab
cryptsetup-bin: cryptsetup
docker.io: docker dockerd
dosfstools: mkfs.vfat
fail2ban: fail2ban-client
ffmpeg: ffprobe
gdisk: sgdisk
gettext-base: envsubst
golang-go: go
i2c-tools: i2cdetect i2cget
imagemagick: convert identify mogrify
inotify-tools: inotifywait
iproute2: bridge ip ss tc
iptables: ip6tables iptables-restore iptables-save
iputils-ping: ping
libcap2-bin: getcap setcap
libimage-exiftool-perl: exiftool
libnotify-bin: notify-send
libvirt-clients: virsh
libxml2-utils: xmllint
lm-sensors: sensors sensors-detect
lvm2: lvcreate lvs pvs vgs
mailutils: mail
mariadb-client: mariadb mariadb-dump mysql mysqldump
moreutils: sponge ts
mosquitto-clients: mosquitto_pub mosquitto_sub
net-tools: arp ifconfig netstat route
netcat-openbsd: nc
nfs-common: mount.nfs showmount
nfs-kernel-server: exportfs
nftables: nft
nodejs: node
nut-client: upsc upscmd
nvme-cli: nvme
open-iscsi: iscsiadm
openssh-client: scp sftp ssh ssh-copy-id ssh-keygen
openssh-server: sshd
p7zip-full: 7z
parted: partprobe
pciutils: lspci
postgresql-client: pg_dump pg_dumpall psql
procps: free pgrep pkill ps sysctl top uptime watch
psmisc: fuser killall pstree
python3-pip: pip pip3
qemu-utils: qemu-img qemu-nbd
redis-tools: redis-cli
ripgrep: rg
samba: smbd smbstatus
samba-common-bin: testparm smbpasswd
sg3-utils: sg_ses
smartmontools: smartctl
snmp: snmpget snmpwalk
sysstat: iostat mpstat pidstat sar
usbutils: lsusb
util-linux: lsblk fstrim
uuid-runtime: uuidgen
virtinst: virt-install
whois: mkpasswd
wireguard-tools: wg wg-quick
xfsprogs: mkfs.xfs xfs_repair
xz-utils: unxz xz
zfsutils-linux: zdb zfs zpool
"""
_LONGEST = 128  # characters of a package's name
_MOST = 3  # packages to offer
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-_")


def is_name(text: str) -> bool:
    """Whether the text can be the name of a package or a program, safe in a command line."""
    return 0 < len(text) <= _LONGEST and set(text) <= _SIGNS and text[0].isalnum()


def name_of(program: str) -> str:
    """The name of a program in lists: the program itself, or the last part of a path in one of the
    usual folders; "" for another path or an invalid name."""
    folder, slash, name = program.rpartition("/")
    if slash and folder.strip("/") not in _FOLDERS:
        return ""
    return name if is_name(name) or name == "[" else ""


def files_of(program: str) -> list[str]:
    """The paths that the program may have in lists, without the leading `/`: its name in the usual
    folders; for a path, that path, with and without /usr."""
    name = name_of(program)
    if name and "/" not in program:
        return [f"{folder}/{name}" for folder in _FOLDERS]
    path = program.strip("/")
    if name:
        path = path[4:] if path.startswith("usr/") else path
        return [path, f"usr/{path}"]
    return [path] if program.startswith("/") and path.isprintable() else []


def usual(program: str) -> str:
    """The package of Debian and Ubuntu that has a well-known program of another name, "" for other
    programs. The package may not be available."""
    name = name_of(program)
    for line in lines(_NAMED_OTHERWISE):
        package, _, programs = line.partition(": ")
        if name and name in programs.split():
            return package
    return ""


def weight(component: str, bonus: str = "") -> int:
    """The preference for a package of a component."""
    digits = bonus.lstrip("-")
    extra = int(bonus) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return _COMPONENTS.get(component, 0) + (extra if bonus[:2] != "--" else 0)


def in_commands(text: str, program: str) -> list[tuple[int, str]]:
    """The packages that have a program in a `Commands` list, as (weight, package). Backports are
    left out: their packages can't be installed by name alone."""
    start = _stanza(text, 0)
    if start.get("suite", "").endswith("-backports"):
        return []
    found = []
    at = text.find(program)
    while at >= 0:
        end = at + len(program)
        if text[at - 1 : at] in (" ", ",") and text[end : end + 1] in (",", "\n", ""):
            stanza = _stanza(text, at)
            ignored = stanza.get("ignore-commands", "").split(",")
            if program in stanza.get("commands", "").split(",") and program not in ignored:
                name = stanza.get("visible-pkgname") or stanza.get("name", "")
                bonus = stanza.get("priority-bonus", "")
                found.append((weight(start.get("component", ""), bonus), name))
            end = text.find("\n\n", end)
            if end < 0:
                break
        at = text.find(program, end)
    return found


def _stanza(text: str, at: int) -> dict[str, str]:
    """The fields of the stanza around the position `at` in a text."""
    begin = text.rfind("\n\n", 0, at)
    end = text.find("\n\n", at)
    part = text[begin + 2 if begin >= 0 else 0 : end if end >= 0 else len(text)]
    pairs = (line.partition(":") for line in lines(part))
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def in_contents(text: str, program: str) -> list[tuple[int, str]]:
    """The packages that have a program in lines of `Contents` lists, as (weight, package). A line
    is a path, blanks, and a comma-separated list of [COMPONENT/]SECTION/PACKAGE."""
    wanted = set(files_of(program))
    found = []
    for line in lines(text):
        words = fields(line)
        if len(words) < 2 or words[0].lstrip("./") not in wanted:
            continue
        for each in words[-1].split(","):
            section, _, name = each.rpartition("/")
            component = section.partition("/")[0] if "/" in section else "main"
            found.append((weight(component), name))
    return found


def best(found: list[tuple[int, str]], program: str) -> tuple[str, ...]:
    """The packages to offer, the best first: by component, then a package with the program's name,
    then one whose name starts with it (`docker.io`), then the shortest name."""
    name = name_of(program)
    heaviest: dict[str, int] = {}
    for heavy, package in found:
        if is_name(package):
            heaviest[package] = max(heavy, heaviest.get(package, heavy))
    order = sorted(
        heaviest,
        key=lambda each: (
            -heaviest[each], each != name, not (name and each.startswith(name)), len(each), each,
        ),
    )  # fmt: skip
    return tuple(order[:_MOST])


def in_dpkg(text: str) -> set[str]:
    """The names of installed packages and of packages that they provide, from lines of dpkg-query:
    the package, its state, and its Provides (`mail-reader, dnsutils (= 1:9.18)`)."""
    found = set()
    for line in lines(text):
        name, _, rest = line.partition(" ")
        state, _, provided = rest.partition(" ")
        if state == "installed":
            found |= {name, *(each.split("(")[0].strip() for each in provided.split(","))}
    return found - {""}


def in_policy(text: str) -> list[str]:
    """The names of packages that are available but not installed, from the output of `apt-cache
    policy`."""
    found: list[str] = []
    name, installed = "", False
    for line in lines(text):
        word, _, value = line.strip().partition(":")
        value = value.strip()
        if not line.startswith(" "):
            name, installed = word, False
        elif word == "Installed":
            installed = value != "(none)"
        elif word == "Candidate" and value != "(none)" and not installed and is_name(name):
            found.append(name)
    return found


def names(text: str) -> list[str]:
    """The names of packages, one per line, in the output of dnf, apk and pacman; a repository in
    front (`extra/zfs-utils`) is removed."""
    found = (line.strip().rpartition("/")[2] for line in lines(text))
    return list(dict.fromkeys(name for name in found if is_name(name)))
