"""Pure: which packages have a program, by what package managers keep or print of that.

`Commands` lists are those of command-not-found (in Ubuntu's archives, one stanza a package),
`Contents` lists those of apt-file (one line a file: deb-contents(5)).
"""

from __future__ import annotations

from homelab.texts import fields, lines

# As command-not-found weighs components, so that both offer the same package first.
_COMPONENTS = {
    "main": 120, "universe": 100, "contrib": 80, "non-free-firmware": 60, "restricted": 60,
    "non-free": 40, "multiverse": 20,
}  # fmt: skip
_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")
# Packages of Debian and Ubuntu with programs of other names, as bookworm's Contents list has them,
# for a host that keeps no such list. `nc`, `mail`, `convert` and the like are in no list at all: a
# package makes such a link when it is installed (update-alternatives).
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
_MOST = 3  # packages that are offered
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-_")


def is_name(text: str) -> bool:
    """Whether the text can be the name of a package or a program, safe in a command line."""
    return 0 < len(text) <= _LONGEST and set(text) <= _SIGNS and text[0].isalnum()


def name_of(program: str) -> str:
    """The name by which lists of programs know a program or a path: the last part of a path in one
    of the usual folders; "" for another path or no name."""
    folder, slash, name = program.rpartition("/")
    if slash and folder.strip("/") not in _FOLDERS:
        return ""
    return name if is_name(name) or name == "[" else ""


def files_of(program: str) -> list[str]:
    """The files that would be the program, without the `/` in front: those of its name in the usual
    folders, or the one of a path, which may be below /usr in the lists or not."""
    name = name_of(program)
    if name and "/" not in program:
        return [f"{folder}/{name}" for folder in _FOLDERS]
    path = program.strip("/")
    if name:
        path = path[4:] if path.startswith("usr/") else path
        return [path, f"usr/{path}"]
    return [path] if program.startswith("/") and path.isprintable() else []


def usual(program: str) -> str:
    """The package of Debian and Ubuntu that has a well-known program and is named otherwise; "" for
    another program. Whether it can be installed, apt knows."""
    name = name_of(program)
    for line in lines(_NAMED_OTHERWISE):
        package, _, programs = line.partition(": ")
        if name and name in programs.split():
            return package
    return ""


def weight(component: str, bonus: str = "") -> int:
    """How much a package of a component is preferred."""
    digits = bonus.lstrip("-")
    extra = int(bonus) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return _COMPONENTS.get(component, 0) + (extra if bonus[:2] != "--" else 0)


def in_commands(text: str, program: str) -> list[tuple[int, str]]:
    """(weight, package) of those that have a program, of a `Commands` list. Packages of backports
    are not installed by their name alone, and are left out."""
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
    """The fields of the stanza around a place in a text."""
    begin = text.rfind("\n\n", 0, at)
    end = text.find("\n\n", at)
    part = text[begin + 2 if begin >= 0 else 0 : end if end >= 0 else len(text)]
    pairs = (line.partition(":") for line in lines(part))
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def in_contents(text: str, program: str) -> list[tuple[int, str]]:
    """(weight, package) of those that have a program, of lines of `Contents` lists: a path, blanks,
    and [COMPONENT/]SECTION/PACKAGE, several of them with commas."""
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
    """The packages to offer, the best first: those of the preferred component, then the one named
    as the program, one named after it (`docker.io`), and the shortest name."""
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
    """The names of installed packages and those that they stand for, of lines of dpkg-query: the
    package, its state, and what it provides (`mail-reader, dnsutils (= 1:9.18)`)."""
    found = set()
    for line in lines(text):
        name, _, rest = line.partition(" ")
        state, _, provided = rest.partition(" ")
        if state == "installed":
            found |= {name, *(each.split("(")[0].strip() for each in provided.split(","))}
    return found - {""}


def in_policy(text: str) -> list[str]:
    """The names of packages that `apt-cache policy` can install and that are not installed."""
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
    """Names of packages, one a line, of dnf's, apk's and pacman's answers; the repository in front
    (`extra/zfs-utils`) is left out."""
    found = (line.strip().rpartition("/")[2] for line in lines(text))
    return list(dict.fromkeys(name for name in found if is_name(name)))
