"""Pure: common words of home labs, counted by name where a command line names no verb.

Use of the verbs that exist can never show which one is missing. A first word that is no verb is
therefore counted by name if, and only if, it stands in this public list; anything else, a mistyped
secret included, is counted as `(unknown)`. Drawn from what public home-lab repositories do: tasks,
scripts and roles by how many labs have them, and the programs that those labs run.
"""

from __future__ import annotations

# A line a word: `word: its meaning`, and behind ` = ` what of the built-ins does it, if one does.
_TABLE = """\
adguard: a DNS server that blocks advertisements
alert: what warns a person
ansible: sets up hosts from playbooks
apk: Alpine's packages = update list
app: a program that the lab serves
apt: Debian's packages = update list
arr: the programs that collect media
autoremove: remove packages that nothing needs
backup: copies of data, kept elsewhere
benchmark: measure how fast something is
blocklist: names and addresses that are refused
boot: start a machine
borg: a program for backups
bridge: joins networks on one host
btrfs: a file system with snapshots
build: make a program or an image
caddy: a web server and proxy
camera: what films
ceph: storage over several hosts
cert: what proves who a server is
check: see whether something is right
chmod: change the rights of a file
chown: change the owner of a file
ci: tests and builds on each change
clean: remove what is no longer needed
clone: copy a whole thing
cloudflared: a tunnel to a public address
cluster: hosts that work as one
compose: containers described in one file = container list
config: settings of programs
container: a program with its own file system
copy: make a second one
cpu: the processor = host status
create: make a new one
cron: commands at fixed times = job list
crowdsec: refuses addresses that attack
curl: ask a web server = service check
dashboard: a page of charts
database: where programs keep records
ddns: a name that follows an address
delete: remove something
deploy: bring a program to where it runs
df: free space of file systems = disk usage
dhcp: gives addresses to hosts
diff: what differs
dig: ask a DNS server
disk: where data is kept
dmesg: messages of the kernel
dnf: Fedora's packages = update list
dns: names of hosts
docker: runs containers = container list
doctor: find out what is wrong
domain: a name on the internet
down: stop what runs
download: fetch a file
du: how much folders hold = disk usage
edit: change a text
email: letters by network
env: variables of programs
exec: run a command inside of something
export: write data out
fail2ban: refuses addresses that attack
fan: what cools a machine
fetch: get something from elsewhere
find: look for something
firewall: what may connect to what
firmware: programs inside of devices
fix: make something right
flux: brings git's state to a cluster
format: make a file system
free: free memory = host status
git: keeps versions of texts
gitea: a server for git
gpu: the graphics processor
grafana: a program for charts
group: several accounts as one
haproxy: a proxy that shares load
headscale: a server for Tailscale
health: whether all is well = host status
helm: packages for Kubernetes
home-assistant: controls a home
host: a machine
htop: what runs on a host
httpd: a web server
image: what containers start from
immich: a program for photos
import: read data in
info: facts about something
init: prepare for the first use
inspect: show something in full
install: put a program on a host
inventory: which hosts there are
ip: addresses of a host
ipmi: controls a machine from outside
iptables: rules of the firewall
ipv6: long addresses
iscsi: disks by network
jellyfin: a server for films
job: a command that runs by itself
journal: what services wrote = logs query --unit
journalctl: reads systemd's journal = logs query --unit
k3s: a small Kubernetes
k8s: Kubernetes, which runs containers on hosts
kernel: the core of the system
key: what opens something
kill: end a process
kopia: a program for backups
kubectl: talks to Kubernetes
kuma: watches services
lan: the network at home
letsencrypt: gives certificates
list: show all of a kind
load: how busy a host is = host status
log: what programs write = logs query
login: begin as an account
loki: a server for log lines
ls: show all of a kind
lsblk: disks and their parts
lvm: parts disks into volumes
lxc: containers like machines
mail: letters by network
mariadb: a database
media: films and music
memory: a host's main memory = host status
metrics: numbers over time
migrate: move to another place
minio: storage with S3's protocol
mongo: a database
monitor: watch something
mount: make a file system reachable
move: put elsewhere
mqtt: messages of devices
mysql: a database
nas: a host that keeps files
net: a network
netstat: connections of a host
network: what joins hosts
nextcloud: files and calendars
nfs: files by network
nft: rules of the firewall
nginx: a web server and proxy
node: a host of a cluster
notify: tell a person
ntp: the right time by network
nut: watches a UPS
nvme: fast disks
opnsense: a firewall
pacman: Arch's packages = update list
paperless: keeps documents
password: a secret word
patch: put small changes in
pbs: Proxmox's backup server
pct: containers of Proxmox
permission: who may do what
pg: the database PostgreSQL
photo: a picture
pihole: a DNS server that blocks advertisements
ping: whether a host answers
pip: packages of Python
playbook: steps of Ansible
plex: a server for films
podman: runs containers = container list
pool: disks that work as one
port: where a program listens
portainer: a page for containers
postgres: the database PostgreSQL
power: electric power
poweroff: turn a machine off
process: a program that runs
prometheus: keeps numbers over time
proxmox: runs virtual machines
proxy: passes requests on
prune: remove what is no longer used
ps: what runs = container list
pull: get the newer version
push: send the newer version
pve: Proxmox's virtual machines
pvesh: Proxmox's shell
pveversion: Proxmox's version
qm: virtual machines of Proxmox
radarr: collects films
raid: disks that replace each other
reboot: start a machine again
rebuild: make anew
redis: a store in memory
registry: where images are kept
reload: read the settings again
remove: take something away
rename: give another name
repair: make something whole
report: a summary for people
reset: back to the first state
resize: make larger or smaller
restart: stop and start
restic: a program for backups
restore: bring back from a backup
rm: take something away
rollback: back to the state before
rotate: replace the old by the new
route: ways through the network
router: joins networks
rsync: makes folders equal
run: start a command
s3: storage by HTTP
samba: files for Windows
scale: more or fewer of a kind
scan: look through all
scp: copy files by ssh
screen: a terminal that stays
scrub: read all to find damage
search: look for something
secret: what nobody else may know
seed: give first data
sensor: measures heat and more
server: what serves others
service: a program that serves
setup: prepare for use
share: a folder for others
shell: type commands
shutdown: turn a machine off
smart: what disks say of their health
smartctl: reads what disks say
snapshot: the state at one moment
snmp: asks devices of a network
sonarr: collects series
space: room on disks = disk usage
speedtest: how fast the internet is
ss: sockets of a host
ssh: a shell on another host
ssl: certificates of servers = cert check
stack: containers that belong together
start: begin to run
stats: numbers of what runs
status: how something is
stop: end what runs
storage: where data is kept
swap: memory on disk = host status
switch: joins cables
sync: make two equal
syncthing: makes folders equal
syslog: lines of the system = logs query
systemctl: controls systemd = unit failed
systemd: starts services = unit failed
tail: the newest lines = logs tail
tailscale: a private network
task: something to do
temp: how hot something is
template: a form to fill in
terraform: sets up machines from files
test: try whether something works
timer: starts units at moments
tls: certificates of servers = cert check
token: a secret for programs
top: what uses most = host status
traefik: a proxy for containers
trim: tell disks what is free
truenas: a system for file servers
tunnel: a way through networks
unbound: a DNS server
unifi: a maker of networks
uninstall: take a program off
unit: what systemd starts
unlock: open what is locked
unmount: take a file system off
up: start what is described
update: newer packages
upgrade: put newer packages in = update list
ups: power from batteries
uptime: how long a host runs = host status
usage: how much is used
usb: devices on a cable
user: an account of a host
vault: keeps secrets
vaultwarden: keeps passwords
vlan: a part of a network
vm: a virtual machine
vmware: runs virtual machines
volume: data of containers
vpn: a private network
wake: turn a machine on by network
watch: look again and again
watchtower: brings newer images
web: pages by HTTP
wg: a private network
whoami: which account this is
wifi: network without cables
wireguard: a private network
wol: turn a machine on by network
yum: Fedora's packages = update list
zfs: a file system with snapshots
zigbee: radio of small devices
zpool: pools of ZFS
"""
_ROWS = dict([line.split(": ", 1) for line in _TABLE.splitlines()])
WISHES = frozenset(_ROWS)

# Other spellings, in the list's own. Plurals fold by rule.
_SPELLINGS = dict(
    [
        pair.split("=")
        for pair in """
        certificate=cert cleanup=clean db=database
        folder=share journald=journal kubernetes=k8s logs=log mem=memory ram=memory
        postgresql=postgres procs=process processes=process smb=samba temperature=temp tests=test
        umount=unmount upgrades=upgrade users=user homeassistant=home-assistant pi-hole=pihole
        ha=home-assistant notification=notify perms=permission perm=permission
        configuration=config configure=config environment=env uptime-kuma=kuma
        """.split()
    ]
)

# What a word below a group means: where the group has another name for it.
_BELOW = {
    "container ls": "container list",
    "container ps": "container list",
    "container status": "container list",
    "disk df": "disk usage",
    "disk free": "disk usage",
    "disk space": "disk usage",
    "host health": "host status",
    "host info": "host status",
    "host uptime": "host status",
    "job ls": "job list",
    "timer ls": "timer list",
    "unit status": "unit failed",
    "update check": "update list",
    "update ls": "update list",
}


def listed(word: str) -> str:
    """The list's own spelling of a word, whatever its case, plural or spelling; "" where the list
    has none."""
    if len(word) > 32 or not word.isascii():  # a caller's may be of any size
        return ""
    low = word.lower()
    forms = [low]
    if low.endswith("s"):
        forms.append(low[:-1])
    if low.endswith("es"):
        forms.append(low[:-2])
    if low.endswith("ies"):
        forms.append(f"{low[:-3]}y")
    for form in forms:
        own = _SPELLINGS.get(form, form)
        if own in WISHES:
            return own
    return ""


# What is done: says more of a script than what it is done to.
_DOINGS = frozenset(
    """
    backup benchmark build check clean clone create delete deploy download export fetch fix import
    install migrate monitor mount move notify poweroff prune pull push reboot rename repair reset
    resize restart restore rollback rotate scan scrub sync test tune unmount update upgrade wake wol
    """.split()
)


def word_in(names: tuple[str, ...]) -> str:
    """The listed word in the name of a verb (`("media", "backup-nas")` → `backup`), "" if there is
    none: what is done before what it is done to, else the first."""
    words = [listed(part) for name in names for part in name.split("-")]
    words = [word for word in words if word]
    return next((word for word in words if word in _DOINGS), words[0] if words else "")


def meaning(word: str) -> str:
    """What a word of the list means, in a few words; "" where it is not listed."""
    return _ROWS.get(listed(word), "").partition(" = ")[0]


def answer(words: str) -> str:
    """What of the built-ins does what "df", or "container ls" below a group, asks for, as it is
    typed after `homelab`; "" where nothing does."""
    group, blank, word = words.partition(" ")
    own = listed(word if blank else group)
    if blank:
        return _BELOW.get(f"{group} {own}", "") if own else ""
    return _ROWS.get(own, "").partition(" = ")[2]
