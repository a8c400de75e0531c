"""The wish-list: common words of home labs that are no verb here (yet).

Use of the verbs that exist can never show which one is missing. A first word that is no verb is
therefore counted by name if, and only if, it stands in this public list; anything else, a mistyped
secret included, is counted as `(unknown)`. Drawn from what public home-lab repositories do: tasks,
scripts and roles by how many labs have them, and the programs that those labs run.
"""

from __future__ import annotations

WISHES = frozenset(
    # what is done
    """
    alert alerts audit backup backups ban benchmark boot bootstrap build check clean cleanup clone
    config configure connect cron deploy destroy diff doctor down edit encrypt exec export
    failover find fix health import info init inspect install ip jobs kill list lock ls
    migrate monitor mount notify open patch ping poweroff prune ps pull purge push reboot rebuild
    reload remove rename repair report reset resize restart restore resume rollback rotate run scan
    scrub search shell show shutdown snapshot snapshots speedtest ssh start stat stats status stop
    suspend sync tail top trace unlock unmount up update updates upgrade uptime verify
    wait wake watch wol
    """
    # what it is done to
    """
    acme ansible apps apt backrest borg borgmatic btrfs bucket caddy calendar camera cert
    certs cloudflare cloudflared cluster compose container containers cpu crowdsec database db ddns
    dhcp disk disks dns docker domain email fail2ban files firewall flux gateway git gitea gitops
    gpu grafana ha haproxy headscale helm home-assistant hosts image images immich incus influx
    inventory iperf ipmi jellyfin k3s k8s kernel keys kopia kube kubectl kuma lan lego letsencrypt
    loki lxc mail mariadb media memory metrics mqtt mysql nas net network nextcloud nfs nginx
    nix node nodes ntfy ntp nut nvme opnsense packages paperless pbs pfsense pihole plex podman
    pool pools port ports postgres power process prometheus proxmox proxy pve qemu raid ram redis
    repo restic route router rsync s3 samba secrets sensors server service services share shares
    smart smb sops space ssl stack storage swap switch syncthing systemd tailscale talos temp
    temperature terraform timer timers tls traefik traffic truenas tunnel unifi unit
    units ups usb vault vlan vm vms volume volumes vpn web wifi wireguard zfs
    zigbee
    """.split()
)
