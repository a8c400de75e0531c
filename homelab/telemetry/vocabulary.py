"""The wish-list: common words of home labs, counted by name where a command line names no verb.

Use of the verbs that exist can never show which one is missing. A first word that is no verb is
therefore counted by name if, and only if, it stands in this public list; anything else, a mistyped
secret included, is counted as `(unknown)`. Drawn from what public home-lab repositories do: tasks,
scripts and roles by how many labs have them, and the programs that those labs run.
"""

from __future__ import annotations

WISHES = frozenset(
    # what is done
    """
    alerts backup backups benchmark check clean cleanup deploy diff doctor down edit exec find fix
    health info install ip jobs list migrate monitor mount notify ping poweroff prune ps pull reboot
    repair report restart restore rollback run scan scrub shell shutdown snapshot snapshots
    speedtest ssh start status stop sync tail top up update updates upgrade uptime wake wol
    """
    # what it is done to
    """
    adguard ansible apps apt arr borg caddy camera cert certs cloudflared cluster compose container
    containers cpu cron crowdsec database ddns dhcp disk disks dns docker domain fail2ban firewall
    flux git gitea gpu grafana haproxy headscale helm home-assistant hosts images immich inventory
    ipmi jellyfin k3s k8s kernel kopia kubectl kuma lan letsencrypt loki lxc mail media memory
    metrics mqtt nas net network nextcloud nfs nginx node nodes ntp nut opnsense paperless pbs
    pihole plex podman pool pools port ports postgres power prometheus proxmox proxy pve raid
    registry restic route router s3 samba secrets sensors server service services share smart ssl
    stack storage swap systemd tailscale temperature terraform timers tls traefik truenas tunnel
    unifi units ups vault vlan vm vms volumes vpn web wifi wireguard zfs zigbee
    """.split()
)
