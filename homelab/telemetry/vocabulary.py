"""Pure: the public list of words that are counted by name if they do not name a built-in verb.

Use of the existing verbs can never show which one is missing. So a word that does not name a verb,
and the word that an own script counts as, is counted by name if, and only if, it is in this list;
anything else, a mistyped secret included, is counted as `(unknown)` or `(personal)`. The words come
from the tasks, scripts and roles of public home-lab repositories, and the programs that they run.

The same list says what to type instead, if a built-in verb does what the word means. It is loaded
only for a word that does not name a verb, and for an own script that counts as a word.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST = 32  # characters of a word

# One line per word: the word, its meaning, and after `=` the built-in verb that does it.
_DOINGS = """
add         make an entry or a part of something
apply       bring a host to a described state
archive     put files away for long
backup      keep a copy of data
bench       measure speed
benchmark   measure speed under load
build       make an image or a program
check       see whether something is right
clean       remove what is not needed
clear       empty a cache or a list
connect     open a connection
copy        copy files
create      make something new
delete      remove for ever
deploy      bring a new version into use
describe    show all of one thing
destroy     remove a machine or a stack for ever
diff        compare two states
disable     switch off for good
discover    find hosts or devices
doctor      look for what is wrong
down        stop and take away
download    fetch files
drain       take the load off a node
dump        write a database into a file
edit        change a file
enable      switch on for good
encrypt     make unreadable without a key
exec        run a command inside
expand      make a disk or volume larger
export      write data for other programs
fetch       get data from another host
find        look for files or things
fix         make right what is wrong
flush       empty a cache or a table
follow      show new lines as they come = logs tail --follow
format      make a file system
generate    make a file from a template
get         show one thing
health      is all well or is something down = host status
history     what was done before
import      read data of other programs
info        facts of something
init        begin something
inspect     show all facts of one thing
install     put a program on a host
kill        end a process at once
link        point one name to another
lint        look for mistakes in files
list        show all of them
load        how busy the processors are = host status
lock        keep others out while something runs = job run
login       begin a session
maintenance care at regular times
migrate     move to another host or version
monitor     watch and tell = check
mount       make a file system reachable
move        put in another place
notify      tell a person
open        make reachable
patch       repair a program = update list
pause       stop for a while
ping        does a host answer or is it down
poweroff    switch a host off
prune       remove old copies and images
pull        fetch a newer version
purge       remove all of it
push        send to another place
read        show what is in it
reboot      start a host again
rebuild     make again from the source
recover     get back what was lost
refresh     read again
register    make known to a service
reload      read the settings again
remove      take away
rename      give another name
renew       make valid for longer
repair      make something work again
replace     put another one in its place
report      a summary for people
reset       bring back to the beginning
resize      change the size
restart     stop and start again
restore     bring data back from a backup
retry       try again until it works = job run --retries
rollback    go back to the version before
rotate      replace keys or log files in turn
run         run a command or a task
scale       change how many of it run
scan        look through for problems
scrub       read all data and check it
search      look for text = logs query --grep
send        send a message or a file
set         give a value
setup       prepare for first use
show        show one thing
shutdown    stop a host
snapshot    keep the state of a moment
speedtest   measure the internet connection
start       begin to run
stat        figures of something
status      is all well = host status
stop        end what runs
suspend     put to sleep
switch      change over to another one
sync        make two places equal
tail        the last lines of a log = logs tail
test        try whether it works
timeout     end what takes too long = job run --timeout
trace       follow the way of a packet or a call
trim        tell a disk what is free
uninstall   remove a program
unlock      let in again, or open an encrypted disk
unmount     take a file system away
up          start all of it
update      bring to the newest version
upgrade     install newer versions
upload      send files
validate    see whether files are right
verify      see whether it is what it should be
view        look at something
wake        start a sleeping host
watch       look again and again
wipe        make data unreadable for ever
"""
_THINGS = """
acl         who may do what with a file
acme        the protocol that issues certificates
adguard     DNS server that blocks ads
agent       a program that reports or acts for another
alert       a message about a problem
ansible     sets up hosts from files
apache      web server
api         programming interface of a service
apk         package manager of Alpine = update list
app         a program that people use
apt         package manager of Debian = update list
apt-get     package manager of Debian = update list
arr         the programs around Sonarr and Radarr
auth        who may log in
authelia    login in front of services
authentik   login for all services
borg        backup program
borgmatic   runs borg with settings
btop        busiest processes
btrfs       file system with snapshots
cache       copies for speed
caddy       web server with own certificates
camera      pictures of a camera
ceph        storage over many hosts
cert        certificates
certbot     gets and renews certificates
chrony      sets the clock = host status
clock       is the time right = host status
cloudflare  DNS and proxy in the cloud
cloudflared tunnel to Cloudflare
cluster     several hosts as one
compose     stacks of Docker Compose
config      settings of a program
consul      finds services
container   what Docker and Podman run
cpu         how busy the processors are = host status
cron        scheduled jobs
crontab     the scheduled jobs of cron
crowdsec    blocks attackers
curl        asks a web server = service check
dashboard   pages with figures
database    tables and their server
ddns        a name for a changing address
df          how full the file systems are = disk usage
dhcp        gives addresses to hosts
dig         asks a DNS server
disk        drives and file systems
dmesg       messages of the kernel
dnf         package manager of Fedora = update list
dns         names of hosts
dnsmasq     DNS and DHCP server
docker      runs containers = container list
docker-compose stacks of Docker Compose
domain      a name on the internet
dotfiles    settings in the home folder
du          how large folders are
endpoint    an address that should answer = service check
env         variables of a program
error       what went wrong = logs errors
event       what happened
fail2ban    blocks attackers
failed      what is down or does not run as it should = unit failed
fan         speed of the fans
ffmpeg      converts films, videos and sound
file        a file
filesystem  files on a disk = disk usage
firewall    which packets may pass
firmware    the program in a device
flux        brings Git into Kubernetes
free        memory that programs can get = host status
frigate     watches cameras
git         versions of files
gitea       Git server
gitlab      Git server
gitops      a cluster described in Git
gpu         graphics card
grafana     dashboards
grep        lines with a text = logs query --grep
haproxy     load balancer
headscale   own server for Tailscale
helm        packages for Kubernetes
home-assistant controls the house
host        a machine
htop        busiest processes
http        does a web server answer or is it down = service check
image       what containers are made of
immich      photo library
influxdb    database of figures
ingress     the way into a cluster
inode       how many files fit on a disk = disk usage
inventory   list of hosts
iostat      how busy the disks are
ip          addresses of this host
ipmi        control of a server's board
iptables    firewall of Linux
iscsi       disks over the network
jellyfin    films and music
jenkins     builds programs
job         a scheduled task, which runs by itself
journal     log of systemd = logs query --unit
journalctl  log of systemd = logs query --unit
k3s         small Kubernetes
k8s         Kubernetes
kernel      the core of Linux
key         opens or signs something
kopia       backup program
kubectl     controls Kubernetes
kuma        watches services
lab         all of it
lan         the network at home
latency     how long answers take
ldap        directory of accounts
letsencrypt issues certificates
log         log lines = logs query
logrotate   replaces log files in turn
loki        keeps log lines = logs query
longhorn    storage of Kubernetes
ls          list what exists
lsblk       disks and partitions
lsof        which process has a file open
luks        encrypted disks
lvm         volumes over several disks
lxc         containers of Linux
mail        messages
mariadb     database
mdadm       RAID of Linux = disk health
media       films, videos and music
memory      memory of this host = host status
metrics     figures over time
minio       object store
mqtt        messages of devices
mtr         the way of packets to a host
mysql       database
nas         file server
nc          opens a TCP port = port check
ncdu        how large folders are
net         the network
netdata     figures of a host
netstat     listening ports and connections
network     the network
nextcloud   files and calendars
nfs         shares of Unix
nftables    firewall of Linux
nginx       web server
nmap        open ports of hosts = port check
node        a member of a cluster
nslookup    asks a DNS server
ntfy        sends notices
ntp         sets the clock = host status
nut         watches a UPS
nvme        fast disks
ollama      runs language models
openssl     keys and certificates = cert check
openvpn     VPN
opnsense    router system
package     programs to install = update list
pacman      package manager of Arch = update list
paperless   archive of documents
partition   a part of a disk
password    secret of an account
pbs         Proxmox Backup Server
pct         containers of Proxmox
permission  who may read and write
pfsense     router system
photo       pictures
pihole      DNS server that blocks ads
pip         packages of Python
plex        films and music
pod         containers of Kubernetes
podman      runs containers = container list
pool        several disks as one = disk health
port        TCP ports
portainer   containers in a browser
postgres    database
power       electricity that is used
process     programs that run
prometheus  keeps figures
proxmox     runs virtual machines
proxy       is between client and server
ps          what runs = container list
pve         Proxmox
pvesh       the interface of Proxmox
qbittorrent loads torrents
qm          virtual machines of Proxmox
quota       how much space an account may use
radarr      fetches films
raid        several disks as one = disk health
ram         memory of this host = host status
rclone      copies files to clouds
redis       database in memory
registry    keeps images
renovate    asks for newer versions
repo        a repository of Git or of packages
restic      backup program
route       the way of packets
router      connects networks
rsync       copies files
s3          object store
samba       shares of Windows
secret      passwords, keys and tokens
security    is it safe
sensor      temperatures and other values = host status
server      a host that serves others
service     a program that answers others
share       folders for other hosts
shell       a command line
site        a web page = service check
smart       health of disks and other drives = disk health
smartctl    health of disks = disk health
snapraid    parity over several disks
sonarr      fetches series
sops        encrypted files in Git
space       how full the file systems are = disk usage
speed       how fast a connection is
sqlite      database in a file
ss          listening ports and connections
ssh         a shell on another host
ssl         encryption of connections = cert check
stack       several containers as one
storage     disks and shares
sudo        run as root
swap        memory on disk = host status
syncthing   makes folders equal
syslog      log lines = logs query
systemctl   controls systemd
systemd     starts services = unit failed
tailscale   VPN
talos       Linux for Kubernetes
tcpdump     shows packets
telnet      opens a TCP port = port check
temp        temperatures = host status
terraform   makes hosts from files
timer       scheduled tasks of systemd
tls         encryption of connections = cert check
tofu        makes hosts from files
token       a secret of a program
top         busiest processes
traceroute  the way of packets to a host
traefik     web proxy
traffic     how much data flows
truenas     file server system
tunnel      a way through another network
ufw         simple firewall
unbound     DNS server
unifi       network devices of Ubiquiti
unit        what systemd starts
unraid      file server system
ups         battery for a power cut
uptime      how long a host has run = host status
url         an address that should answer = service check
usb         devices at a USB port
user        accounts of people
vault       keeps secrets
vaultwarden keeps passwords
velero      backup of Kubernetes
version     which version runs
virsh       virtual machines of libvirt
vlan        a separate part of a network
vm          virtual machines
vmstat      how busy a host is = host status
volume      storage of containers
vpn         private network over the internet
wan         the connection to the internet
watchtower  updates containers
web         does a web server answer = service check
webhook     a call when something happens
website     a web page = service check
wg          controls WireGuard
wget        fetches from a web server
whois       who owns an address
wifi        wireless network
wireguard   VPN
wol         starts a sleeping host
x509        certificates = cert check
yum         package manager of older Fedoras = update list
zfs         file system with pools
zigbee      radio of small devices
zpool       pools of ZFS = disk health
"""
# Other spellings of a word, and of plurals that the rule in `listed` can't fold.
_SPELLINGS = """
access-point wifi
back-up backup
certificate cert
cfg config
cleanup clean
conf config
configuration config
configure config
cronjob cron
cross-check check
db database
del delete
deployment deploy
dir file
environment env
ext4 filesystem
file-system filesystem
fs filesystem
fw firewall
hass home-assistant
healthcheck health
health-check health
homeassistant home-assistant
influx influxdb
inspection inspect
installer install
installation install
ips ip
iptable iptables
kube k8s
kubernetes k8s
lets-encrypt letsencrypt
logging log
machine host
metric metrics
migration migrate
mnt mount
monitoring monitor
networking network
nginx-proxy nginx
notification notify
opentofu tofu
passwd password
perm permission
pgsql postgres
pi-hole pihole
pkg package
postgresql postgres
power-off poweroff
proc process
provision setup
pwd password
repository repo
restarting restart
rm delete
snap snapshot
speed-test speedtest
statistic stat
svc service
synchronize sync
tailscaled tailscale
temperature temp
tf terraform
umount unmount
updater update
upgrader upgrade
uptime-kuma kuma
virtual-machine vm
vms vm
vol volume
wakeonlan wol
wake-on-lan wol
wi-fi wifi
"""
# Programs that do the same as a group of built-in verbs, so that a word after them may mean its
# verb.
_PROGRAMS = {
    "apk": "update",
    "apt": "update",
    "apt-get": "update",
    "dnf": "update",
    "docker": "container",
    "journal": "logs",
    "journalctl": "logs",
    "log": "logs",
    "openssl": "cert",
    "pacman": "update",
    "podman": "container",
    "systemctl": "unit",
    "systemd": "unit",
    "yum": "update",
}
# The task of a group of built-in verbs, for its word in another spelling: `containers`, `Disk`.
GROUPS = {
    "cert": "cert check",
    "container": "container list",
    "disk": "disk usage",
    "host": "host status",
    "job": "job list",
    "logs": "logs query",
    "port": "port check",
    "service": "service check",
    "timer": "timer list",
    "unit": "unit failed",
    "update": "update list",
    "usage": "usage top",
    "verbs": "verbs",
}
# Words below a group that one of its built-ins, or another, answers. A word whose own answer is in
# the group (`disk df`) needs no entry.
BELOW = {
    "backup": dict.fromkeys("check get health list ls monitor show status".split(), "backup age"),
    "cert": dict.fromkeys("get info inspect ls show status test verify".split(), "cert check"),
    "container": {
        **dict.fromkeys("check get health ls monitor show status".split(), "container list"),
        "log": "logs query --container",
        "tail": "logs tail --container",
    },
    "disk": {
        **dict.fromkeys("free ls show stat".split(), "disk usage"),
        **dict.fromkeys("check status".split(), "disk health"),
    },
    "host": dict.fromkeys("check get info monitor show stat temp".split(), "host status"),
    "job": {
        **dict.fromkeys("check get history ls status".split(), "job list"),
        **dict.fromkeys("exec start".split(), "job run"),
        **dict.fromkeys("delete remove".split(), "job forget"),
        **dict.fromkeys("describe inspect log view".split(), "job show"),
    },
    "logs": {
        **dict.fromkeys("get ls read show view".split(), "logs query"),
        "find": "logs query --grep",
        "stat": "logs count",
        "watch": "logs tail --follow",
    },
    "port": dict.fromkeys("open scan show status test".split(), "port check"),
    "self": {"deploy": "self push", "setup": "self install"},
    "service": dict.fromkeys("get health monitor ping show status test".split(), "service check"),
    "timer": dict.fromkeys("check get ls show status".split(), "timer list"),
    "unit": {
        **dict.fromkeys("check error health ls show status".split(), "unit failed"),
        "log": "logs query --unit",
        "tail": "logs tail --unit",
    },
    "update": dict.fromkeys("check get ls show status".split(), "update list"),
    "usage": dict.fromkeys("get ls show stat".split(), "usage top"),
    "verbs": {
        **dict.fromkeys("get ls show status".split(), "verbs"),
        **dict.fromkeys("create init".split(), "verbs new"),
        **dict.fromkeys("import link".split(), "verbs add"),
        "delete": "verbs remove",
        **dict.fromkeys("doctor lint test validate verify".split(), "verbs check"),
        "find": "verbs which",
    },
}


def _words(table: str) -> frozenset[str]:
    return frozenset(line.partition(" ")[0] for line in table.strip().splitlines())


DOINGS = _words(_DOINGS)
WISHES = DOINGS | _words(_THINGS)


def _said(table: str, word: str) -> str:
    """The entry of a word in a table, "" for none. It is searched as text: a run searches once."""
    _, _, rest = table.partition(f"\n{word} ") if word else ("", "", "")
    return rest.partition("\n")[0].strip()


def _row(word: str) -> tuple[str, str]:
    """The meaning of a word in the list's spelling, and the verb that does it."""
    meant, _, does = (_said(_DOINGS, word) or _said(_THINGS, word)).partition(" = ")
    return meant, does


def listed(word: str, extra: Collection[str] = ()) -> str:
    """The list's own spelling of a word, in any case: `Certificates` → `cert`; else the operator's
    `extra` word that it is; else ""."""
    spellings = _spellings(word)
    for words in (WISHES, frozenset(extra)):
        for spelling in spellings:
            if spelling in words:
                return spelling
    return ""


def _spellings(word: str) -> list[str]:
    """The words of which `word` may be a spelling, the likeliest first: itself, and its singulars
    (`proxies`, `statuses`, `certs`), each in the list's spelling."""
    if not word.isascii() or len(word) > LONGEST:
        return []
    typed = word.lower().replace("_", "-")
    found = [typed]
    if len(typed) > 3 and typed.endswith("s") and not typed.endswith("ss"):
        found += [typed[:-3] + "y"] if typed.endswith("ies") else []
        found.append(typed[:-1])
        found += [typed[:-2]] if typed.endswith("es") else []
    return [_said(_SPELLINGS, spelling) or spelling for spelling in found]


def meaning(word: str) -> str:
    """The meaning of a listed word, in a few words; "" if it is not listed."""
    return _row(listed(word))[0]


def answer(words: str) -> str:
    """The built-in verb that does what these words mean, as typed after `homelab`: `df` → `disk
    usage`, `container ls` → `container list`, `restart` → "". A second word counts below a group of
    built-ins, and after a program that does the same as such a group."""
    first, _, rest = words.partition(" ")
    second = rest.partition(" ")[0]
    word, group = listed(first), group_of(first)
    alone = GROUPS.get(group, "") if group else _row(word)[1]
    group = group or _PROGRAMS.get(word, "")
    inner = listed(second) if group else ""
    if not inner:
        return "" if second and first == group else alone
    below = BELOW.get(group, {}).get(inner, "")
    does = _row(inner)[1]
    if not below and (group == "host" or does.startswith(f"{group} ")):
        below = does  # `disk df`; a host has all of it: `host df`
    if not below and GROUPS.get(group) == f"{group} {inner}":
        below = GROUPS[group]  # `certs check`
    if not below and first != group and inner not in DOINGS:
        return alone  # `docker plex`, `log nginx`: the next word is an argument
    return below


def wording() -> dict[str, str]:
    """For each built-in verb that does listed words, by its path: these words with their meanings,
    as one text to search in."""
    found: dict[str, str] = {}
    for line in (_DOINGS + _THINGS).splitlines():
        said, _, does = line.partition(" = ")
        path = does.partition(" --")[0]
        if path:
            found[path] = f"{found.get(path, '')} {said}"
    return found


def related(word: str) -> str:
    """Words to search for in addition to a word: the list's spelling of it, and its meaning (of an
    activity only the objects: "stop" must not match "restart"); for a word that is not listed,
    those whose meaning contains it (`scheduled` is in that of cron). "" for none."""
    known = listed(word)
    if known:
        said = _row(known)[0]
        if known in DOINGS:
            said = " ".join(part for part in map(_thing, said.split()) if part)
        return f"{known} {said}"
    if not word.isascii() or not word.isalnum() or len(word) < 4:
        return ""
    rows = (line.partition(" = ")[0].partition(" ") for line in _THINGS.splitlines())
    forms = {word + ending for ending in ("", "s", "es", "d", "ed")}
    return " ".join(thing for thing, _, said in rows if forms & set(said.replace(",", "").split()))


def _thing(word: str) -> str:
    known = listed(word.strip(","))
    return "" if known in DOINGS else known


def group_of(word: str) -> str:
    """The group of built-ins that a word spells, also in another form (`Containers`, `certificate`,
    `log`); else ""."""
    for spelling in (*_spellings(word), *_spellings(f"{word}s")):
        if spelling in GROUPS or spelling in BELOW:
            return spelling
    return ""


def of_script(name: str, extra: Collection[str] = ()) -> str:
    """The listed word in a script's name, split at `-` and blanks: an activity before an object,
    else the first; "" if it has none."""
    words = name.replace("-", " ").replace("_", " ").split()
    found = [known for known in (listed(word, extra) for word in (name, *words)) if known]
    doings = [word for word in found if word in DOINGS]
    return (doings or found or [""])[0]
