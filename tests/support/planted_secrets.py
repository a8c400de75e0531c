"""Secrets like those that people leave in shell histories, in many shapes: each is a function that
makes an entry, and the text in it that must never be shown, from a seeded random number
generator."""

from __future__ import annotations

import base64
import shlex
import string
from collections.abc import Iterator
from random import Random
from typing import Callable, NamedTuple

Shape = Callable[[Random], "tuple[str, str]"]

_LOWER = string.ascii_lowercase
_BASE62 = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_WORDS = (
    "maple copper lantern orbit velvet harbor cactus thunder pebble saffron walnut zephyr".split()
)
_HOSTS = "nas pve1 media backup web-1 db router cam2".split()


def drawn(chance: Random, size: int, signs: str = _BASE62) -> str:
    """Random characters; of letters and digits each kind occurs."""
    while True:
        text = "".join(chance.choice(signs) for _ in range(size))
        kinds = (str.islower, str.isupper, str.isdigit)
        missing = [kind for kind in kinds if any(map(kind, signs)) and not any(map(kind, text))]
        if not missing:
            return text


def password(chance: Random) -> str:
    """A password like those of people and password managers, without characters that shells treat
    specially."""
    number = chance.randrange(10, 9999)
    return chance.choice(
        [
            chance.choice(_WORDS) + str(number),
            chance.choice(_WORDS).title() + chance.choice(_WORDS).title() + str(number),
            f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{chance.choice(_WORDS)}",
            drawn(chance, 14),
            drawn(chance, 20, _LOWER + string.digits),
            f"{chance.choice(_WORDS)}_{number}.{chance.choice(_WORDS)}",
            f"gr{chr(252)}n{chance.choice(_WORDS)}{number}",
        ]
    )


def short_password(chance: Random) -> str:
    """A password without a blank, of two or more kinds of characters."""
    word = chance.choice(_WORDS)
    return chance.choice([word, word.title()]) + str(chance.randrange(10, 9999))


def strange(chance: Random) -> str:
    """A password with all kinds of characters, to be typed in single quotes."""
    sign = chance.choice("!#^&")
    word = chance.choice(_WORDS).title()
    return f"{word}{chance.randrange(10, 99)}{sign}{drawn(chance, 5)}"


def _host(chance: Random) -> str:
    return chance.choice(_HOSTS)


def _of(pattern: str, make: Callable[[Random], str] = password) -> Shape:
    """A shape that has the secret for each @@ of a pattern, and a host for %%."""

    def planted(chance: Random) -> tuple[str, str]:
        secret = make(chance)
        return pattern.replace("@@", secret).replace("%%", _host(chance)), secret

    return planted


def _token(begin: str, size: int, signs: str = _BASE62, end: str = "") -> Callable[[Random], str]:
    return lambda chance: begin + drawn(chance, size, signs) + end


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _jwt(chance: Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"iss":"{drawn(chance, 32, _HEX)}"}}'.encode()).decode()
    return f"{head}.{body.rstrip('=')}.{drawn(chance, 43)}"


def _wireguard(chance: Random) -> str:
    return base64.b64encode(bytes(chance.randrange(256) for _ in range(32))).decode()


def _basic(chance: Random) -> str:
    return base64.b64encode(f"admin:{password(chance)}".encode()).decode()


SHAPES: dict[str, Shape] = {
    # options and variables
    "long option": _of("influx query --host http://%%:8086 --password @@ 'select 1'"),
    "long option, glued": _of("docker-machine create --vmware-password=@@ %%"),
    "long option, quoted": _of("kopia repository connect sftp --path /b --password='@@'", strange),
    "option of a token": _of("gh api --token @@ /user"),
    "a value that begins with dashes": _of("gpg --batch --passphrase --@@ -d backup.tar.gpg"),
    "a value with dashes, glued to nothing": _of("sshpass -p --@@ ssh %%"),
    "one dash": _of("keytool -list -keystore ks.jks -storepass @@"),
    "assignment": _of("PGPASSWORD=@@ psql -h %% -U app"),
    "assignment behind sudo": _of("sudo MYSQL_PWD=@@ mysqldump app"),
    "export": _of("export RESTIC_PASSWORD=@@"),
    "export in double quotes": _of('export AWS_SECRET_ACCESS_KEY="@@"', _token("", 40)),
    "ANSI-C quotes": _of("export BORG_PASSPHRASE=$'@@'", strange),
    "a variable named KEY": _of("API_KEY=@@ ./deploy.sh", _token("", 32, _HEX)),
    "fish": _of("set -gx HASS_TOKEN @@"),
    "tcsh": _of("setenv GITEA_TOKEN @@"),
    "nushell": _of('$env.CF_API_TOKEN = "@@"'),
    "PowerShell": _of('$env:B2_APPLICATION_KEY = "@@"', _token("K00", 28)),
    "docker run": _of("docker run -d -e POSTGRES_PASSWORD=@@ -p 5432:5432 postgres:16"),
    "docker run, a quoted pair": _of("docker run -e 'MARIADB_ROOT_PASSWORD=@@' mariadb", strange),
    "systemd-run": _of("systemd-run --setenv=API_TOKEN=@@ /opt/sync.sh"),
    "line continuation": _of(
        "docker run -d \\\n  -e GF_SECURITY_ADMIN_PASSWORD=@@ \\\n  grafana/grafana"
    ),
    "second command": _of("cd /srv/app && DB_PASS=@@ docker compose up -d"),
    "mount options": _of("mount -t cifs //%%/media /mnt -o username=me,password=@@,vers=3.0"),
    "helm": _of("helm upgrade grafana grafana/grafana --set adminPassword=@@"),
    "ansible": _of("ansible-playbook site.yml -e 'vault_password=@@'"),
    "ansible, JSON": _of("""ansible all -m ping -e '{"ansible_become_pass": "@@"}'"""),
    "kubectl": _of("kubectl create secret generic app --from-literal=db-password=@@"),
    "java": _of("java -Djavax.net.ssl.trustStorePassword=@@ -jar app.jar"),
    "sed": _of("sed -i 's/^password=.*/password=@@/' /etc/app.conf"),
    "connection string": _of("psql 'host=%% user=app password=@@ dbname=app'"),
    # arguments by the program's rules
    "mysql": _of("mysql -uroot -p@@ -e 'show databases'"),
    "mysql in a container": _of("docker exec -it db mariadb -u root -p@@ app"),
    "mysql over ssh": _of("ssh %% 'mysqldump -uroot -p@@ app | gzip' > app.sql.gz"),
    "sshpass": _of("sshpass -p @@ ssh admin@%%"),
    "sshpass, quoted": _of("sshpass -p'@@' scp a.txt admin@%%:", strange),
    "7z": _of("7z a -p@@ -mhe=on docs.7z ~/docs"),
    "zip": _of("zip -r -P @@ docs.zip docs"),
    "ipmitool": _of("ipmitool -I lanplus -H 10.0.0.9 -U ADMIN -P @@ chassis status"),
    "mosquitto": _of("mosquitto_pub -h %% -u ha -P @@ -t home/test -m on"),
    "redis": _of("redis-cli -h %% -a @@ info"),
    "ldapsearch": _of("ldapsearch -x -D cn=admin,dc=lan -w @@ -b dc=lan"),
    "smbclient": _of("smbclient //%%/share -U me%@@"),
    "curl -u": _of("curl -s -u admin:@@ https://%%.lan/api/status"),
    "curl --user": _of("curl --user 'admin:@@' https://%%.lan/api", strange),
    "docker login": _of("docker login -u me -p @@ registry.lan"),
    "htpasswd": _of("htpasswd -nbB admin @@"),
    "wpa_passphrase": _of("wpa_passphrase HomeNet @@ >> wpa_supplicant.conf"),
    "nmcli": _of("nmcli dev wifi connect HomeNet password @@"),
    "openssl": _of("openssl pkcs12 -in a.p12 -nodes -passin pass:@@"),
    "openssl enc": _of("openssl enc -aes-256-cbc -pbkdf2 -in a.tar -out a.enc -k @@"),
    "ssh-keygen": _of("ssh-keygen -t ed25519 -N @@ -f id"),
    "vault": _of("vault kv put kv/app user=me value=@@"),
    "rclone": _of("rclone config create nas sftp host %% user me pass @@"),
    "useradd": _of("useradd -m -p '$6$ab12cd34$@@' me", _token("", 60)),
    "a database's account": _of(
        """mysql -e "CREATE USER 'app'@'%' IDENTIFIED BY '@@'; FLUSH PRIVILEGES" """
    ),
    "PostgreSQL's account": _of(
        """sudo -u postgres psql -c "ALTER USER app WITH PASSWORD '@@'" """
    ),
    # piped and written
    "sudo -S": _of("echo @@ | sudo -S apt update"),
    "password-stdin": _of("echo '@@' | docker login -u me --password-stdin", strange),
    "chpasswd": _of("echo 'root:@@' | chpasswd"),
    "here-string": _of("sudo cryptsetup open /dev/sdb1 data <<< '@@'"),
    "here-document": _of("cat > .env <<EOF\nDB_HOST=%%\nDB_PASSWORD=@@\nEOF"),
    "YAML in a here-document": _of(
        "cat <<'EOF' > compose.yml\nservices:\n  db:\n    environment:\n"
        "      MYSQL_ROOT_PASSWORD: @@\nEOF"
    ),
    "tee": _of("echo SMTP_PASS=@@ | sudo tee -a /opt/app/.env"),
    "a file of a password": _of("echo @@ > /etc/restic/password"),
    # the web
    "authorization": _of("curl -H 'Authorization: Bearer @@' https://%%.lan/api/states", _jwt),
    "basic authorization": _of("curl -H 'Authorization: Basic @@' http://%%.lan/", _basic),
    "a header of a key": _of(
        "curl -H 'X-Api-Key: @@' http://%%:8989/api/v3/series", _token("", 32, _HEX)
    ),
    "a cookie": _of("curl -b 'session=@@' http://%%/admin", _token("", 32)),
    "a form": _of("curl -d 'user=me&password=@@' http://%%/login"),
    "JSON": _of("""curl -X POST http://%%/login -d '{"user":"me","password":"@@"}'"""),
    "query": _of("curl 'http://%%:32400/library?X-Plex-Token=@@'", _token("", 20)),
    "URL": _of("git clone https://me:@@@git.lan/me/infra.git"),
    "URL of a token": _of(
        "git remote add origin https://@@@github.com/me/a.git", _token("ghp_", 36)
    ),
    "URL of a database": _of("psql postgresql://app:@@@%%:5432/app"),
    "URL of a share": _of("rclone lsd :ftp: && lftp ftp://me:@@@%%/"),
    "URL of a queue": _of("celery -b amqp://me:@@@%%:5672//"),
    "httpie": _of("http -a admin:@@ https://%%.lan/api"),
    "Slack's webhook": _of(
        "curl -d '{}' https://hooks.slack.com/services/@@", _token("T02AB3CDE/B04FG5HIJ/", 24)
    ),
    "Discord's webhook": _of(
        "curl -d '{}' https://discord.com/api/webhooks/112233445566778899/@@", _token("", 68)
    ),
    "a ping's address": _of(
        "curl -fsS https://hc-ping.com/@@",
        lambda chance: "-".join(
            drawn(chance, size, _HEX[:10] + "abcdef") for size in (8, 4, 4, 4, 12)
        ),
    ),
    "Telegram": _of(
        "curl https://api.telegram.org/bot@@/getUpdates",
        lambda chance: f"{chance.randrange(10**9, 10**10)}:AA{drawn(chance, 33)}",
    ),
    # tokens by their shape, where nothing announces them
    "GitHub": _of("./backup-repos.sh @@", _token("ghp_", 36)),
    "GitHub, fine-grained": _of(
        "./backup.sh @@ me", lambda c: f"github_pat_{drawn(c, 22)}_{drawn(c, 59)}"
    ),
    "GitLab": _of("git-mirror @@ git.lan", _token("glpat-", 20)),
    "Grafana": _of("./push.sh @@", _token("glsa_", 32, end="_1a2b3c4d")),
    "AWS": _of("./s3.sh @@ eu-central-1", _token("AKIA", 16, string.ascii_uppercase + "234567")),
    "Google": _of("./maps.py @@", _token("AIza", 35)),
    "Slack": _of("notify @@ hello", _token("xoxb-123456789012-", 24)),
    "Stripe": _of("./pay.py @@", _token("sk_live_", 24)),
    "OpenAI": _of("python3 ask.py @@", _token("sk-proj-", 48)),
    "Anthropic": _of("python3 ask.py @@", _token("sk-ant-api03-", 80)),
    "Hugging Face": _of("./fetch.sh @@", _token("hf_", 34)),
    "npm": _of("./publish.sh @@", _token("npm_", 36)),
    "PyPI": _of("./upload.sh @@", _token("pypi-AgEIcHlwaS5vcmc", 60)),
    "Docker": _of("./pull.sh @@", _token("dckr_pat_", 27)),
    "DigitalOcean": _of("./dns.sh @@", _token("dop_v1_", 64, _HEX)),
    "Tailscale": _of("tailscale up @@", lambda c: f"tskey-auth-{drawn(c, 12)}CNTRL-{drawn(c, 32)}"),
    "ntfy": _of("./notify.sh @@ done", _token("tk_", 29, _LOWER + string.digits)),
    "SendGrid": _of("./mail.sh @@", lambda c: f"SG.{drawn(c, 22)}.{drawn(c, 43)}"),
    "JWT": _of("./hass.py @@", _jwt),
    "age": _of("./decrypt.sh @@", _token("AGE-SECRET-KEY-1", 58, string.ascii_uppercase + "0235")),
    "Vault": _of("vault-sync @@", _token("hvs.", 24)),
    "WireGuard": _of("wg set wg0 private-key <(echo @@) listen-port 51820", _wireguard),
    "WireGuard, to a script": _of("./tunnel.sh wg0 @@", _wireguard),
    "a key in PEM": _of(
        "cat > key.pem <<EOF\n-----BEGIN PRIVATE KEY-----\n@@\n-----END PRIVATE KEY-----\nEOF",
        _token("MIIEvQIBADANBgkq", 48),
    ),
    "Cloudflare": _of("./ddns.sh home.example @@", _token("", 40)),
    "random, hexadecimal": _of("./unlock.sh @@", _token("", 64, _HEX)),
    "random, of 16 hexadecimal digits": _of("./unlock.sh @@", _token("a1b2c3", 10, _HEX)),
    "random, of small letters": _of("mytool login @@", _token("k7m3x9", 12, _LOWER + "0123456789")),
    "random, in base32": _of(
        "./totp.sh @@", _token("JB5W3D", 26, string.ascii_uppercase + "234567")
    ),
    "a licence": _of(
        "./activate.sh @@",
        lambda chance: "-".join(
            drawn(chance, 5, string.ascii_uppercase + string.digits) for _ in range(5)
        ),
    ),
    "hexadecimal, in a variable": _of("docker run -e FOO=@@ app", _token("", 64, _HEX)),
    "hexadecimal, in a URL": _of("git clone https://git.lan/@@/r", _token("", 40, _HEX)),
    "random, over ssh": _of("ssh %% './sync.sh @@'", _token("a1b2c3", 26, _HEX)),
    "random, of 20 signs": _of("./unlock.sh @@ now", _token("", 20)),
    # typed at the wrong prompt
    "alone": _of("@@", short_password),
    "alone, strange": _of("@@", strange),
    "an argument": _of("./wifi.sh HomeNet '@@'", strange),
}


class Planted(NamedTuple):
    """An entry of a history, and the secret in it."""

    shape: str
    entry: str
    secret: str


def planted(count: int, seed: int = 21) -> Iterator[Planted]:
    """So many entries with secrets, all shapes in turn."""
    chance = Random(seed)
    names = list(SHAPES)
    for number in range(count):
        name = names[number % len(names)]
        entry, secret = SHAPES[name](chance)
        yield Planted(name, entry, secret)


def commands_of(entry: str) -> list[list[str]]:
    """The words of an entry's simple commands, without quotes; none if it can't be split."""
    lexer = shlex.shlex(entry.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.commenters = ""
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word and not word.strip("();<>|&"):
                if "<" not in word and ">" not in word:
                    commands.append([])
            else:
                commands[-1].append(word)
    except ValueError:
        return []
    return [words for words in commands if words]
