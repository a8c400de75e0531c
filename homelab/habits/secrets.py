"""Pure: decide whether an entry of a shell history seems to contain a secret.

An entry with a secret is left out of everything, so in doubt an entry counts as secret unless it is
something that people type every day. There are three kinds: values with the name of a secret
(options, variables, headers, here-documents), arguments that are secrets by the rules of a program
(`mysql -pX`), and words that look like a token or password regardless of the words around them.

A reference is not a value: `TOKEN="$TOKEN"` and `KEY=$(cat FILE)` contain no secret.
"""

from __future__ import annotations

import re

from homelab.habits import option_names, public_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

_LONG = 16  # shortest token that is recognized by its shape or its randomness
_SHORTEST_DRAWN = 12  # shortest token among the arguments of scripts and unknown programs
_NAME_CHARACTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
    + "".join(map(chr, (*range(0xC0, 0x180), *range(0x400, 0x460))))  # Latin, and Cyrillic
)
_LONGEST_NAME = 80  # characters
_LONGEST_VALUE = 400  # characters of a value to look at

# Names of values. The parts of a name are its words: API_KEY, apiKey and api-key are "api", "key".
_SECRET_PARTS = frozenset(
    """
    accesskey apikey authkey authorization authtoken bearer bindpw cred credential credentials creds
    jwt masterauth ownerpw pass passcode passin passkey passout passphrase passw passwd password
    passwords passwort pgpassword preauthkey preshared privatekey privkey psk pw pwd requirepass
    rootpw secret secretkey setpw token userpw webhook wpapsk
    contrasena contrasenya contraseña geheimnis haslo hasło heslo jelszo jelszó kennwort lozinka
    losenord lösenord mnemonic motdepasse parola passe salasana senha sifre wachtwoord şifre пароль
    """.split()
)
_SECRET_ENDINGS = ("pass", "passwd", "password", "passphrase", "passwort", "pwd", "secret", "token")
_NO_SECRET_PARTS = frozenset("bypass compass overpass underpass oldpwd".split())
# A key is a secret if one of these words is in front of it, whatever its value looks like.
_SECRET_KEYS = frozenset(
    """
    access account api app application auth client decryption deploy encryption license master
    eab hmac preauth preshared private psk recovery secret session setup shared signing ssh storage
    stream unlock wep wireguard
    """.split()
)
# Names whose values are secrets if they look like secrets: `--key 2` is a column.
_DOUBTFUL_PARTS = frozenset(
    "auth claim cookie cookies key otp pin session sessionid sig secrets tokens totp".split()
)
# Names whose values are secrets if they are numbers of four figures or more: `--pin 18` is a wire.
_NUMBERED = frozenset("code disarm fa mfa otp passcode pin pincode puk tan totp unlock".split())
_NOT_NUMBERED = frozenset("area country error exit http postal response return status zip".split())
_PIN = re.compile(r"[0-9]{3,6}[- ]?[0-9]{1,6}")
# Last parts of names whose values are the place of a secret, or facts about it.
_ABOUT = frozenset(
    """
    age algo algorithm arn attempts authentication checking cmd command count create days dir
    directory enabled env expiration expires expiry fd field file filename files format helper hint
    id ids length lifetime limit location log logfile manager max min minutes mode name names origin
    path phase policy prompt provider ref refs retries ring rounds seconds server servers source
    stdin store strength timeout ttl type uri usage user username validity version
    """.split()
)
_ABOUT_FIRST = frozenset(
    "ask delete disable enable export get list no pub public without show prompt".split()
)
_PUBLIC_KEYS = ("ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-", "sk-ssh-", "age1")
_PUBLIC = frozenset("existing pub public pubkey".split())  # existingSecret is a name in charts
_PLACEHOLDERS = frozenset(
    "change_me changeme dummy example hidden masked placeholder redacted removed secret xxx xxxx"
    " xxxxx xxxxxx xxxxxxxx".split()
)
_TABLES = frozenset(("table", "TABLE"))
_SQL_TYPES = frozenset("blob bytea char int integer longtext string text varbinary varchar".split())
_CONTAINERS = frozenset("buildah docker nerdctl podman".split())  # --secret NAME, id=NAME
_NO_VALUES = frozenset(
    """
    0 1 always any ask auto basic default disabled disallow enabled env false file
    keyboard-interactive login md5 never nil ntlm no none null off on on_create optional
    password-prompt peer plain prohibit-password prompt public publickey random required
    scram-sha-256 stdin true trust undefined without-password yes
    """.split()
)
# A piece of a value that consists of references only. They are removed one by one: a pattern for
# the whole value would try all ways to divide it.
_REFERENCE = re.compile(
    r"\$env[.:]\w+|\$\w+|\$\{[\w#!\[\]@*.]+\}|\{\{[^{}]*\}\}|%[a-zA-Z_]+|[:@/.,_\s\\{}%-]"
)
_SUBSTITUTED = re.compile(r"\$\(|`|<\(")
_PATH = re.compile(
    r"(?:[\w-]+/)+[\w-]+\.[a-z]{2,5}"
    r"|(?:~|\.{1,2}|\$\w+|\$\{\w+\})?/[\w@%+.,: -]*(?:/[\w@%+.,: *${}-]*)*"
)
# `@` and the file with the value, for curl, httpie, vault, and the like.
_AT_FILE = re.compile(
    r"@(?:[~./$]|[\w-]+/\w|[\w.-]{1,80}\.(?:asc|bin|cer|cert|conf|crt|csr|csv|der|env|gpg|ini|json|jwt"
    r"|key|p12|pem|pub|secret|toml|token|txt|xml|ya?ml)$|(?:file|secret|[a-z]*token)$)|@?$"
)
# Quoted texts, and a $ behind a backslash, where a shell does not expand variables.
_IN_QUOTES = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|\\(\$\w[^\s"'\\]*)|\\.""", re.DOTALL)
_ESCAPED = re.compile(r"\\(\$\w[^\s\"'\\]*)")
_DOLLAR = re.compile(r"\$(?=\w)|(?<==)[;|<>)]")  # a value may begin with these signs, too
_MOST_QUOTED = 20  # quoted pieces with a $ to look at in an entry
_VALUE = re.compile(
    r"""[\[({\\]*(?:\$?"((?:[^"\\]|\\.)*)"|\$?'([^']*)'"""
    r"""|((?:\$\{[^}]{0,99}\}|\$\([^)]{0,99}\)|[^\s"'`;|&)(\]},<>])+))"""
)
_ASSIGNED = re.compile(r"""["'\]\\]{0,3}[ \t]{0,8}(?:=>|:=|=|:)[ \t]{0,8}""")
_SUBSTITUTION = re.compile(r"s([/|#,!])([^\s/|#,!]{1,60})\1([^\s/|#,!]{1,60})\1")  # of sed
_REPLACED = re.compile(r"\\\d[^/|#\s\\]*[A-Za-z0-9]{4}")
_BLANK = re.compile(r"\s")
_READ = re.compile(r"\$\{?(\w{1,60})\}?")
_LETTERS = re.compile(r"[^\W\d_]+")
_ELEMENT = re.compile(r"<([\w.:-]{1,60})>([^<>]{1,200})</")  # of XML
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_SCHEMES = re.compile(r"(?:bearer|basic|token|digest|negotiate|apikey)\s+", re.IGNORECASE)

_IN_CODE = re.compile(
    r"""\bset\s+password\b[^='"]{0,20}[^=]{0,80}=\s*\\?['"(]|\bwifi:[^"']{0,200}\bp:[^;\s$]"""
    r"""|(?:hashpw|crypt|password_hash|hashsync|\.hash|bcrypt::password\.create)\(\s*b?\\?['"]"""
    r"""|create_superuser\([^)]{0,200},\s*\\?['"]|\.login\([^)]{0,200},\s*\\?['"]"""
    r"""|\bpassword\s+e\\?'[^'\s]|(?:pass|pw|passwd|password)\s*=\s*md5\("""
    r"""|identified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?\\?['"(]"""
    r"""|(?<!ask-)\bpassword\s*(?:\(\s*)?(?:\\?['"]|\$\$)[^'"\s]"""
    r"""|(?:\.auth|password|token|secret)\(\s*\\?['"]|\bauth\s*=\s*\(\s*['"]"""
    r"""|\blogin\s+\S{1,200}\s+password\s+[^\s$]|\bstringdata\b"""
    r"""|['"][\w.-]*(?:password|passwd|secret|token|api_?key)['"]\s*,\s*['"][^'"\s]"""
    r"""|\bsecret\b.{0,400}--from-literal[= ]["']?[\w.-]+=["']?[^\s$"']""",
)
_HEADER = re.compile(r"\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_USER = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}://)?([^\s/@\"'`|;<>()=?]{0,200})@(?!sha\d)")
# Behind a scheme a password may contain any character: a user, and the text before the next @.
_OF_URL = re.compile(r"://([^\s/@:\"'`|<>()?#\[]{0,100}):(@?[^\s@\"'`]{1,200})@")
_PORT = re.compile(r"[0-9]{1,5}(?:[/?#,]|$)|\$\{?\w+\}?/")
# Words in front of a colon that are not users: places of restic and rclone, kinds of addresses.
_NO_USERS = frozenset("ftp git mailto npm rclone rest rsync scp sftp sip smb ssh workspace".split())
_PORTS = re.compile(r"[\d,\-\w]*,[\w.-]*")

# Tokens with a known shape, as their vendors describe it.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20}|github_pat_\w{20}|gl[a-z]{2,6}-[\w-]{18}"
    r"|GR1348941[\w-]{15}|glsa_\w{20}|glc_[A-Za-z0-9+/=]{20}|A(?:KIA|SIA|GPA|IDA|ROA)[A-Z0-9]{12}"
    r"|AIza[\w-]{20}|ya29\.[\w-]{15}|1//0[\w-]{20}|GOCSPX-[\w-]{15}|xox[a-z]-[\w-]{10}"
    r"|xapp-[\w-]{10}|xoxe\.[\w-]{10}|(?:sk|rk|pk)_(?:live|test)_\w{8}|whsec_[\w+/=]{12}"
    r"|sk-[\w-]{16}|hf_[A-Za-z0-9]{16}|npm_[A-Za-z0-9]{16}|pypi-[\w-]{16}|dckr_[a-z]{3}_[\w-]{10}"
    r"|do[opr]_v1_[a-f0-9]{16}|tskey-[\w-]{8}|tk_[a-z0-9]{16}|SG\.[\w-]{10,}\.[\w-]{10}"
    r"|(?:AC|SK)[a-f0-9]{32}|eyJ[\w-]{16}|AGE-SECRET-KEY-|AGE-PLUGIN-|hv[sbr]\.[\w-]{16}"
    r"|s\.[A-Za-z0-9]{24}|(?:bot)?[0-9]{6,12}:A[\w-]{24}|[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{20}"
    r"|sntry[a-z]_[\w+/=-]{16}|lin_api_\w{16}|nvapi-[\w-]{16}|claim-\w{16}|(?:pplx|xai|sbp|figd|key)[-_]\w{24}"
    r"|gsk_\w{16}|r8_\w{16}|shp[a-z]{2}_[a-f0-9]{16}|dapi[a-f0-9]{32}|NRAK-\w{16}|PMAK-[\w-]{16}"
    r"|rubygems_[a-f0-9]{16}|ops_eyJ[\w-]{16}|A3-[A-Z0-9]{6}-[A-Z0-9-]{10}|ATATT\w{16}"
    r"|dp\.[a-z]{2,5}\.[\w.]{16}|pul-[a-f0-9]{16}|K10[a-f0-9]{20,}|SWMTKN-1-|syt_\w{10}"
    r"|[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![\w.-])|fm[12]_\w{16}|fo1_\w{16}|CFPAT-[\w-]{16}"
    r"|[A-Za-z0-9]{14}\.atlasv1\.|PVEAPIToken|PBSAPIToken|[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=]))"
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY|\$(?:2[abxy]|[156y]|7|apr1|argon2\w*|pbkdf2[\w-]*|scrypt)\$"
    r"[./\w=,$+-]{12}|\{(?:SSHA|CRYPT|SSHA512|PBKDF2)\w*\}[\w+/=$.]{8}"
)
_HOOK = re.compile(
    r"discord(?:app)?\.com/api/webhooks/|hooks\.slack\.com/|hc-ping\.com/|nosnch\.in/|/with/key/"
    r"|webhook\.office\.com|/api/push/\w{6}|/ping/[0-9a-f]{8}-|/(?:api/)?(?:web)?hooks?/"
    r"(?=[\w-]*\d)[\w-]{12}|maker\.ifttt\.com|hooks\.zapier\.com|api\.telegram\.org/bot\d"
    r"|ntfy\.[\w.]{1,60}/(?=[\w-]{0,9}\d)[\w-]{10}|ntfy\.[\w.]{1,60}/[\w-]{24}|/announce/?\?passkey"
    r"|\bcmnd=(?:mqtt|web)?password\d?(?:%20|\s)[^\s&]|rtmps?://[^/\s]{1,99}/[\w.-]{1,60}/(?=[\w-]{0,60}\d)[\w-]{8}|/\w{32}/announce"
)
# Texts that look random but are public or mean nothing; removed before random words are searched.
_RANDOM_BUT_PUBLIC = re.compile(
    r"youtu\.be/[\w-]+|youtube(?:-nocookie)?\.com/\S+|AAAA[A-Z][A-Za-z0-9]{2}[\w+/=]+"
    r"|(?i:sha(?:1|224|256|384|512)|md5|blake3|btih)[:=-][\w+/=-]+|age1[a-z0-9]{20,}|/nix/store/[a-z0-9]{32}"
    r"|/journal/[a-f0-9]{32}"
    r"|(?:overlay2|containers|volumes|sha256|machine-id|docker-|cri-containerd-|libpod-)"
    r"[/:]?[a-f0-9]{32,64}|[a-f0-9]{32,64}\.(?:scope|mount|service|slice|onion)"
    r"|(?:ata|nvme|scsi|wwn|usb|dm|lvm|md|virtio|mmc)-[\w.:+-]+"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|0x[0-9a-fA-F]{8,}"
    # commits in URLs of sources and builds, and documents whose address alone gives no access
    r"|(?:/(?:archive|blame|blob|builds?|commits?|compare|raw|src|tree)/|(?<=[\w/]@))[a-f0-9]{40}\b"
    r"|\b[a-f0-9]{32,128} [ *][\w./]|raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[a-f0-9]{40}"
    r"|docs\.google\.com/\w+/d/[\w-]+|drive\.google\.com/(?:file/d|drive/folders)/[\w-]+"
    r"|folder-id[= ][\w-]+|gist\.github(?:usercontent)?\.com/[\w/.-]+"
)
_DIGIT = re.compile("[0-9]")
_RUN = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_+/=-]{{{_LONG - 1},}}")
_SEGMENTS = re.compile(r"[A-Za-z0-9]+")
_CAMEL = re.compile(r"[a-z]*(?:[A-Z][a-z]+)*")
_CHANGES = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[a-zA-Z])")
_KEY_ID = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
# Programs that take checksums and ids of hexadecimal digits.
_HEX_PROGRAMS = frozenset(
    """
    apt-key aria2c b2sum blkid borg borgmatic btrfs buildah crictl ctr cut docker docker-compose
    fdfind fsck gh git gpg gpg2 grep ipfs jj journalctl kopia kubectl lsblk machinectl md5sum mount
    nerdctl nix nix-store ostree pacman-key podman qbt restic rg rpm rpm-ostree rustic sha1sum
    sha256sum sha512sum skopeo smartctl tig transmission-remote tune2fs wipefs zdb zfs zpool
    """.split()
)
_PASSWORD = re.compile(r"[\w!#^&%@$~.,:;?=-]{8,64}")
# Names of scripts consist of words, with one digit for "to" or a version: backup2nas, k3s-killall.
_SCRIPT = re.compile(
    r"[a-z]+(?:[0-9][a-z]{2,})?(?:[-_.][a-z0-9]+)*|[a-z][0-9][a-z][-_][a-z]+"
    r"|[a-z][0-9]{1,3}[a-z]{2,}"
    r"|[A-Za-z][a-z]+(?:_[A-Za-z][a-z]+)+|.*\.(?:sh|py|pl|rb|js|bash|zsh|fish|exe|AppImage)"
)
_LOGS_IN = re.compile("login|auth|unlock|connect|passw")
_ENDS = re.compile(r"[|;&<>=()\[]")
_CLASS = re.compile("[a-zA-Z0-9]-[a-zA-Z0-9].?[a-zA-Z0-9]-[a-zA-Z0-9]")
# A peer's key of WireGuard is public.
_PEER = re.compile(r"\bpeer\s+[A-Za-z0-9+/]{43}=")
_CODE = re.compile(r"[0-9]{1,4}(?:-[a-z]+){2,4}")  # of croc
_GROUPED = re.compile(
    r"[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){2,7}|[A-Za-z0-9]{6}(?:-[A-Za-z0-9]{6}){2}"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
)
_MOMENT = re.compile(r"[\w-]*(?:19|20)[0-9]{6}[T_-]?[0-9]{4,6}[\w-]{0,8}")
_WORD = re.compile("[a-z]{5}")
_DRAWN = re.compile(r"[A-Za-z0-9_+/-]+={0,2}")
# Programs that run other programs: `sudo`, `python3 SCRIPT`, `ssh HOST 'PROGRAM …'`.
_RUNNERS = frozenset(
    "! ash bash chroot command doas env exec fish ionice nice node nohup npx perl php python"
    " python3 ruby setsid sh ssh stdbuf sudo time uvx watch xargs zsh".split()
)
_NAMES_OF_IDS = frozenset(
    """
    ancestor checksum commit container cursor digest fingerprint guid hash id ids image label mac
    node partuuid pool ref rev revision serial sha sha1 sha256 sha512 sum tag uuid version volume
    """.split()
)

# Options of programs whose values are secrets. Behind the colon: -p (the value is the next word or
# the rest of this one), -p+ (only the rest of the word, never the word behind -p), -p_ (only
# the next word) and -p: (a user and a secret with that character between them). `if WORD`: only if
# one of these words is behind the program.
_OPTIONS = """
mysql mariadb mysqldump mariadb-dump mysqladmin mariadb-admin mysqlimport mysqlshow mysqlcheck
  mysqlsh mysqlslap mysqlbinlog mycli mariabackup mariadb-backup xtrabackup innobackupex
  mysql_upgrade mariadb-check mariadb-import svn hg: -p+
7z 7za 7zr 7zz rar unrar: -p+ -hp+
veracrypt pkcs11-tool steghide aescrypt esxcli upscmd upsrw sum redfishtool turnadmin testsaslauthd
  register_new_matrix_user check_mysql nextcloudcmd qbt zulucrypt-cli check_pgsql check_ldap
  fence_ipmilan fence_apc fence_ilo fence_drac5 fence_vmware_soap ipmi-chassis ipmi-config bmc-info
  bmc-config ipmi-oem proxychains4 deluge-console: -p
seaf-cli: -p -e
ykman: -P -n -p -m --new-pin
yubico-piv-tool: -P -N -n -k
ccrypt ccencrypt ccdecrypt ccat: -K
mcrypt mdecrypt: -k
vmrun: -gp -vp -pw
swaks: -ap --auth-password
lego: --hmac
kadmin kadmin.local: -w -pw
addprinc ank add_principal cpw change_password: -pw
netbird if up: -k
gitlab-runner if register: -r
regctl if login: -p
immich if upload login: --key -k
netlify: --auth
gotify pushover: -t_
espota.py: -a
irssi: -w
pdftotext pdftoppm pdfimages pdfinfo: -upw -opw
check_http: -a:
check_snmp: -C
transmission-remote: -n: --auth:
turnserver coturn tvheadend: -u: --user: --superuser:
tsql isql osql ipmiutil mosquitto_ctrl: -P
net-snmp-create-v3-user: -A -X
smbpasswd: -w
sshpass mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop mcrcon
  rcon kopia yt-dlp youtube-dl cqlsh rabbitmqadmin hydra crackmapexec nxc netexec evil-winrm
  useradd usermod adduser ncftp ncftpget ncftpput ncftpls racadm ipmi-sensors ipmipower ipmi-sel
  ipmi-fru ipmi-config rdesktop impacket-psexec gallery-dl ilorest smbmap twine: -p
docker podman nerdctl buildah skopeo helm crane oras az if login: -p
pihole if -a: -p
caddy if hash-password: -p --plaintext
doveadm if pw: -p
influx if setup user -u: -p
gh if secret: -b_ --body
zip unzip zipcloak zipnote ipmitool mosquitto_pub mosquitto_sub mosquitto_rr sqlcmd bcp: -P
ssh-keygen: -N -P
redis-cli valkey-cli keydb-cli redis-benchmark: -a
ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami ldapcompare ldapmodrdn: -w
ldappasswd: -s -a
slappasswd: -s
smbclient rpcclient net smbget smbcacls smbmap winexe wmic smbtree nmblookup samba-tool wbinfo
  mount.cifs: -U% --user% -a%
lftp: -u,
curl curlie wget2: -u: -U: --user: --proxy-user: -b= -E: --cert:
etcdctl: --user:
chisel: --auth:
croc: --code
influx: -t_
doctl if auth: -t_
sendemail: -xp
gitea forgejo if user: -p
http https xh xhs ntfy: -a: -u: --auth: --user:
snmpget snmpwalk snmpbulkwalk snmpset snmptrap snmptable snmpgetnext snmpbulkget: -A -X -c
openssl: -k_ -K_ -hmac -macopt:
oathtool: -b
x11vnc: -passwd -storepasswd
security: -w
pdftk: user_pw owner_pw input_pw
rclone if create update: pass pass2 password key token secret_access_key client_secret
"""
# Programs that read secrets from standard input, and the words one of which makes them do it.
_FED = {
    name: frozenset(words.split())
    for name, _, words in (
        line.partition(": ")
        for line in """
age
argon2
base64
borg
chgpasswd
chpasswd
cryptsetup
davfs2
docker: secret unlock
duplicity
gh: secret
gocryptfs
gopass: insert
keyctl: padd
hcloud: context
htdigest
keepassxc-cli
keyring: set
kinit
kubectl: secret
kwallet-query: -w
lncli: unlock create
mkpasswd
mount.davfs
newusers
openssl: stdin -stdin fd:0
passage: insert
pass: insert
passwd
pdbedit
podman: secret
protonvpn-cli: login
proxmox-backup-client: login
rage
rclone: config
realm: join
restic
scrypt
secret-tool: store
smbpasswd
ssh-add
sshfs: password_stdin
su
systemd-creds: encrypt
vault: login
vncpasswd
veracrypt: --stdin
wg: pubkey private-key
wpa_passphrase
wrangler: secret
zfs: change-key load-key keyformat=passphrase
""".strip().splitlines()
    )
}
_SECRET_FILES = frozenset("key netrc pgpass psk secrets smbcredentials vault".split())
_INSIDE = frozenset("-- arch-chroot chroot exec nsenter run ssh".split())
# Programs that send their standard input to a server; it may be a login.
_SENDERS = frozenset("cadaver nc ncat netcat openssl socat telnet".split())
_LOGIN = re.compile(r"(?:\b|\\[nr])(?:auth|login|open|pass)\s+[^\s$\"'\\][^\"'\\]")
_REDIRECTED = re.compile(r"(?:[0-9]|&)?[<>]")
_HERE_STRING = re.compile(r"<<<\s*")
_JOINED = re.compile(r"[|;&>]+")
_QUOTED_OR_JOINED = re.compile(r"[|;&>\"']+")
_DECODES = frozenset("-d -D -di --decode".split())
_SUDO_READS = re.compile(r"-[a-zA-RT-Z]*S[a-zA-Z]*")
_SAID = re.compile(r"\b(?:echo|printf)\s|<<<")
_SAID_INSIDE = re.compile(r"<\(\s*(?:echo|printf)\s+(?:-\w+\s+)?[\"']?[^\"'\s$]")
_WRITTEN = re.compile(r">>?\s*[\"']?([^\s\"';|&()]+)")
_FED_OPTIONS = frozenset(
    """
    --from-stdin --pass-stdin --passwd-on-stdin --passphrase-fd --passphrase-from-stdin
    --password-stdin
    --secret-stdin --token-stdin --with-token
    """.split()
)
# Commands with a secret: the number of the word behind them, or + for any word with a = .
_WORDS = """
adb pair 2
adb shell input text 1
ansible-vault encrypt_string 1
bitcoin-cli encryptwallet 1
bitcoin-cli walletpassphrase 1
bao kv put +
bao login 1
bao write +
bw login 2
cargo login 1
doveadm auth test 2
ejabberdctl change_password 3
enable secret 1
ejabberdctl register 3
bw unlock 1
doppler secrets set +
filebrowser users add 2
fly secrets set +
flyctl secrets set +
heroku auth:token 1
immich login 2
immich login-key 2
immich-cli login 2
immich-cli login-key 2
keyctl add 3
mc alias set 4
mc config host add 4
mattermost user password 2
mkpasswd 1
mmctl user change-password 2
mullvad account login 1
ngrok authtoken 1
ngrok config add-authtoken 1
op signin 3
op signin 4
openssl passwd 1
photoprism passwd 1
pihole setpassword 1
prosodyctl register 3
railway variables set +
qm guest passwd 3
qpdf --encrypt 2
rabbitmqctl add_user 2
rabbitmqctl authenticate_user 2
raspi-config nonint do_wifi_ssid_passphrase 2
rabbitmqctl change_password 2
rclone obscure 1
redis-cli auth 1
redis-cli auth 2
samba-tool user add 2
samba-tool user create 2
signal-cli verify 1
snyk auth 1
sops --set 1
sops set 3
synouser --add 2
synouser --setpw 2
valkey-cli auth 1
valkey-cli auth 2
vault unseal 1
vault kv patch +
vault kv put +
vault login 1
vault operator unseal 1
vault write +
virsh secret-set-value 2
windscribe login 2
wormhole receive 1
wormhole recv 1
wormhole rx 1
wormhole-rs receive 1
wormhole-william receive 1
wormhole-william recv 1
wtype 1
xdotool type 1
ydotool type 1
wpa_passphrase 2
"""
# Options of these programs whose values are not secrets.
_TAKE_VALUES = {
    "mkpasswd": frozenset("-m -S -R -P --method --salt --rounds --password-fd --hash -H".split()),
    "openssl": frozenset(("-salt", "-in")),
}
_MOST_TIMES = 8  # times that the same program is checked in a command
# Programs with secrets in special places: `_own_places`.
_OWN = frozenset(
    "apprise composer croc db2 deluge-console esphome etcdctl expect htpasswd iw iwconfig"
    " mariadb-admin mosquitto_passwd mosquitto_pub mount mount.cifs mount.smb3 mysqladmin net"
    " nmcli perl poetry redis-cli sed shoutrrr steamcmd"
    " smbclient SMCIPMITool sqlplus tmux uci valkey-cli wlfreerdp xfreerdp xfreerdp3".split()
)
# Commands in which the value follows the name of a secret: `nmcli … password X`.
_SETTERS = frozenset(
    """
    --set add add-generic-password change config config:app:set config:system:set configure connect
    create edit hotspot insert login mod modify ppp put register sec set set_network setex setting
    setx write
    """.split()
)
_LOOKING = frozenset(
    """
    ack ag apropos apt apt-get bao bw cat diff dnf egrep fd fgrep find git-log go grep head
    journalctl jq k kubeadm kubectl less ls man more nano op openssl pass passbolt rg systemctl tail
    tldr vault vi vim
    """.split()
)
# Programs that prompt because of --password, and take no value behind it.
_ASKS = frozenset(
    """
    createdb createuser dropdb dropuser gocryptfs pg_dump pg_dumpall pg_restore psql reindexdb
    systemd-cryptenroll vacuumdb
    """.split()
)
_DIRECTIVES = frozenset("masterauth requirepass".split())  # of redis.conf
_LAST = re.compile(r"[/:]")
_INNER = re.compile(r"^\w+=|[\s;|&()`]+")
_FINDS = frozenset("-path -perm -print -print0 -printf -prune".split())  # find, after a name
_FLAGS = re.compile(r"-[a-zA-Z]{2,4}")
_EXPORTS = frozenset("export set setenv setx with-env".split())
_NOUNS = frozenset("cred credential credentials jwt secret secrets token tokens webhook".split())
_SAYING = frozenset("echo printf yes print".split())
_SAID_FIRST = [[name] for name in _SAYING]
# By program: an option, its sign, and the words one of which makes its value a secret.
_GLUED: dict[str, list[tuple[str, str, frozenset[str]]]] = {}
_RISKY: set[str] = set()  # the programs of these tables
_PHRASES: dict[str, list[tuple[list[str], str]]] = {}


def _fill() -> None:
    """Parse the tables, once per process."""
    for row in _WORDS.strip().splitlines():
        *words, count = row.split()
        _PHRASES.setdefault(words[0], []).append((words[1:], count))
    for row in _OPTIONS.strip().replace("\n  ", " ").splitlines():
        names, _, options = row.partition(": ")
        names, _, needed = names.partition(" if ")
        for option in options.split():
            sign = option[-1] if option[-1] in "+:%,=_" and option[0] == "-" else ""
            for name in names.split():
                known = (option[: len(option) - len(sign)], sign, frozenset(needed.split()))
                _GLUED.setdefault(name, []).append(known)
    _RISKY.update(_GLUED, _PHRASES, _OWN)


def has_secret(line: str, commands: Sequence[Sequence[str]], programs: Container[str] = ()) -> bool:
    """Whether anything in a history entry looks like a secret. `line` is the entry as typed,
    `commands` are the words of its simple commands, without quotes (empty if it can't be split).
    `programs` are the names of the programs on this host: alone they are not passwords."""
    low = line.lower()
    if not commands:
        commands = [_bare(part) for part in (*_JOINED.split(line), line)]
    if ("<" in line or ">" in line) and "setuser" not in low:  # `ACL SETUSER me '>X'` of redis
        commands = [[word for word in words if not _REDIRECTED.match(word)] for words in commands]
    whole = line
    if "'" in line or "\\$" in line:
        line, commands = _without_dollars(line, commands)
        low = line.lower()
    if "$" in line and "=" in line:
        line, commands = _with_values(line, commands)
    if "<<" in line:  # a here-document for a shell or another host contains commands, too
        commands = [*commands, *map(_bare, _here(line))]
    quoted = "'" in line or '"' in line
    # Most entries end here: searching a word in a line costs a tenth of any regex.
    if (
        "pass" in low or "token" in low or "key" in low or "secret" in low or "pw" in low
        or "auth" in low or "cred" in low or "psk" in low or "cookie" in low or "bearer" in low
        or "basic" in low or "jwt" in low or "otp" in low or "session" in low
        or "webhook" in low or "pin" in low or "sig=" in low or "code" in low
        or "pat=" in low or "pat " in low or "2fa" in low or "mfa" in low or "puk" in low
        or "tan=" in low or "tan " in low or "unlock" in low or "disarm" in low
        or "preshared" in low or "kennw" in low or "contras" in low or "senha" in low
        or "wachtw" in low or "haslo" in low or "geheim" in low or "mnemonic" in low
        or (
            quoted
            and (
                "identified" in low or "crypt" in low or "wifi:" in low or "hash" in low
                or "superuser" in low or "login" in low or "''" in low or '""' in low
            )
        )
        or not low.isascii()
    ) and _has_named(line, low, commands):  # fmt: skip
        return True
    if "@" in line and _has_user(line):
        return True
    if not _GLUED:
        _fill()
    quoted = quoted or "$(" in line or "`" in line or "bin/" in line
    for words in commands:
        look = quoted or not _RISKY.isdisjoint(words) or (words and "/" in words[0])
        if look and _has_argument(words):
            return True
    if ("|" in line or "<" in line or ">" in line) and _is_fed(line, commands):
        return True
    long = len(line) >= _LONG and (low != line or _DIGIT.search(line)) and _is_long(line)
    if long and (_has_token(whole, low, commands) or _has_drawn(commands)):
        return True
    if (
        low != line
        and (
            "login" in low or "auth" in low or "unlock" in low or "connect" in low or "passw" in low
        )
        and any(map(_is_logged_in, commands))
    ):
        return True
    if "!" in line or "#" in line or "^" in line or "&" in line or " " not in line.strip():
        return _has_password(line, commands, programs)
    return False


def _without_dollars(
    line: str, commands: Sequence[Sequence[str]]
) -> tuple[str, Sequence[Sequence[str]]]:
    """The entry with a letter in place of each literal $: in single quotes, or behind a backslash.
    Quoted text with blanks is left alone: it is probably for another shell, which expands it."""
    pieces: list[str] = []
    for found in _IN_QUOTES.finditer(line):
        double, single, escaped = found.groups()
        if double and "\\$" in double and not _BLANK.search(double):
            pieces += _ESCAPED.findall(double)
        elif escaped and not escaped[1:].split("/")[0].isupper():  # ssh HOST echo \$NAME
            pieces.append(escaped)
        elif single and single[0] not in ".{" and _DOLLAR.search(single):  # .a=$b is jq
            pieces += [] if _BLANK.search(single) else [single]
        if len(pieces) >= _MOST_QUOTED:
            break
    if not pieces:
        return line, commands
    literal = {piece: _DOLLAR.sub("S", piece) for piece in pieces}
    for piece, text in literal.items():
        line = line.replace("\\" + piece, text).replace(f"'{piece}'", f"'{text}'")
    changed = []
    for words in commands:
        changed.append(list(words))
        for at, word in enumerate(words):
            for piece, text in literal.items():
                if piece in word:
                    word = word.replace(piece, text)
            changed[-1][at] = word
    return line, changed


def _with_values(
    line: str, commands: Sequence[Sequence[str]]
) -> tuple[str, Sequence[Sequence[str]]]:
    """The entry with the values of the variables that it sets itself: `x=VALUE; mysql -p$x`."""
    values: dict[str, str] = {}
    for words in commands:
        for word in words[1:] if words[:1] in (["export"], ["local"]) else words:
            name, equals, value = word.partition("=")
            if not equals or not name.isidentifier():
                break  # end of the variables in front of a command
            if 3 < len(value) <= _LONGEST_NAME and "$" not in value and not _BLANK.search(value):
                values[name] = value
    if not values:
        return line, commands

    def of(found: re.Match[str]) -> str:
        return values.get(found.group(1), found.group())

    changed = [
        [_READ.sub(of, word, 9) if "$" in word else word for word in words] for words in commands
    ]
    return _READ.sub(of, line, 20), changed


def _bare(text: str) -> list[str]:
    return [word.strip("'\"") for word in text.split()]


def _here(line: str) -> list[str]:
    """The lines of an entry's here-documents, and its here-strings."""
    rows = line.split("\n")[1:]
    return rows + [_value(line, found.end()) for found in _HERE_STRING.finditer(line)]


def _is_long(line: str) -> bool:
    return "://" in line or max(map(len, line.split()), default=0) >= _SHORTEST_DRAWN


# Values with a name

_PINS = -1  # the kind of names whose values are secrets also if they are numbers
_KINDS: dict[str, int] = {}  # cache: the kinds of names that occur again and again
_KEPT_NAMES = 4000


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(name)]


def _kind(name: str) -> int:
    """The kind of a value with this name: 2 for a secret, 1 for a secret if it looks like one,
    _PINS for a secret if it looks like one or is a number, 0 for no secret."""
    kind = _KINDS.get(name)
    if kind is None:
        if len(_KINDS) >= _KEPT_NAMES:
            _KINDS.clear()
        kind = _KINDS[name] = _kind_of(name)
    return kind


def _kind_of(name: str) -> int:
    parts = [part for part in _parts(name) if not part.isdigit()]
    if not name.isascii():
        parts = _LETTERS.findall(name.lower())
    if (
        not parts
        or parts[-1] in _ABOUT
        or parts[0] in _ABOUT_FIRST
        or not _PUBLIC.isdisjoint(parts)
    ):
        return 2 if "webhook" in parts and parts[-1] in ("url", "uri", "id") else 0
    last = parts[-1]
    if last.endswith(("file", "path", "dir", "command", "cmd")) and last not in _SECRET_PARTS:
        return 0
    for part in parts:
        if part in _SECRET_PARTS or (
            part.endswith(_SECRET_ENDINGS) and part not in _NO_SECRET_PARTS
        ):
            return 0 if name in ("PWD", "OLDPWD") else 2
    before = parts[-2] if len(parts) > 1 else ""
    if last in ("key", "keys") and (before in _SECRET_KEYS or name.isupper()):
        return 2
    if last.endswith(("apikey", "authkey", "secretkey", "accesskey", "privatekey")):
        return 2
    if (last == "auth" and name.isupper()) or name == "_auth" or name.endswith("_Key"):
        return 2
    if last == "pat" and name.isupper():  # a personal access token
        return 2
    if last in _NUMBERED and _NOT_NUMBERED.isdisjoint(parts):
        return _PINS
    return 1 if last in _DOUBTFUL_PARTS else 0


def _is_literal(value: str) -> bool:
    """Whether the line contains the value itself, not the name of a variable or a command's
    output."""
    value = value.strip()
    value = _SCHEMES.sub("", value, count=1) if " " in value else value
    if not any(sign.isalnum() for sign in value) or value.lower().strip("\"'") in _NO_VALUES:
        return False
    if ("$" in value or "{{" in value or value[0] == "%") and not _REFERENCE.sub("", value):
        return False
    begin = _SUBSTITUTED.match(value)
    if begin:
        return "echo " in value or "printf " in value
    if value[0] == "@":
        return not _AT_FILE.match(value)
    return value[0] != "<" or not value.endswith(">")


def _is_secret_value(value: str, kind: int) -> bool:
    if not _is_literal(value):
        return False
    value = value.strip()
    if value.startswith(_PUBLIC_KEYS):
        return False
    if value.startswith(("file:", "env:", "fd:")) or _PATH.fullmatch(value):
        return value.startswith("/") and value.count("/") < 2 and kind == 2 and len(value) > 8
    if kind == 2 or (kind == _PINS and _PIN.fullmatch(value)):
        return True
    if ":No" in value or ":PreferNo" in value:  # kubectl taint NODE key=value:NoSchedule
        return False
    if "/" in value or " " in value or value[0] in ".{[(":
        return _is_random(value)
    return len(value) >= 8 and (_classes(value) >= 3 or _is_pin(value) or _is_random(value))


def _is_pin(value: str) -> bool:
    letters = sum(sign.isalpha() for sign in value)
    digits = sum(sign.isdigit() for sign in value)
    return len(value) >= 8 and letters > 0 and digits > 0 and value.isalnum()


def _has_named(line: str, low: str, commands: Sequence[Sequence[str]]) -> bool:
    text = line.replace("\\\n", " ")
    if text.lstrip()[:1] == "#":  # a note
        return any(_kind(word.strip(":,.;#")) == 2 for word in text.split())
    return (
        _has_assigned(text)
        or (_is_code(text) and bool(_IN_CODE.search(low)))
        or ("kind: secret" in low and "data:" in low)  # a manifest of Kubernetes
        or any(_is_secret_value(found.group(1), 1) for found in _HEADER.finditer(text))
        or any(_has_named_option(words) for words in commands)
        or any(_has_assigned(word) for word in _joined(line, commands))
        or ("</" in text and any(map(_is_element, _ELEMENT.findall(text))))
        or ("<<" in text and any(map(_is_setting, text.split("\n")[1:])))
    )


def _joined(line: str, commands: Sequence[Sequence[str]]) -> Iterator[str]:
    """The assignments that the line spells differently: PASS''WORD=X."""
    if "''" in line or '""' in line or '"=' in line or "'=" in line:
        for words in commands:
            yield from (word for word in words if "=" in word and word not in line)


def _is_setting(row: str) -> bool:
    """Whether a line of a here-document is `password X`."""
    words = row.split(None, 1)
    return len(words) > 1 and _kind(words[0]) == 2 and _is_secret_value(words[1], 2)


def _is_element(element: tuple[str, str]) -> bool:
    name, value = element
    return _kind(name) == 2 and _is_secret_value(value, 2)


def _is_code(text: str) -> bool:
    return "'" in text or '"' in text or "(" in text or "--from-literal" in text or "login" in text


def _has_assigned(text: str) -> bool:
    """Whether NAME=value, NAME: value or the like has the name of a secret and a literal value."""
    message = " commit " in text[:200] and text.lstrip().startswith("git ")
    for found in _ASSIGNED.finditer(text):
        start = found.start()
        head = text[max(0, start - _LONGEST_NAME) : start]
        head = head.rstrip("*+? \\").removesuffix("\\s") if head[-1:] in "*+?\\" else head
        begin = len(head.rstrip(_NAME_CHARACTERS))
        name, before = head[begin:].strip("-."), head[begin - 1 : begin]
        kind = _kind(name) if name else 0
        if not kind:
            if name[-3:].lower() in ("and", "cmd") and "pass" in name.lower():
                kind = 2 if re.match(r"[\"']?(?:echo|printf)\s", text[found.end() :]) else 0
            if not kind:
                continue
        sign = found.group().strip(" \t\"'\\]")
        if sign == ":" and (message or head.endswith("$" + name)):
            continue
        if found.group() == " :" or (before == found.group() == ":"):
            continue  # psql's PASSWORD :'variable', and keys of redis
        if name == "pwd" and head.endswith("alias pwd"):
            continue
        value = _value(text, found.end())
        if value[:2] == "/{" or (value.partition("/")[0].lower() in _PLACEHOLDERS and "/" in value):
            continue  # awk and sed
        if kind == 1 and found.group() == ":" and ":" in value:  # a key of redis, or of JSON Path
            continue
        if kind == 1 and (
            (before in ("?", "&") and name in ("auth", "key") and not value.isalpha())
            or (before in ('"', "'") and name == "auth" and sign == ":")
        ):
            kind = 2
        if sign == ":" and head.endswith("${" + name):
            kind, value = 1, value.lstrip("-=?+")
        elif value[:1] in ("=", "~"):
            value = value[1:].strip("\"' ")
        if value[:1] in ".*[^\\" and not value[1:2].isalnum():  # a regular expression
            if kind == 2 and _REPLACED.search(text, found.end(), found.end() + 200):
                return True
            continue
        if _is_secret_value(value, kind):
            return True
    return False


def _value(text: str, start: int) -> str:
    """The value that begins at a place of a text, without its quotes; only its first word if it has
    no quotes."""
    if text[start : start + 1] in ("'", '"') and text[start + 1 : start + 2] in ("", " ", "\n"):
        return ""
    found = _VALUE.match(text, start, start + _LONGEST_VALUE)
    if text[start : start + 1] == "`" and _SAID.match(text, start + 1):
        return "echo"
    if not found:
        return text[start + 1 : start + _LONG] if text[start : start + 1] in ("'", '"') else ""
    double, single, bare = found.groups()
    if single and text.count('"', 0, start) % 2 == 0:
        return str(single).replace("$", "S")  # a shell does not expand variables in it
    scheme = _SCHEMES.match(text, start) if bare else None
    if scheme:  # Bearer X
        found = _VALUE.match(text, scheme.end(), scheme.end() + _LONGEST_VALUE)
        return next((part for part in found.groups() if part), "") if found else ""
    return double or single or bare or ""


def _has_named_option(words: Sequence[str], message: bool = False) -> bool:
    """Whether `--password X`, `-passin X`, `set -x NAME X` or `… set NAME X` is among words. In a
    commit `message` X must look like a secret."""
    for at, word in enumerate(words):
        if " " in word:
            message = words[0] == "git" and "commit" in words
            if "\n" not in word and _has_named_option(word.split(), message):
                return True
            continue
        if at + 1 >= len(words) or "=" in word or not 2 <= len(word) <= _LONGEST_NAME:
            continue
        if "$" in word:  # -p$PASSWORD: a value, not a name
            continue
        if word[0] == "/" and at and _kind(words[at - 1].strip("-")) == 2:  # preshared-key FILE
            continue
        name = _LAST.split(word.rstrip(":"))[-1].strip("-+[{")
        kind = _kind(name)
        if word[0] not in "-+":  # +rcon_password is an option of game servers
            value = _value_set(words, at, name, kind)
        elif name.endswith(("command", "cmd", "eval")) and "pass" in name:
            value, kind = words[at + 1].lstrip("\"'"), 2
            value = value if _SAID.match(f"{value} ") else ""
        else:
            value = words[at + 1] if kind else ""
            if value[:1] == "-" and (kind != 2 or _is_option(value)):
                continue
            if name in ("password", "passwd", "recovery-key") and not _ASKS.isdisjoint(words[:3]):
                continue
        if kind == 1 and _KEY_ID.fullmatch(value):  # gpg --default-key
            continue
        if (
            (name == "pass" and value in ("1", "2", "3"))
            or (  # ffmpeg
                name == "secret" and not _CONTAINERS.isdisjoint(words[:3])
            )
        ):
            continue
        kind = 1 if message else kind
        if value and (_is_secret_value(value, kind) or (kind == 1 and _is_pair(name, value))):
            return True
    return False


def _is_option(word: str) -> bool:
    """Whether a word is a usual option, and so not the value of the option before it. A secret may
    also begin with two dashes; one dash and few letters are options (`-d`, `-it`)."""
    if word[:2] != "--":
        drawn = len(word) > 7 and word.isascii() and _classes(word[1:]) >= 3 and "=" not in word
        return word[:1] == "-" and len(word) > 1 and not drawn
    name = word.partition("=")[0]
    parts = name[2:].removesuffix("s").split("-")
    return option_names.is_public(name) or all(
        option_names.is_public(f"--{part}") for part in parts
    )


def _value_set(words: Sequence[str], at: int, name: str, kind: int) -> str:
    """The value of a name that is not an option: `set NAME X`, `reset-password X`; "" for none."""
    value, before = words[at + 1], words[at - 1] if at else ""
    if before == "--arg":  # jq
        return value if kind else ""
    if value.strip("(),;").partition("(")[0].lower() in _SQL_TYPES and _TABLES & set(words):
        return ""
    if "username" in words[:at] and name in ("password", "secret"):  # switches
        following = words[at + 2] if at + 2 < len(words) else ""
        return following if value.isdigit() and following else value
    if kind < 2 or value in _SETTERS - {"set"} or (at < 2 and public_words.is_program(name)):
        return ""
    looking = not _LOOKING.isdisjoint(words[:2])
    if name in _DIRECTIVES:
        return "" if looking else value
    if before == "config" and name == "password":  # rclone
        return ""
    following = words[at + 2] if at + 2 < len(words) else ""
    if value.startswith("--value"):
        value = value.partition("=")[2] or following
    elif _is_option(value):
        return ""
    elif value in ("set", "to"):
        value = following or value
    if name.endswith("-password") and not name.startswith("systemd-"):
        return value  # reset-admin-password X
    if name.isupper() and words[0] in _EXPORTS:
        return value
    return value if name not in _NOUNS and not looking and _SETTERS & set(words) else ""


def _is_pair(name: str, value: str) -> bool:
    """Whether a value is USER:PASSWORD: `--basic-auth me:X`."""
    user, colon, password = value.partition(":")
    return name.endswith("auth") and bool(user and colon) and _is_literal(password)


# Users with passwords


def _has_user(line: str) -> bool:
    """Whether a user and a password are in front of an @: in a URL, or in USER:PASSWORD@HOST."""
    for found in _USER.finditer(line):
        scheme, user = found.groups()
        name, colon, password = user.partition(":")
        if scheme and not colon:
            if len(user) >= _LONG and (
                _is_random(user) or _is_pin(user.replace("_", "").replace("-", ""))
            ):
                return True
            continue
        if not colon or not password or name in _NO_USERS:
            continue
        if not scheme and (_PORTS.fullmatch(password) or password.isdigit() or not name):
            continue
        if not scheme and (":" in password or name.startswith("-") or "@" in password):
            continue
        if _is_literal(password):
            return True
    if "://" in line:
        for user, password in _OF_URL.findall(line):
            if password[0] == "@":  # an empty password and the host, unless the host follows
                password = "" if "/" in password else password[1:]
            if (not _PORT.match(password) and "://" not in password and _is_literal(password)) or (
                not user and password.isdigit()  # redis://:4711@db
            ):
                return True
    return False


# Arguments by the program's own rules


def _has_argument(words: Sequence[str]) -> bool:
    """Whether a program among words, or inside one of them (`bash -c '…'`), has a secret."""
    lowered: list[str] = []
    done: dict[str, int] = {}  # the options of a repeated program were checked the first time
    for at, word in enumerate(words):
        name = word
        if " " in word:
            bare = word.replace('"', "").replace("'", "")
            inner = [part for part in _INNER.split(bare) if part]
            if not _RISKY.isdisjoint(inner) and _has_argument(inner):
                return True
            continue
        if "/" in word:
            name = word.rsplit("/", 1)[-1]
        if name not in _RISKY:
            continue
        rest = words[at + 1 :]
        for option, sign, needed in () if name in done else _GLUED.get(name, ()):
            if needed and needed.isdisjoint(rest):
                continue
            if _has_secret_option(rest, option, sign):
                return True
        done[name] = done.get(name, 0) + 1
        if done[name] > _MOST_TIMES:
            continue
        if name in _PHRASES:
            lowered = lowered or [word.lower() for word in words]
            if any(map(_is_literal, _places(name, rest, lowered[at + 1 :]))):
                return True
        if name in _OWN and any(map(_is_literal, _own_places(name, rest))):
            return True
    return False


def _has_secret_option(words: Sequence[str], option: str, sign: str) -> bool:
    """Whether an option has a secret: in the rest of its word, in the next word, or behind a sign
    in one of them."""
    short = len(option) == 2 or sign == "+"
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        value = ""
        if word == option:
            value = following if sign != "+" and not _is_option(following) else ""
        elif word in _FINDS:
            continue
        elif sign != "_" and word.startswith(option) and (short or word[len(option)] == "="):
            value = word[len(option) :].lstrip("=")
        elif short and sign not in ("+", "_") and word[-1:] == option[1] and _FLAGS.fullmatch(word):
            value = following
        if sign in (":", "%", ",", "=") and value:
            before, apart, value = value.partition(sign)
            value = value if apart and (before or sign == ":") and value[:1] != "/" else ""
        if value and _is_literal(value):
            return True
    return False


def _places(name: str, words: Sequence[str], lowered: Sequence[str]) -> Iterator[str]:
    """The words behind a program that are secrets according to the table."""
    for phrase, count in _PHRASES[name]:
        at = _behind(lowered, phrase)
        if at < 0:
            continue
        rest = words[at:]
        if count == "+":
            yield from (word.partition("=")[2] for word in rest if word[:1] != "-")
            continue
        plain = [word for word in rest if not _is_option(word)]
        takes = _TAKE_VALUES.get(name)
        if takes:  # the salt, the method
            pairs = zip(["", *rest], rest)
            plain = [word for before, word in pairs if before not in takes and word[:1] != "-"]
        if name in ("vault", "bao") and plain and "=" in plain[0]:
            plain = [word.partition("=")[2] for word in plain if word[:4] == "pass"]
        number = int(count)
        if len(plain) >= number:
            yield plain[number - 1]


def _own_places(name: str, words: Sequence[str]) -> Iterator[str]:
    """The words behind a program that are secrets according to a rule for that program."""
    plain = [word for word in words if word[:1] != "-"]
    if name in ("htpasswd", "mosquitto_passwd"):
        flags = "".join(word for word in words if word[:1] == "-" and word[:2] != "--")
        if "b" in flags:
            yield from plain[1 if "n" in flags else 2 :]
    elif name in ("mount", "mount.cifs", "mount.smb3"):  # -o user=NAME%PASSWORD
        for word in words:
            for option in word.removeprefix("-o").split(","):
                key, _, value = option.partition("=")
                yield value.partition("%")[2] if key in ("user", "username") else ""
    elif name == "steamcmd":  # +login NAME PASSWORD +…
        at = words.index("+login") if "+login" in words else len(words)
        yield from (word for word in words[at + 2 : at + 3] if word[:1] != "+")
    elif name == "deluge-console":  # its own commands may be one word or several
        own = [part.strip(";") for word in words for part in word.split()]
        at = own.index("connect") if "connect" in own else len(own)
        yield from own[at + 3 : at + 4]
    elif name == "croc":
        yield from (word for word in plain if _CODE.fullmatch(word))
    elif name == "net":  # Windows and Samba
        plain = [word for word in plain if word[:1] != "/"]
        if plain[:1] in (["user"], ["use"]) and plain[1:2] not in (["add"], ["delete"], ["info"]):
            yield from plain[2 if plain[0] == "user" else 3 :]
    elif name == "smbclient":  # smbclient //HOST/SHARE PASSWORD
        at = next((at for at, word in enumerate(words) if word[:2] in ("//", "\\\\")), len(words))
        yield from (word for word in words[at + 1 : at + 2] if word[:1] != "-")
    elif name in ("iw", "iwconfig"):
        yield from words[words.index("key") + 1 :] if "key" in words else ()
    elif name in ("redis-cli", "valkey-cli"):  # ACL SETUSER NAME on >PASSWORD
        at = _behind([word.lower() for word in words], ("acl", "setuser"))
        yield from (word[1:] for word in words[at:] if at >= 0 and word[:1] in (">", "#"))
    elif name == "mosquitto_pub":  # -t cmnd/x/MqttPassword -m X
        topic, message = (_behind_option(words, option) for option in ("-t", "-m"))
        kind = _kind(topic.rsplit("/", 1)[-1])
        if kind == 2 or (kind and _is_secret_value(message, kind)):
            yield message
    elif name in ("nmcli", "mysqladmin", "mariadb-admin"):  # password X, wifi-sec.psk X
        yield from (
            value
            for before, word, value in zip(["", *words], words, words[1:])
            if "-" not in (word[:1], before[:1]) and _kind(word) == 2
        )
    elif name in ("poetry", "composer"):  # config http-basic.PLACE USER PASSWORD
        for at, word in enumerate(plain):
            if word.startswith("http-basic."):
                yield from plain[at + 2 : at + 3]
            elif word.partition(".")[0] in ("pypi-token", "github-oauth", "gitlab-token", "bearer"):
                yield from plain[at + 1 : at + 2]
    elif name == "etcdctl":
        if plain[:2] == ["user", "add"]:
            yield from (word.partition(":")[2] for word in plain[2:3])
    elif name == "esphome":  # -s NAME VALUE
        at = words.index("-s") if "-s" in words else len(words)
        yield from words[at + 2 : at + 3] if _kind("".join(words[at + 1 : at + 2])) == 2 else ()
    elif name == "db2":
        yield from words[words.index("using") + 1 :][:1] if "using" in words else ()
    elif name == "uci":
        yield from (
            word.partition("=")[2] for word in plain if word.partition("=")[0][-4:] == ".key"
        )
    elif name == "SMCIPMITool":
        yield from plain[2:3]
    elif name == "tmux":  # keys for another terminal
        if plain[:1] in (["send"], ["send-keys"]):
            yield from (word for word in plain[1:] if " " not in word and _is_alone_password(word))
    elif name in ("sed", "perl"):
        for word in plain:
            for _, pattern, replacement in _SUBSTITUTION.findall(word):
                if "=" in pattern or ":" in pattern:  # checked as an assignment
                    continue
                bare = pattern.strip("^$@_<>{}()-.*[] ")
                secret = bare.lower() in _PLACEHOLDERS - {"xxx"} or _kind(bare) == 2
                if secret and replacement.lower() not in _PLACEHOLDERS and "\\" not in replacement:
                    yield replacement
    elif name in ("xfreerdp", "xfreerdp3", "wlfreerdp"):
        yield from (word[3:] for word in words if word[:3] == "/p:")
    elif name == "sqlplus":
        yield from (word.partition("/")[2] for word in plain if word[:1] != "/")
    elif name in ("apprise", "shoutrrr"):
        yield from (word for word in plain if "://" in word)
    elif name == "expect":
        yield from (word for word in words if "send" in word)


def _behind_option(words: Sequence[str], option: str) -> str:
    """The word behind an option; "" for none."""
    at = words.index(option) if option in words else len(words)
    return words[at + 1] if at + 1 < len(words) else ""


def _behind(words: Sequence[str], phrase: Sequence[str]) -> int:
    """The index behind a phrase if `words` begin with it, not counting options and their values;
    else -1."""
    at = 0
    for wanted in phrase:
        while at < len(words) and words[at] != wanted:
            if words[at][:1] != "-" and (not at or words[at - 1][:1] != "-"):
                break
            at += 1
        if at >= len(words) or words[at] != wanted:
            return -1
        at += 1
    return at


# Texts for standard input, or for files with secrets


def _is_fed(line: str, commands: Sequence[Sequence[str]]) -> bool:
    """Whether literal text goes into a program that takes a secret, or into a file for secrets."""
    for words in commands:
        for word in words:
            if " " not in word or not _SAID.search(word):
                continue
            # ssh HOST 'echo X | sudo -S …', also with quotes inside
            if any(
                _is_fed(word, [part.split() for part in joined.split(word)])
                for joined in (_JOINED, _QUOTED_OR_JOINED)
            ):
                return True
    inside = "<(" in line and _SAID_INSIDE.search(line)
    if inside and not public_words.is_everyday(line.split(" ", 1)[0]):
        return True
    said = "<<" in line and _is_literal_here(line)
    for words in commands:
        names = [word for word in words[:2] if word in _SAYING]
        if names:
            said = said or _is_said(words[words.index(names[0]) + 1 :])
    if not said:
        return False
    sends = any(not _SENDERS.isdisjoint(words[:4]) for words in commands)
    if sends and _LOGIN.search(line.lower()):
        return True
    return any(_takes_secret(words) for words in commands if words[:1] not in _SAID_FIRST) or any(
        _is_secret_file(found) for found in _WRITTEN.findall(line)
    )


def _takes_secret(words: Sequence[str]) -> bool:
    """Whether a command reads a secret from its standard input."""
    if "sudo" in words[:3] and any(
        word == "--stdin" or _SUDO_READS.fullmatch(word) for word in words[:4]
    ):
        return True
    if not _FED_OPTIONS.isdisjoint(words):
        return True
    inside = False  # pct exec 101 -- passwd root
    for at, word in enumerate(words):
        if word[:3] == "of=" and _is_secret_file(word[3:]):  # dd
            return True
        if at > 3 and not inside:
            continue
        inside = inside or word in _INSIDE
        name = word.rsplit("/", 1)[-1]
        rest = words[at + 1 :]
        needed = _FED.get(name)
        if needed is not None and (not needed or not needed.isdisjoint(rest)):
            return name != "base64" or _DECODES.isdisjoint(rest)
        if "passw" in word and "/" not in word and "file" not in word:
            return True  # occ user:resetpassword
        if name == "tee" and any(map(_is_secret_file, rest)):
            return True
        if name == "read" and any(_kind(other) == 2 for other in rest):
            return True
    return False


def _is_said(words: Sequence[str]) -> bool:
    plain = [word for word in words if not _is_option(word)]
    return any(
        _is_literal(word) and not re.fullmatch(r"(?:%[-\d.]*s|\\n|:|\s)+", word) for word in plain
    )


def _is_literal_here(line: str) -> bool:
    """Whether a here-string or a here-document has literal text."""
    if "<<<" in line:
        return any(_is_literal(_value(line, at.end())) for at in _HERE_STRING.finditer(line))
    return any(_is_literal(text) for text in line.split("\n")[1:-1])


def _is_secret_file(path: str) -> bool:
    """Whether the name of a file says that it is for secrets: /etc/restic/password, ~/.pgpass,
    x.token."""
    name = path.rstrip("/").rsplit("/", 1)[-1].lower()
    if name.endswith((".pub", ".crt", ".log", ".md", ".1", ".html")):
        return False
    if "/run/secrets/" in path or "/secrets/" in path:
        return True
    parts = _parts(name)
    return (
        bool(parts)
        and (
            not _SECRET_PARTS.isdisjoint(parts)
            or any(part.endswith((*_SECRET_ENDINGS, "keyfile", "cryptkey", "pw")) for part in parts)
            or not _SECRET_FILES.isdisjoint(parts)
        )
        and name not in ("passwd", "tokens.md")
    )


# Words that look like secrets


def _classes(word: str) -> int:
    """The number of kinds of characters in a word: lower-case and capital letters, digits,
    others."""
    return (
        (word.upper() != word)
        + (word.lower() != word)
        + bool(_DIGIT.search(word))
        + (not word.isalnum() and bool(word))
    )


def _is_random(run: str) -> bool:
    """Whether letters and digits alternate as often as in a generated token."""
    longest = 0
    for segment in _SEGMENTS.findall(run):
        size = len(segment)
        longest = max(longest, size)
        if size >= 12 and _is_random_segment(segment):
            return True
    if len(run) < 24 or longest < 10 or "/" in run or _classes(run.replace("=", "")) < 3:
        return False
    if run.lower() == run or run.upper() == run:
        return False
    return len(_CHANGES.findall(run)) >= 0.4 * (len(run) - 1)


def _is_random_segment(text: str) -> bool:
    size = len(text)
    digits = any(sign.isdigit() for sign in text)
    upper, lower = text.upper() != text, text.lower() != text
    changes = len(_CHANGES.findall(text)) / (size - 1)
    if digits and upper and lower:
        return changes >= (0.35 if size >= _LONG else 0.5)
    if digits and (upper or lower):
        return size >= 24 and changes >= 0.22 and sum(sign.isdigit() for sign in text) < size
    return upper and lower and size >= 20 and changes >= 0.4 and not _CAMEL.fullmatch(text)


def _has_token(line: str, low: str, commands: Sequence[Sequence[str]]) -> bool:
    if "peer" in low:
        line = _PEER.sub(" ", line)
    if _TOKEN.search(line):
        return True
    if "/" in line and _HOOK.search(low):
        return True
    text = ""
    for found in _RUN.finditer(line):
        if not _is_random(found.group()):
            continue
        text = text or _RANDOM_BUT_PUBLIC.sub(" ", line)
        break
    if not text:
        return False
    for found in _RUN.finditer(text):
        run = found.group()
        if _is_random(run):
            drawn = [part for part in _SEGMENTS.findall(run) if len(part) >= _SHORTEST_DRAWN]
            if drawn and all(_HEX.fullmatch(part) and _is_id(part, commands) for part in drawn):
                continue
            return True
    return False


def _is_id(run: str, commands: Iterable[Sequence[str]]) -> bool:
    """Whether a checksum or id of hexadecimal digits is an argument of a program that takes them,
    and not the value of a variable or a part of a URL."""
    takes = False
    for words in commands:
        takes = False
        for word in words:
            if run in word:
                inner = [_bare(word)] if " " in word else []
                before = word[: word.index(run)]
                if inner and _is_id(run, inner):  # ssh HOST 'docker logs ID'
                    continue
                known = _names_id(before) if "=" in before else takes
                if inner or "://" in before or not known:
                    return False
            elif word.rsplit("/", 1)[-1] in _HEX_PROGRAMS:
                takes = True
    return True


def _names_id(name: str) -> bool:
    return not _NAMES_OF_IDS.isdisjoint(_parts(name))


def _has_drawn(commands: Iterable[Sequence[str]]) -> bool:
    """Whether a random word is an argument of a script or of a program that is not known to take
    ids, or is the value of a variable."""
    for words in commands:
        if max(map(len, words), default=0) < _SHORTEST_DRAWN:
            continue
        takes_ids = True
        begun = of_host = False
        for word in words:
            if " " in word:
                runs = not takes_ids or words[0] in _RUNNERS
                if runs and _has_drawn([_bare(word)]):
                    return True
                continue
            name, equals, value = word.rstrip("=").partition("=")
            if equals and name.replace("_", "").isalnum():
                variable = name.isupper() and not _names_id(name)
                if (variable or not takes_ids) and _is_drawn(value):
                    return True
            elif begun:
                if not takes_ids and _is_drawn(value if equals else word):
                    return True
            elif of_host:
                of_host = False
            elif word in _RUNNERS:
                of_host = word == "ssh"
            elif word[:1] != "-":
                begun = True
                name = word.rsplit("/", 1)[-1]
                takes_ids = word[:2] != "./" and public_words.is_program(name)
    return False


def _is_drawn(word: str) -> bool:
    """Whether a whole word looks generated: hexadecimal digits, letters and digits, a licence key,
    a UUID."""
    if len(word) < _SHORTEST_DRAWN or not word.isascii():
        return False
    if _GROUPED.fullmatch(word) and _DIGIT.search(word) and word.upper() != word.lower():
        return len(set(map(len, word.split("-")))) == 1 or word.count("-") == 4
    if not _DRAWN.fullmatch(word) or word[0] == "/" or _MOMENT.fullmatch(word):
        return False
    if word[-1] == "=" and len(word) % 4 == 0 and len(word) > _LONG and _classes(word) == 4:
        return True
    segments = _SEGMENTS.findall(word)
    if len(segments) <= 3 and _classes("".join(segments)) == 3:  # base64
        segments.append("".join(segments))
    return any(map(_is_drawn_segment, segments))


def _is_drawn_segment(text: str) -> bool:
    size = len(text)
    if size < _SHORTEST_DRAWN:
        return False
    digits = bool(_DIGIT.search(text))
    lower, upper = text.upper() != text, text.lower() != text
    changes = len(_CHANGES.findall(text))
    if digits and upper and lower:
        word = size < _LONG and _WORD.search(text)  # RaspberryPi4B
        return changes >= 0.34 * (size - 1) and not word
    if size < _LONG:
        return False
    if digits:  # in words with numbers, letters and digits seldom alternate
        return (upper or lower) and changes >= (3 if size > 17 or upper else 4)
    return upper and lower and changes >= 0.36 * (size - 1) and not _CAMEL.fullmatch(text)


def _is_logged_in(words: Sequence[str]) -> bool:
    """Whether a script whose name says that it logs in has an argument that looks like a
    password."""
    for at, word in enumerate(words):
        if " " in word:
            if _is_logged_in(_bare(word)):
                return True
            continue
        name = word.rsplit("/", 1)[-1]
        if at and words[at - 1] not in _RUNNERS:
            continue
        if _LOGS_IN.search(name.lower()) and not public_words.is_program(name):
            return any(
                8 <= len(other) <= 64 and other.isalnum() and _classes(other) == 3
                for other in words[at + 1 :]
            )
    return False


def _has_password(line: str, commands: Iterable[Sequence[str]], programs: Container[str]) -> bool:
    """Whether a word looks like a password that a person made up, or the whole entry is one."""
    alone = line.strip()
    if " " not in alone and "\n" not in alone:
        return _is_alone_password(alone, programs)
    for words in commands:
        for word in words:
            text = word.partition("=")[2] or word
            if not 8 <= len(text) <= 64 or not (
                "!" in text or "#" in text or "^" in text or "&" in text
            ):
                continue
            if text[0] in "^#!." or text.startswith(("nixpkgs#", "github:", "git+", "path:")):
                continue
            letters = "".join(sign for sign in text if sign.isalnum())
            if _CLASS.search(text) or text[:4].isupper():  # tr, and openssl ciphers
                continue
            if _PASSWORD.fullmatch(text) and _classes(letters) == 3:
                return True
    return False


def _is_alone_password(word: str, programs: Container[str] = ()) -> bool:
    """Whether the only word of an entry is more likely a password than a program."""
    if word.isdigit() and len(word) >= 4:
        return True
    if len(word) < 6 or word[0] in "/~.!$#%-" or "/" in word or not any(map(str.isalpha, word)):
        return len(word) >= 8 and word[0] in "!$#%" and _classes(word) == 4
    if word[0] == "^" and word.count("^") > 1:  # ^OLD^NEW repeats the last entry with a change
        return False
    first, *others = _ENDS.split(word)
    name = word.rstrip("0123456789.-")
    if word in programs or public_words.is_program(word) or public_words.is_program(name):
        return False
    if first != word:
        known = first in programs or public_words.is_program(first)
        if known or "=" in word or any(map(public_words.is_program, others)):
            return False
        if word == first + "&":
            return _is_alone_password(first, programs)
    if _SCRIPT.fullmatch(word):
        return False
    return _classes(word) >= 3 or not word.isalpha() or not word.isascii()
