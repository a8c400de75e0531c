"""Pure: the public list of programs that home labs type, and their subcommands.

A shell history may contain anything: names, addresses, passwords typed at the wrong prompt. Only
words in this list are ever shown as typed. The list is fixed, the same for everyone, and contains
words from the programs' own manuals. It has no word for a person, a host or a password.
"""

from __future__ import annotations

# One line for each program, or program with subcommand: its name, a colon and the subcommands below
# it. A line that begins with a blank continues the previous line. =WORDS means all subcommands in
# the line of WORDS.
_PROGRAMS = """
act_runner: cache-server daemon exec generate-config register
adb: connect devices disconnect install kill-server logcat pair pull push reboot root shell sideload
  start-server uninstall
alloy: convert fmt run tools validate
amd-smi: event firmware list metric monitor process set static topology version
amixer: cget contents controls cset get info scontents scontrols set sget sset
amtool: alert check-config cluster config silence template
amtool alert: add query
amtool silence: add expire import query update
amttool: info powercycle powerdown powerup reset
ansible-config: dump init list validate view
ansible-galaxy: collection role
ansible-galaxy collection: build download init install list publish verify
ansible-galaxy role: delete import info init install list remove search setup
ansible-navigator: builder collections config doc exec images inventory lint replay run settings
ansible-vault: create decrypt edit encrypt encrypt_string rekey view
apache2ctl: configtest fullstatus graceful graceful-stop restart start status stop
apachectl: =apache2ctl
apcaccess: status
apk: add audit cache del dot fetch fix index info list manifest mkndx policy query search stats
  update upgrade verify version
apptainer: build cache capability config delete exec inspect instance key overlay plugin pull push
  registry remote run search shell sif sign test verify version
apt: autoclean autopurge autoremove build-dep changelog clean depends dist-upgrade download
  edit-sources full-upgrade help history-info history-list history-redo history-rollback
  history-undo install list modernize-sources moo policy purge rdepends reinstall remove satisfy
  search show showsrc source update upgrade why why-not
apt-cache: depends dump dumpavail gencaches madison pkgnames policy rdepends search show showpkg
  showsrc stats unmet
apt-config: dump shell
apt-file: find list search show update
apt-ftparchive: contents packages release sources
apt-get: autoclean autopurge autoremove build-dep changelog check clean dist-upgrade download
  dselect-upgrade indextargets install purge reinstall remove satisfy source update upgrade
apt-key: add adv del export exportall finger list net-update update
apt-mark: auto hold manual minimize-manual showauto showhold showmanual unhold
aptitude: autoclean changelog clean download forbid-version forget-new full-upgrade hold install
  keep markauto purge reinstall remove safe-upgrade search show unhold unmarkauto update upgrade
  versions why why-not
arduino-cli: board burn-bootloader cache compile completion config core daemon debug lib monitor
  outdated sketch update upgrade upload version
argocd: account admin app appset cert cluster configure context gpg login logout proj relogin repo
  repocreds version
argocd app: actions create delete diff edit get history list logs manifests patch resources rollback
  set sync terminate-op unset wait
authelia: access-control config crypto debug storage validate-config
autorestic: backup check cron exec forget info install restore upgrade
awg: =wg
awg-quick: down save strip up
aws: backup batch cloudformation cloudfront cloudwatch configure dynamodb ec2 ecr ecs eks iam lambda
  lightsail logs rds route53 s3 s3api secretsmanager ses sns sqs ssm sso sts
aws s3: cp ls mb mv presign rb rm sync website
az: account acr ad aks container disk group image interactive login network storage upgrade version
  vm
b2: account bucket file ls rm sync version
balena: app apps build deploy device devices env envs fleet fleets join leave login logout logs
  preload push release scan ssh support tunnel whoami
bao: =vault
bao kv: =vault kv
bao operator: =vault operator
barman: backup check cron delete list-backup list-server receive-wal recover show-backup show-server
  status switch-wal
bastille: bootstrap cmd console create destroy list pkg restart start stop sysrc update upgrade
bcachefs: data device format fs fsck list mount set-fs-option set-option show-super subvolume unlock
beet: bad bpd config convert duplicates embedart fetchart fields fingerprint help import info list
  lyrics mbsync missing modify move play remove replaygain stats submit update version write
beszel: serve superuser update
beszel-agent: fingerprint health update
blocky: blocking cache healthcheck lists query refresh serve validate version
bluetoothctl: advertise agent connect devices disconnect discoverable info list menu pair pairable
  paired-devices power remove scan select show trust untrust
bootc: edit install kargs-edit rollback status switch upgrade usr-overlay
bootctl: cleanup install is-installed kernel-identify kernel-inspect link list random-seed
  reboot-to-firmware remove set-default set-oneshot set-timeout status unlink update
borg: benchmark break-lock change-passphrase check compact config create delete diff export-tar
  extract import-tar info init key list mount prune recreate rename serve umount undelete upgrade
  with-lock
borg key: change-algorithm change-location change-passphrase export import
borgmatic: borg break-lock check compact config create delete export-tar extract generate info init
  key list mount prune rcreate rdelete recreate repo-create repo-delete repo-info repo-list restore
  rinfo rlist umount
bpftool: feature link map net prog
brctl: add addbr addif del delbr delif show showmacs showstp stp
bridge: fdb link mdb monitor mst vlan vni
bridge fdb: add append del flush get replace show
bridge link: set show
bridge vlan: add del delete global set show tunnelshow
btrbk: archive clean clone dryrun list origin prune resume run snapshot stats usage
btrfs: balance check device fi filesystem inspect-internal property qgroup quota receive reflink
  replace rescue restore scrub send sub subvolume
btrfs balance: cancel pause resume start status
btrfs device: add delete ready remove scan stats usage
btrfs fi: =btrfs filesystem
btrfs filesystem: commit-stats defragment df du label mkswapfile resize show sync usage
btrfs inspect-internal: dump-super dump-tree inode-resolve logical-resolve min-dev-size rootid
  subvolid-resolve tree-stats
btrfs property: get list set
btrfs qgroup: assign clear-stale create destroy limit remove show
btrfs quota: disable enable rescan status
btrfs replace: cancel start status
btrfs rescue: chunk-recover clear-space-cache clear-uuid-tree fix-device-size super-recover zero-log
btrfs scrub: cancel limit resume start status
btrfs sub: =btrfs subvolume
btrfs subvolume: create delete find-new get-default list set-default show snapshot sync
buildah: add bud build commit config containers copy from images inspect login mount pull push rm
  rmi run tag umount unshare
bup: fsck fuse gc get index init ls midx on prune-older restore rm save split web
busctl: call capture emit get-property introspect list monitor set-property status tree
bw: config confirm create delete edit encode export generate get import list lock login logout move
  receive restore send serve status sync unlock update
bw get: attachment collection exposed fingerprint folder item notes organization password send
  template totp uri username
bw list: collections folders items org-collections org-members organizations send
caddy: adapt add-package build-info environ file-server fmt hash-password list-modules manpage
  reload remove-package respond reverse-proxy run start stop storage trust untrust upgrade validate
  version
calibredb: add backup_metadata catalog check_library export list remove search set_metadata
calicoctl: apply create delete get ipam node patch replace version
caprover: api deploy list login logout serversetup
cdktf: deploy destroy diff get init synth
ceph: auth balancer cephadm config crash daemon device df fs fsid health log mds mgr mon nfs orch
  osd pg pool quorum_status report status telemetry tell time-sync-status version versions
ceph auth: add caps del get get-key get-or-create list ls rm
ceph config: dump get log ls rm set show
ceph crash: archive archive-all info ls prune rm stat
ceph fs: dump get ls new rm set status subvolume subvolumegroup volume
ceph health: detail mute unmute
ceph mon: add dump enable-msgr2 remove stat
ceph orch: apply daemon device host ls pause ps redeploy restart resume rm status upgrade
ceph osd: blocked-by crush deep-scrub destroy df down dump find getmap in lspools metadata
  ok-to-stop out perf pool purge repair reweight rm safe-to-destroy scrub set stat status tree unset
  up utilization
ceph osd pool: application autoscale-status create delete get ls rename rm set set-quota stats
ceph pg: deep-scrub dump dump_stuck ls map query repair scrub stat
ceph-volume: inventory lvm raw simple
cephadm: adopt bootstrap check-host enter install logs ls pull rm-cluster rm-daemon shell unit
certbot: certificates certonly delete enhance install plugins reconfigure register renew revoke
  rollback run show_account unregister update_account update_symlinks
cfssl: bundle certinfo gencert genkey serve sign
chip-tool: any onoff pairing
chisel: client server
choco: install list outdated pin search uninstall upgrade
chronyc: activity add burst clients delete dump makestep manual ntpdata offline online refresh
  reselect rtcdata serverstats smoothtime sourcename sources sourcestats tracking waitsync
cilium: bgp clustermesh config connectivity context hubble install status sysdump uninstall upgrade
  version
clevis: decrypt encrypt luks
clickhouse: client local server
cloud-init: analyze clean collect-logs devel features init modules query schema single status
cloudflared: access login proxy-dns service tail tunnel update version
cloudflared service: install uninstall
cloudflared tunnel: cleanup create delete diag info ingress list login ready route run token vnet
cmk-update-agent: register
cockroach: cert init node sql start version
colima: delete kubernetes list nerdctl prune ssh ssh-config start status stop template update
  version
colmena: apply apply-local build eval exec nix-info repl upload-keys
comfy: install launch manager model node set-default update
comin: status
configctl: firmware interface system unbound
consul: acl agent catalog config connect debug event exec force-leave info intention join keygen
  keyring kv leave lock login logout maint members monitor namespace operator peering reload
  resource rtt services snapshot tls troubleshoot validate version watch
consul catalog: datacenters nodes services
consul kv: delete export get import put
coolify: app deploy server
coredumpctl: debug dump info list
cosign: attach attest copy download generate generate-key-pair initialize login save sign sign-blob
  tree triangulate upload verify verify-attestation verify-blob version
cpupower: frequency-info frequency-set idle-info idle-set info monitor set
crane: append auth blob catalog config copy cp delete digest export flatten ls manifest mutate pull
  push rebase tag validate version
crictl: attach create exec images img info inspect inspecti inspectp logs pods port-forward ps pull
  rm rmi rmp run runp start stats statsp stop stopp version
croc: relay send
cryptsetup: benchmark close config convert create erase isLuks luksAddKey luksChangeKey luksClose
  luksDump luksFormat luksHeaderBackup luksHeaderRestore luksKillSlot luksOpen luksRemoveKey
  luksResume luksSuspend luksUUID open reencrypt refresh remove repair resize status tcryptDump
cscli: alerts allowlists appsec-configs appsec-rules bouncers capi collections completion config
  console contexts dashboard decisions explain hub hubtest lapi machines metrics notifications papi
  parsers postoverflows scenarios setup simulation support version
cscli alerts: delete flush inspect list
cscli bouncers: add delete inspect list prune
cscli collections: inspect install list remove upgrade
cscli decisions: add delete import list
cscli hub: branch list types update upgrade
cscli machines: add delete inspect list prune validate
cscli metrics: list show
ctr: containers content events image images leases namespaces plugins run snapshots tasks version
ctr images: export import list ls pull push rm tag
dietpi-software: free install list reinstall uninstall
distrobox: assemble create enter ephemeral export list ls rm stop upgrade
diun: image notif serve
dkms: add autoinstall build install mkdeb remove status uninstall
dmsetup: create deps info ls message mknodes reload remove remove_all rename resume status suspend
  table targets udevcomplete_all version
dnf: advisory autoremove builddep check check-update check-upgrade clean config-manager copr
  debuginfo-install deplist distro-sync downgrade download environment group groupinstall grouplist
  help history info install list localinstall makecache mark module offline offline-upgrade provides
  reinstall remove repoinfo repolist repoquery repository-packages reposync rollback search shell
  swap system-upgrade update updateinfo upgrade upgrade-minimal versionlock
dnf copr: disable enable list remove search
dnf group: info install list remove upgrade
dnf history: info list redo replay rollback store undo userinstalled
dnf module: disable enable info install list provides remove reset switch-to update
dnf system-upgrade: clean download log reboot
dnf5: =dnf
docker: attach build builder buildx commit compose config container context cp create diff events
  exec export history image images import info inspect kill load login logout logs manifest model
  network node pause plugin port ps pull push rename restart rm rmi run save scout search secret
  service stack start stats stop swarm system tag top trust unpause update version volume wait
docker builder: build prune
docker buildx: bake build create du history imagetools inspect ls prune rm stop use version
docker buildx imagetools: create inspect
docker compose: attach build config convert cp create down events exec export images kill logs ls
  pause port ps publish pull push restart rm run scale start stats stop top unpause up version
  volumes wait watch
docker config: create inspect ls rm
docker container: attach commit cp create diff exec export inspect kill list logs ls pause port
  prune ps rename restart rm run start stats stop top unpause update wait
docker context: create export import inspect ls rm show update use
docker image: build history import inspect list load ls prune pull push rm save tag
docker manifest: annotate create inspect push rm
docker model: list ls pull rm run status
docker network: connect create disconnect inspect list ls prune rm
docker node: demote inspect ls promote ps rm update
docker plugin: create disable enable inspect install ls push rm upgrade
docker scout: cves quickview recommendations
docker secret: create inspect ls rm
docker service: create inspect logs ls ps rm rollback scale update
docker stack: config deploy ls ps rm services up
docker swarm: ca init join join-token leave unlock unlock-key update
docker system: df events info prune
docker trust: inspect revoke sign
docker volume: create inspect list ls prune rm update
docker-compose: =docker compose
doctl: account apps auth balance compute databases kubernetes projects registry serverless
dokku: apps builder certs checks clone config cron docker-options domains enter events git
  letsencrypt logs network nginx plugin ports postgres proxy ps redis run storage
doppler: configs environments login logout me open projects run secrets setup
doveadm: altmove auth backup config dump expunge fetch force-resync fts index kick log mailbox move
  penalty purge quota reload search stats stop sync user who
duplicacy: backup check copy init list password prune restore set
duplicati-cli: backup compact compare delete find help purge repair restore test
duplicity: cleanup collection-status full incremental list-current-files remove-all-but-n-full
  remove-older-than restore verify
duply: backup cleanup create fetch full incr list purge restore status verify
easyrsa: build-ca build-client-full build-server-full export-p12 gen-crl gen-dh gen-req init-pki
  renew revoke show-ca show-cert show-expire sign-req
easyrule: block pass showblock unblock
eksctl: create delete drain get scale upgrade utils version
equery: belongs check depends depgraph files list size uses which
eselect: kernel list locale module news profile repository set show
esphome: clean clean-all clean-mqtt compile config config-hash dashboard discover idedata logs
  rename run update-all upload version vscode
esptool.py: chip_id dump_mem elf2image erase_flash erase_region flash_id image_info load_ram
  merge_bin read_flash read_mac read_mem run verify_flash version write_flash
esxcli: device esxcli fcoe graphics hardware iscsi network nvme rdma sched software storage system
  vm vsan
esxcli network: diag firewall ip nic port vm vswitch
esxcli software: profile sources vib
esxcli storage: core filesystem hpp iofilter nfs nmp san vmfs
esxcli system: account boot coredump hostname maintenanceMode module process settings shutdown stats
  syslog time uuid version
esxcli vm: process
etcdctl: alarm auth compaction defrag del endpoint get lease member move-leader put role snapshot
  user version watch
etcdctl endpoint: hashkv health status
etcdctl member: add list promote remove update
fail2ban-client: add banned flushlogs get ping reload restart set start status stop unban version
fastboot: boot devices erase flash getvar oem reboot unlock
flatpak: build build-bundle config create-usb enter history info install kill list make-current mask
  override permission-reset permissions pin ps remote-add remote-delete remote-info remote-ls
  remote-modify remotes remove repair repo run search uninstall update
flux: bootstrap build check create debug delete diff envsubst events export get install list logs
  migrate pull push reconcile resume stats suspend tag trace tree uninstall version
flux get: alert-providers alerts all helmreleases hr images ks kustomizations receivers sources
flux reconcile: alert helmrelease hr image ks kustomization receiver source
flux resume: alert helmrelease hr image ks kustomization receiver source
flux suspend: alert helmrelease hr image ks kustomization receiver source
flyctl: apps auth certs deploy doctor image ips launch logs machine postgres proxy releases restart
  scale secrets ssh status volumes
forgejo: =gitea actions forgejo-cli
forgejo-runner: cache-server create-runner-file daemon exec generate-config job one-job register
  validate
freebsd-update: fetch install rollback updatesready upgrade
frpc: completion reload status verify
frps: verify
fscrypt: encrypt lock metadata setup status unlock
fwupdmgr: activate clear-history downgrade get-approved-firmware get-devices get-history
  get-releases get-remotes get-results get-topology get-updates get-upgrades install modify-config
  refresh reinstall report-history security switch-branch unlock update upgrade verify
garage: block bucket key layout node repair server stats status worker
gcloud: auth components compute config container iam info init kms logging projects run services sql
  storage
getent: ahosts ahostsv4 ahostsv6 group hosts netgroup networks passwd protocols services
gitea: admin cert doctor dump embedded generate hook keys manager migrate migrate-storage serv web
gitlab-backup: create restore
gitlab-ctl: check-config cleanse deploy-page diff-config get-redis-master hup int kill once
  pg-upgrade prometheus-upgrade reconfigure registry-garbage-collect remove-accounts renew-le-certs
  restart service-list show-config start status stop tail term uninstall upgrade upgrade-check usr1
  usr2
gitlab-runner: list register reset-token restart run run-single start status stop unregister verify
gitleaks: detect dir git protect stdin version
gluster: peer pool snapshot volume
gluster peer: detach probe status
gluster volume: add-brick create delete heal info list profile rebalance remove-brick replace-brick
  reset set start status stop top
gobuster: dir dns fuzz vhost
gopass: audit clone cp create delete edit find fsck generate git grep history init insert list ls
  mounts move new otp recipients setup show sync update version
gotify: config init ping push watch
gpio: mode read readall reset write
grafana: cli server
grafana-cli: admin plugins
grafana-cli plugins: install list-remote list-versions ls remove uninstall update update-all upgrade
grpcurl: describe list
grype: db
gsutil: cat cp du ls mb mv rb rm rsync
guix: build deploy describe gc home install package pull remove search shell show system
  time-machine upgrade
ha: addons apps audio authentication available-updates backups banner cli core dns docker hardware
  host info jobs mount mounts multicast network observer os resolution security store supervisor
ha addons: changelog info install list logs options rebuild reload restart security start stats stop
  uninstall update
ha apps: =ha addons
ha backups: freeze info list new reload remove restore thaw upload
ha core: check info logs options rebuild restart start stats stop update
ha host: disks info logs options reboot reload services shutdown update
ha network: info reload scan update vlan
ha os: boot-slot config-swap datadisk import info update
ha supervisor: info logs options reload repair restart stats update
ha-manager: add config crm-command groupadd groupconfig groupremove groupset migrate relocate remove
  rules set status
hass-cli: area config device entity event ha info raw service state system template
hb-service: add install link logs rebuild remove restart start status stop uninstall update-node
  view
hcitool: auth con dev info lescan lp lq name scan
hcloud: certificate context datacenter firewall floating-ip image iso load-balancer location network
  placement-group primary-ip server server-type ssh-key volume zone
headscale: apikeys auth configtest debug generate mockoidc namespaces nodes policy preauthkeys
  routes serve users version
headscale nodes: approve-routes delete expire list list-routes move register rename tag
headscale preauthkeys: create expire list
headscale users: create destroy list rename
helm: completion create dependency diff env get history install lint list ls package plugin pull
  push registry repo rollback search secrets show status template test uninstall upgrade verify
  version
helm dependency: build list update
helm get: all hooks manifest metadata notes values
helm repo: add index list remove update
helm search: hub repo
helm show: all chart crds readme values
helmfile: apply build deps destroy diff init lint list repos status sync template test write-values
hf: auth cache download env jobs repo repos upload version
home-manager: build edit expire-generations generations init news packages remove-generations
  rollback switch
homectl: activate authenticate create deactivate inspect list lock passwd remove resize rotate
  update with
hostapd_cli: all_sta disassociate reload status
hostnamectl: chassis deployment hostname icon-name location set-chassis set-deployment set-hostname
  set-icon-name set-location status
hubble: config list observe status version watch
hueadm: group groups light lights scenes sensors
huggingface-cli: cache delete-cache download env login logout repo scan-cache upload whoami
icinga2: api ca console daemon feature node object pki
icingacli: director module monitoring
ilorest: get list login reboot select set status
immich: login logout server-info upload
immich-cli: login server-info upload
immich-go: archive stack upload
incus: admin alias cluster config console copy create delete exec export file image import info init
  launch list manpage monitor move network operation pause profile project publish query rebuild
  remote rename restart resume shell snapshot start stop storage top version wait warning webui
incus cluster: add edit enable evacuate get group info join list list-tokens remove rename restore
  revoke-token role set show unset update-certificate
incus config: device edit get metadata set show template trust uefi unset
incus config device: add get list override remove set show unset
incus file: create delete edit mount pull push
incus image: alias copy delete edit export import info list refresh show
incus network: acl attach attach-profile create delete detach edit forward get info list
  list-allocations list-leases load-balancer peer rename set show unset zone
incus profile: add assign copy create delete device edit get list remove rename set show unset
incus project: create delete edit get get-current info list rename set show switch unset
incus snapshot: create delete list rename restore show
incus storage: bucket create delete edit get info list set show unset volume
incus storage volume: attach copy create delete detach edit export file get import info list move
  rename set show snapshot unset
influx: apply auth backup bucket config delete export org ping query restore setup stacks task
  telegrafs template user v1 version write
influx bucket: create delete list update
influxd: inspect print-config recovery run upgrade version
influxdb3: create delete disable enable query serve show test update write
infracost: breakdown diff output
initctl: list reload restart start status stop
iocage: activate chroot console create destroy exec fetch get list pkg restart set snapshot start
  stop update upgrade
iohyve: create delete get info list set start stop
ip: a ad add addr address addrgenmode addrlabel fou help ila ioam l l2tp li lin link maddr maddress
  monitor mptcp mroute n nei neigh neighbor neighbour netconf netns nexthop ntable r ro rou route ru
  rule sr stats t tcp_metrics token tunnel tuntap vrf x xfrm
ip a: =ip addr
ip addr: add change del delete flush list ls replace show
ip address: =ip addr
ip l: =ip link
ip link: add afstats change del delete list ls property set show xstats
ip maddr: add del delete show
ip monitor: address all link neigh route rule
ip n: =ip neigh
ip neigh: add change del delete flush get list ls replace show
ip neighbour: =ip neigh
ip netns: add attach del delete exec identify list list-id monitor pids set
ip r: =ip route
ip route: add append change del delete flush get list ls replace restore save show
ip rule: add del delete flush list ls restore save show
ip tunnel: add change del delete list ls prl show
ip xfrm: monitor policy state
ipfs: add bootstrap cat config daemon dag files get id init key ls name pin ping repo resolve stats
  swarm version
ipmitool: bmc channel chassis dcmi delloem event exec fru fwum i2c lan mc power raw sdr sel sensor
  session set sol user
ipmitool chassis: bootdev bootparam identify poh policy power restart_cause selftest status
ipmitool chassis power: cycle diag off on reset soft status
ipmitool fru: list print
ipmitool lan: alert print set stats
ipmitool mc: getenables guid info reset selftest watchdog
ipmitool power: cycle diag off on reset soft status
ipmitool sdr: dump elist entity get info list type
ipmitool sel: clear delete elist get info list save time
ipmitool sensor: get list reading thresh
ipmitool sol: activate deactivate info payload set
ipmitool user: disable enable list priv summary
ipsec: down listall listcerts reload rereadall restart route start status statusall stop unroute up
ipset: add create del destroy flush list restore save swap test
istioctl: analyze dashboard install proxy-config proxy-status upgrade version
iw: dev event list phy reg wdev
iwctl: adapter device known-networks station
k: =kubectl
k config: =kubectl config
k delete: =kubectl get
k describe: =kubectl get
k get: =kubectl get
k rollout: =kubectl rollout
k top: =kubectl top
k0s: airgap backup config controller ctr etcd install kubeconfig kubectl reset restore start status
  stop sysinfo token validate version worker
k0sctl: apply backup config init kubeconfig reset
k3d: cluster config image kubeconfig node registry version
k3d cluster: create delete edit list start stop
k3s: agent certificate check-config crictl ctr etcd-snapshot kubectl secrets-encrypt server token
k3s kubectl: =kubectl
k3s kubectl get: =kubectl get
k3sup: install join node-token plan ready update version
k6: archive cloud inspect login new run version
kamal: accessory app audit build config deploy details init lock logs proxy prune redeploy registry
  remove rollback setup upgrade version
kanidm: group login logout person reauth recycle-bin self service-account session system
kasa: discover emeter energy feature hsv led light off on reboot state sysinfo time usage wifi
keepassxc-cli: add analyze attachment-export clip close db-create db-edit db-info diceware edit
  estimate export generate import ls merge mkdir mv open rm rmdir search show
keyctl: add chown clear describe get_persistent id instantiate link list new_session padd pipe print
  purge rdescribe read request request2 revoke rlist search session setperm show timeout unlink
  update
kind: build create delete export get load version
kind create: cluster
kind delete: cluster clusters
kind get: clusters kubeconfig nodes
kind load: docker-image image-archive
kmod: list
knotc: conf-check conf-read reload status stop zone-begin zone-check zone-commit zone-read
  zone-reload zone-set zone-status
kopia: benchmark blob cache content diff index list ls maintenance manifest mount notification
  policy repo repository restore server show snapshot user
kopia maintenance: info run set
kopia policy: edit export import list remove set show
kopia repo: =kopia repository
kopia repository: change-password connect create disconnect repair set-client set-parameters status
  sync-to throttle upgrade validate-provider
kopia snapshot: copy-history create delete estimate expire fix list migrate move-history pin restore
  verify
kubeadm: certs config init join kubeconfig reset token upgrade version
kubeadm token: create delete generate list
kubeadm upgrade: apply diff node plan
kubecolor: =kubectl
kubectl: annotate api-resources api-versions apply attach auth autoscale certificate cluster-info
  completion config cordon cp create debug delete describe diff drain edit events exec explain
  expose get kustomize label logs options patch plugin port-forward proxy replace rollout run scale
  set taint top uncordon version wait
kubectl annotate: =kubectl get
kubectl apply: edit-last-applied set-last-applied view-last-applied
kubectl auth: can-i reconcile whoami
kubectl certificate: approve deny
kubectl cluster-info: dump
kubectl config: current-context delete-cluster delete-context delete-user get-clusters get-contexts
  get-users rename-context set set-cluster set-context set-credentials unset use-context view
kubectl create: clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace ns
  poddisruptionbudget priorityclass quota role rolebinding secret service serviceaccount token
kubectl create secret: docker-registry generic tls
kubectl delete: =kubectl get
kubectl describe: =kubectl get
kubectl edit: =kubectl get
kubectl explain: =kubectl get
kubectl get: all certificaterequests certificates challenges clusterissuers clusterrolebindings
  clusterroles cm componentstatuses configmap configmaps crd crds cronjob cronjobs cs csr
  customresourcedefinitions daemonset daemonsets deploy deployment deployments ds endpoints
  endpointslices ep ev event events externalsecrets gateways gitrepositories helmreleases hpa hr
  httproutes ing ingress ingressclass ingresses ingressroute ingressroutes issuers job jobs ks
  kustomizations lease leases limitranges namespace namespaces netpol networkpolicies no node nodes
  ns orders pdb persistentvolumeclaims persistentvolumes po pod pods priorityclasses pv pvc rc
  replicaset replicasets resourcequotas rolebindings roles rs sa sc secret secrets service
  serviceaccount serviceaccounts services statefulset statefulsets storageclass storageclasses sts
  svc volumeattachments volumesnapshots
kubectl label: =kubectl get
kubectl patch: =kubectl get
kubectl rollout: history pause restart resume status undo
kubectl rollout restart: daemonset deploy deployment ds statefulset sts
kubectl rollout status: =kubectl rollout restart
kubectl scale: deploy deployment replicaset rs statefulset sts
kubectl set: env image resources selector serviceaccount subject
kubectl taint: node nodes
kubectl top: no node nodes po pod pods
kustomize: build cfg create edit version
lbu: add ci commit diff exclude list package revert status
lego: list renew revoke run
limactl: copy create delete disk edit factory-reset info list protect prune restart shell snapshot
  start stop sudoers tunnel unprotect validate
linkerd: check dashboard inject install stat tap top upgrade version viz
linode-cli: account domains events firewalls images linodes lke nodebalancers object-storage regions
  volumes
liquidctl: initialize list set status
litestream: databases generations ltx replicate restore snapshots version wal
lldpcli: configure show update watch
lms: get import load log ls ps server status unload
localectl: list-keymaps list-locales list-x11-keymap-layouts set-keymap set-locale set-x11-keymap
  status
logcli: delete detected-fields fmt instant-query labels query series stats volume volume_range
loginctl: activate attach disable-linger enable-linger flush-devices kill-session kill-user
  list-seats list-sessions list-users lock-session lock-sessions seat-status session-status
  show-seat show-session show-user terminate-seat terminate-session terminate-user unlock-session
  unlock-sessions user-status
longhornctl: check get install trim
lvm: config lvs pvs vgs
lxc: =incus restore snapshot
lxc cluster: =incus cluster
lxc config: =incus config
lxc config device: =incus config device
lxc file: =incus file
lxc image: =incus image
lxc network: =incus network
lxc profile: =incus profile
lxc project: =incus project
lxc storage: =incus storage
lxc storage volume: =incus storage volume
lxd: activateifneeded cluster import init recover shutdown version waitready
lynis: audit configure generate show update
machinectl: bind cat clean clone copy-from copy-to disable edit enable export-raw export-tar
  image-status import-raw import-tar kill list list-images login poweroff pull-raw pull-tar
  read-only reboot remove rename set-limit shell show start status stop terminate
maddy: creds imap-acct imap-mboxes imap-msgs run
magick: compare composite convert identify mogrify montage
makemkvcon: backup f info mkv reg
mariadb-admin: =mysqladmin
mas: account install list outdated search uninstall upgrade version
mc: admin alias cat cp diff du event find head ilm ls mb mirror mv od ping pipe put quota rb
  replicate rm share stat sync tag tree undo version watch
mdcmd: check nocheck set spindown spinup start status stop
microdnf: =dnf
microk8s: add-node addons config ctr disable enable helm helm3 inspect join kubectl leave
  refresh-certs remove-node reset start status stop
midclt: call sub subscribe
mimirtool: acl alertmanager analyze backfill bucket-validation config loadgen remote-read rules
minikube: addons config dashboard delete docker-env image ip kubectl logs mount node pause profile
  service ssh start status stop tunnel unpause update-check update-context version
minio: server
molecule: check cleanup converge create destroy idempotence init lint list login prepare reset
  side-effect syntax test verify
monit: monitor procmatch quit reload restart start status stop summary unmonitor validate
mosquitto_ctrl: dynsec
mpc: add clear current listall load ls next pause play playlist prev random repeat search seek
  shuffle stats status stop toggle update volume
mqttui: clean-retained log publish read-one
mqttx: bench conn pub simulate sub
mullvad: account anti-censorship auto-connect connect custom-list disconnect dns factory-reset lan
  lockdown-mode obfuscation reconnect relay split-tunnel status tunnel version
multipass: alias aliases authenticate clone delete exec find get help info launch list mount
  networks prefer purge recover restart restore set shell snapshot start stop suspend transfer
  umount unalias version
mysqladmin: create drop extended-status flush-hosts flush-logs flush-privileges flush-status
  flush-tables kill ping processlist refresh reload shutdown start-slave status stop-slave variables
  version
nala: autopurge autoremove clean fetch full-upgrade history install list purge remove search show
  update upgrade
nats: account bench consumer context kv pub reply req server stream sub
navidrome: backup inspect pls scan service user
nbfc: config set start status stop
nebula-cert: ca keygen print sign verify
nerdctl: =docker apparmor builder namespace
nerdctl compose: =docker compose
nerdctl container: =docker container
nerdctl image: =docker image
nerdctl network: =docker network
nerdctl system: =docker system
nerdctl volume: =docker volume
net: ads conf getdomainsid group join registry rpc sam status time user usershare
netbird: debug down forwarding login logout networks routes service ssh state status up version
netclient: connect disconnect install join leave list pull push uninstall
netdatacli: aclk-state ping reload-claiming-state reload-health reload-labels shutdown-agent version
netfilter-persistent: flush reload save start stop
netplan: apply generate get info ip migrate rebind set status try
networkctl: cat delete down edit forcerenew label list lldp mask reconfigure reload renew status
  unmask up
nextcloud.occ: =occ
nft: add chain create delete describe destroy export flush import insert list monitor rename replace
  reset
nft add: chain element flowtable map rule set table
nft delete: chain element flowtable map rule set table
nft flush: chain map ruleset set table
nft list: chain chains counter counters flowtable flowtables map maps meter meters quota quotas
  ruleset set sets table tables
ngrok: api config credits diagnose http start tcp tls tunnel update version
nix: build bundle copy daemon develop edit eval flake fmt hash log path-info profile registry repl
  run search shell store upgrade-nix why-depends
nix flake: archive check clone init lock metadata new prefetch show update
nix profile: diff-closures history install list remove rollback upgrade wipe-history
nix store: diff-closures gc info optimise ping repair verify
nixos-rebuild: boot build build-vm dry-activate dry-build edit list-generations repl switch test
nmcli: agent c con connection d dev device g general monitor n networking r radio
nmcli c: =nmcli connection
nmcli con: =nmcli connection
nmcli connection: add clone delete down edit export import load migrate modify monitor reload show
  up
nmcli d: =nmcli device
nmcli dev: =nmcli device
nmcli dev wifi: =nmcli device wifi
nmcli device: checkpoint connect delete disconnect down lldp modify monitor reapply set show status
  up wifi
nmcli device wifi: connect hotspot list rescan show-password
nmcli general: hostname logging permissions reload status
nmcli networking: connectivity off on
nmcli radio: all wifi wwan
nmstatectl: apply gc rollback set show
node-red-admin: disable enable hash-pw init install list login remove search target
nodetool: cleanup compact describecluster drain flush info netstats repair ring status tpstats
nomad: acl agent alloc config deployment eval event exec fmt init inspect job logs monitor namespace
  node operator plan plugin quota run scaling sentinel server service setup status stop system tls
  ui validate var version volume
nomad alloc: checks exec fs logs pause restart signal status stop
nomad job: action allocs deployments dispatch eval history init inspect periodic plan promote
  restart revert run scale scaling-events start status stop tag validate
nomad node: config drain eligibility meta pool status
nordvpn: account allowlist cities connect countries d disconnect groups login logout meshnet rate
  register set settings status version whitelist
ntfy: access pub publish serve sub subscribe tier token trigger user webpush
nvidia-ctk: cdi config hook runtime system
nvidia-smi: dmon drain encodersessions mig nvlink pmon topo vgpu
nvme: ana-log device-self-test error-log format fw-log get-feature get-log id-ctrl id-ns list
  list-ns list-subsys reset sanitize self-test-log show-regs smart-log version wear
oc: =kubectl adm get-token image login logout new-app new-project process project projects rsh
  status whoami
occ: app app:disable app:enable app:install app:list app:remove app:update background-job:cron
  background:ajax background:cron background:webcron config:app:get config:app:set config:import
  config:list config:system:delete config:system:get config:system:set dav:sync-birthday-calendar
  db:add-missing-columns db:add-missing-indices db:add-missing-primary-keys
  db:convert-filecache-bigint db:convert-type encryption:status files:cleanup files:repair-tree
  files:scan files:scan-app-data files:transfer-ownership group:list integrity:check-app
  integrity:check-core log:file log:manage log:tail log:watch maintenance:mimetype:update-db
  maintenance:mimetype:update-js maintenance:mode maintenance:repair maintenance:update:htaccess
  preview:generate-all preview:pre-generate preview:repair preview:reset-rendered-texts setupchecks
  status trashbin:cleanup trashbin:expire upgrade user:add user:delete user:disable user:enable
  user:info user:list user:report user:resetpassword user:setting versions:cleanup versions:expire
oci: bv compute iam network os setup
ollama: cp create help launch list ls ps pull push rm run serve show signin signout stop
omd: backup cleanup cp create disable enable init mv reload restart restore rm sites start status
  stop su update version versions
omnictl: apply cluster config delete get kubeconfig machine-logs support talosconfig
omv-confdbadm: create delete exists list-ids migrate populate read update
omv-salt: deploy stage
omv-salt deploy: list run
oomctl: dump
op: account connect document environment events-api group inject item plugin read run
  service-account signin signout update user vault whoami
op item: create delete edit get list move share template
op vault: create delete edit get group list user
openhab-cli: backup clean-cache console info reset-ownership restore showlogs start status stop
openssl: asn1parse ca ciphers cms crl crl2pkcs7 dgst dhparam dsa ec ecparam enc engine errstr gendsa
  genpkey genrsa help info kdf list mac nseq ocsp passwd pkcs12 pkcs7 pkcs8 pkey pkeyparam pkeyutl
  prime rand rehash req rsa rsautl s_client s_server s_time sess_id smime speed spkac srp storeutl
  ts verify version x509
opkg: configure download files find flag info install list list-changed-conffiles list-installed
  list-upgradable remove search status update upgrade whatprovides
oras: attach backup blob copy cp discover login logout manifest pull push repo resolve restore tag
  version
ostree: admin checkout commit fsck init log ls prune pull refs remote rev-parse show summary
ovs-vsctl: add-br add-port clear create del-br del-port del-controller destroy find get
  get-controller list list-br list-ifaces list-ports port-to-br set set-controller show
packer: build console fix fmt hcl2_upgrade init inspect plugins validate version
pactl: get-default-sink get-default-source get-sink-volume info list load-module move-sink-input
  set-card-profile set-default-sink set-default-source set-sink-mute set-sink-volume stat subscribe
  unload-module
pamac: build checkupdates clean info install list remove search update upgrade
pass: cp edit find generate git grep help import init insert ls mv otp rm show version
patronictl: edit-config failover history list pause reinit reload restart resume show-config
  switchover topology
pct: clone config console cpusets create delsnapshot destroy df enter exec fsck fstrim list
  listsnapshot migrate mount move-volume move_volume pending pull push reboot remote-migrate rescan
  resize restore resume rollback set shutdown snapshot start status stop suspend template unlock
  unmount
pdns_control: cycle notify ping purge quit rediscover reload show version
pdnsutil: add-record check-all-zones check-zone create-zone delete-zone edit-zone list-all-zones
  list-zone metadata record rectify-zone secure-zone show-zone zone
perf: annotate bench list record report stat top trace
pg_ctl: initdb promote reload restart start status stop
pgbackrest: annotate archive-get archive-push backup check expire info repo-get repo-ls restore
  server stanza-create stanza-delete stanza-upgrade start stop verify version
phoronix-test-suite: batch-run benchmark install list-available-tests run system-info
photoprism: backup cleanup config convert copy faces import index migrations moments optimize passwd
  purge reset restart restore show start status stop thumbs users vision
php: artisan occ
php occ: =occ
picotool: erase info load reboot save verify version
pihole: allow allow-regex allow-wild api arpflush blacklist checkout debug deny disable enable flush
  logging networkflush query reconfigure regex reloaddns reloadlists repair restartdns setpassword
  status tail uninstall update updateGravity updatePihole updatechecker version whitelist
pihole-FTL: regex-test sqlite3 verify
pinctrl: funcs get set
pio: =platformio
pivpn: add backup clients debug list off on qrcode remove revoke uninstall update
pkg: add audit autoremove check clean delete fetch info install lock query remove repo search stats
  unlock update updating upgrade version which
platformio: account boards check ci debug device home lib org package pkg platform project remote
  run settings system test update upgrade
pm2: delete describe flush info kill list log logs ls monit prettylist ps reload restart resurrect
  save scale set start startup status stop unstartup update
pmgsh: create delete get help ls set usage
podman: attach auto-update build commit compose container cp create diff events exec export farm
  generate healthcheck history image images import info init inspect kill kube load login logout
  logs machine manifest mount network pause play pod port ps pull push quadlet rename restart rm rmi
  run save search secret start stats stop system tag top unmount unpause unshare untag update
  version volume wait
podman compose: =docker compose
podman container: =docker container checkpoint cleanup clone exists init mount restore runlabel
  unmount
podman generate: kube spec systemd
podman healthcheck: run
podman image: =docker image diff exists mount prune scp search sign tree trust unmount untag
podman kube: apply down generate play
podman machine: info init inspect list ls os reset rm set ssh start stop
podman manifest: add annotate create exists inspect push remove rm
podman network: =docker network exists reload update
podman play: kube
podman pod: clone create exists inspect kill list logs ls pause prune ps restart rm start stats stop
  top unpause
podman quadlet: install list print rm
podman secret: create exists inspect list ls rm
podman system: connection df events info migrate prune renumber reset service
podman volume: =docker volume exists export import mount reload rm unmount
podman-compose: =docker compose
portablectl: attach detach inspect list reattach
postfix: abort check flush reload set-permissions start status stop
powerprofilesctl: get launch list list-holds set
promtool: check debug promql push query test tsdb
promtool check: config healthy metrics ready rules service-discovery web-config
promtool query: analyze instant labels range series
promtool tsdb: analyze bench create-blocks-from dump list
protonvpn-cli: c config connect d disconnect ks login logout r reconnect s status
proxmox-backup-client: backup benchmark catalog change-owner garbage-collect group key list login
  logout map mount namespace prune restore snapshot snapshots status task unmap upload-log version
proxmox-backup-manager: acl acme cert datastore disk garbage-collection ldap network node prune-job
  pull remote report subscription sync-job tape task traffic-control user verify verify-job versions
proxmox-backup-manager datastore: create list mount remove show unmount update uuid-mount
proxmox-backup-manager user: create delete-token generate-token list list-tokens remove update
proxmox-boot-tool: clean format init kernel refresh reinit status
proxmox-file-restore: extract list
proxmox-tape: backup catalog changer drive key label media pool restore
pulumi: about cancel config console destroy env import install login logout logs new org plugin
  policy preview refresh stack state up version watch whoami
pve-firewall: compile localnet restart simulate start status stop
pveam: available download list remove update
pveceph: createmgr createmon createosd createpool destroymgr destroymon destroyosd destroypool fs
  init install lspools mds mgr mon osd pool purge start status stop
pvecm: add addnode apiver create delnode expected keygen mtunnel nodes qdevice status updatecerts
pvedaemon: restart start status stop
pvenode: acme cert config migrateall startall stopall task wakeonlan
pvenode acme: account cert plugin
pvenode config: get set
pvenode task: list log status
pveproxy: restart start status stop
pvesh: create delete get help ls set usage
pvesm: add alloc apiinfo export extractconfig free import list path prune-backups remove scan set
  status
pvesm scan: cifs glusterfs iscsi lvm lvmthin nfs pbs zfs
pvesr: create-local-job delete disable enable list read run schedule-now set-state status update
  update-local-job
pvestatd: restart start status stop
pveum: acl aclmod group groupadd passwd pool realm role roleadd ticket user useradd userdel usermod
pveum acl: delete list modify
pveum role: add delete list modify
pveum user: add delete list modify permissions tfa token
pveum user token: add list modify permissions remove
pyznap: send snap
qemu-img: amend bench bitmap check commit compare convert create dd info map measure rebase resize
  snapshot
qm: agent cleanup clone cloudinit config create delsnapshot destroy disk enroll-efi-keys guest help
  import importdisk importovf list listsnapshot migrate monitor move-disk move_disk mtunnel nbdstop
  pending reboot remote-migrate rescan reset resize resume rollback sendkey set showcmd shutdown
  snapshot start status stop suspend template terminal unlink unlock vncproxy wait
qm cloudinit: dump pending update
qm disk: import move rescan resize unlink
qm guest: cmd exec exec-status passwd
rabbitmq-diagnostics: check_running listeners memory_breakdown ping status
rabbitmq-plugins: disable enable list
rabbitmqadmin: declare delete export get import list publish purge show
rabbitmqctl: add_user await_startup change_password cluster_status delete_queue delete_user
  environment help list_bindings list_channels list_connections list_consumers list_exchanges
  list_queues list_users list_vhosts purge_queue reset rotate_logs set_permissions set_policy
  set_user_tags start_app status stop stop_app
racadm: fwupdate get getsel getsensorinfo getsysinfo hwinventory jobqueue lclog racreset
  serveraction set storage
rados: bench cleanup df get ls lspools put rm stat
radosgw-admin: bucket key quota usage user
raspi-config: nonint
raspi-gpio: funcs get set
rbd: clone cp create diff du export feature import info ls map mirror mv resize rm showmapped snap
  status trash unmap
rbw: add code config edit generate get history list lock login purge register remove search
  stop-agent sync unlock unlocked
rc-update: add del delete show update
rclone: about archive authorize backend bisync cat check checksum cleanup cmount config copy copyto
  copyurl cryptcheck cryptdecode dedupe delete deletefile gitannex hashsum link listremotes ls lsd
  lsf lsjson lsl md5sum mkdir mount move moveto ncdu nfsmount obscure purge rc rcat rcd rmdir rmdirs
  selfupdate serve settier sha1sum size sync test touch tree version
rclone config: create delete disconnect dump edit encryption file password paths providers reconnect
  redacted show string touch update userinfo
rclone serve: dlna docker ftp http nfs restic s3 sftp webdav
rdiff-backup: backup calculate compare info list regress remove restore server test verify
realm: deny discover join leave list permit renew
rec_control: dump-cache get get-all ping quit reload-zones wipe-cache
redis-cli: bgrewriteaof bgsave client config dbsize del exists flushall flushdb get hgetall info
  keys llen memory monitor ping save scan select shutdown slowlog ttl type
redis-cli config: get resetstat rewrite
regctl: artifact blob digest image index manifest ref registry repo tag version
registry: garbage-collect serve
resolvectl: default-route dns dnsovertls dnssec domain flush-caches llmnr log-level mdns monitor nta
  openpgp query reset-server-features reset-statistics revert service show-cache show-server-state
  statistics status tlsa
restic: backup cache cat check copy diff dump features find forget generate init key list ls migrate
  mount options prune rebuild-index recover repair restore rewrite self-update snapshots stats tag
  unlock version
restic key: add list passwd remove
restic repair: index packs snapshots
resticprofile: backup check forget generate profiles prune run-schedule schedule self-update show
  snapshots status unschedule
rfkill: block event list toggle unblock
rke2: agent certificate etcd-snapshot secrets-encrypt server token
rndc: addzone delzone dumpdb flush flushname freeze notify querylog reconfig reload retransfer stats
  status stop sync thaw
rpk: cluster group topic
rpm-ostree: apply-live cancel cleanup compose db deploy ex finalize-deployment initramfs install
  kargs override rebase refresh-md reload reset rollback search status uninstall upgrade usroverlay
rsnapshot: alpha beta configtest daily diff du gamma hourly monthly sync weekly
rspamadm: configdump configgraph configtest control dkim_keygen pw
rspamc: fuzzy_add learn_ham learn_spam scan stat symbols uptime
runc: create delete events exec kill list pause ps resume run start state
rustic: backup check copy diff dump forget init key list ls merge prune repair restore snapshots tag
  webdav
s3cmd: cp del du expire get info la ls mb mv put rb rm setacl setpolicy sync
s5cmd: cat cp du ls mb mv rb rm run select sync
s6-rc: change diff help list listall start stop
samba-tool: dbcheck dns domain drs dsacl fsmo gpo group ldapcmp ntacl ou processes rodc schema sites
  spn testparm time user visualize
sbctl: bundle create-keys enroll-keys list-bundles list-files setup sign sign-all status verify
scw: account config dns init instance object registry
secret-tool: clear lookup search store
semanage: boolean export fcontext import login module permissive port user
semaphore: migrate server setup user version
shorewall: check clear reload restart show start status stop
skaffold: build debug delete deploy dev diagnose init render run test
skopeo: copy delete inspect list-tags login logout sync
snap: abort ack alias aliases changes components connect connections disable disconnect download
  enable find forget get help info install interface interfaces list logs model model-service okay
  pack prefer quota quotas recovery refresh remove restart restore revert run save saved services
  set start stop switch tasks try unalias unset validate version wait warnings watch whoami
snapper: cleanup create create-config delete delete-config diff get-config list list-configs mount
  rollback set-config setup-quota status umount undochange xadiff
snapraid: check devices diff down dup fix list pool probe rehash scrub smart spin-down spin-up
  status sync touch up
sops: decrypt edit encrypt exec-env exec-file filestatus groups keyservice publish rotate set unset
  updatekeys
spotdl: download meta save sync url
sssctl: analyze cache-expire cache-remove cert-show config-check debug-level domain-list
  domain-status group-show logs-fetch logs-remove user-checks user-show
stalwart-cli: account database domain export group import queue report server
step: api beta ca certificate completion context crl crypto fileserver oauth path ssh version
step ca: acme admin bootstrap certificate federation health init policy provisioner rekey renew
  revoke root roots sign token
step certificate: bundle create fingerprint format inspect install key lint needs-renewal p12 sign
  uninstall verify
step crypto: change-pass hash jose jwe jwk jws jwt kdf key keypair nacl otp rand winpe
step ssh: certificate check-host config fingerprint hosts inspect list login logout needs-renewal
  proxycommand rekey renew revoke
subscription-manager: attach config facts identity list register release remove repos status
  unregister
supervisorctl: add avail clear fg pid reload remove reread restart shutdown signal start status stop
  tail update version
sv: check down exit force-reload force-restart force-stop once reload restart start status stop up
swconfig: dev
syft: scan
syncthing: cli generate serve
syncthing cli: config debug errors operations show
syncthing cli show: connections discovery pending system usage version
synopkg: checkupdate info install install_from_server list restart start status stop uninstall
  upgradeall version
synosystemctl: get-active-status restart start stop
sysbench: cpu fileio memory mutex oltp_read_only oltp_read_write threads
syslog-ng-ctl: config credentials query reload reopen stats stop verbose
systemctl: add-requires add-wants bind cancel cat clean condreload condrestart condstop
  daemon-reexec daemon-reload default disable edit emergency enable exit force-reload freeze
  get-default halt help hibernate hybrid-sleep import-environment is-active is-enabled is-failed
  is-system-running isolate kexec kill link list-automounts list-dependencies list-jobs
  list-machines list-paths list-sockets list-timers list-unit-files list-units log-level log-target
  mask mount-image poweroff preset preset-all reboot reenable reload reload-or-restart rescue
  reset-failed restart revert service-log-level service-log-target service-watchdogs set-default
  set-environment set-property show show-environment soft-reboot start status stop suspend
  suspend-then-hibernate switch-root thaw try-reload-or-restart try-restart unmask unset-environment
  whoami
systemd-analyze: blame calendar capability cat-config chid compare-versions condition critical-chain
  dot dump exit-status fdstore filesystems has-tpm2 image-policy inspect-elf log-level malloc pcrs
  plot security service-watchdogs smbios11 syscall-filter timespan timestamp unit-files unit-paths
  verify
systemd-creds: cat decrypt encrypt has-tpm2 list setup
tailscale: appc-routes bugreport cert completion configure debug dns dnsfilter down drive exit-node
  file funnel ip licenses lock login logout metrics nc netcheck ping serve set ssh status switch
  syspolicy up update version web whois
tailscale exit-node: list suggest
tailscale file: cp get
tailscale funnel: reset status
tailscale lock: add disable init log remove sign status
tailscale serve: reset status
talhelper: gencommand genconfig genschema gensecret genurl validate
talosctl: apply-config bootstrap cgroups cluster completion config conformance containers copy
  dashboard disks dmesg edit etcd events gen get health image images inject inspect kubeconfig list
  logs machineconfig memory meta mounts netstat patch pcap processes read reboot reset restart
  rollback rotate-ca service services shutdown stats support time upgrade upgrade-k8s usage validate
  version wipe
talosctl config: add context contexts endpoint info merge new node remove
talosctl etcd: alarm defrag forfeit-leadership leave members remove-member snapshot status
talosctl gen: ca config crt csr key keypair secrets
targetcli: clearconfig ls restoreconfig saveconfig
tc: action chain class exec filter monitor qdisc
tc class: add change del list ls replace show
tc filter: add change del list ls replace show
tc qdisc: add change del delete list ls replace show
telegraf: config plugins
teleport: configure start status version
terraform: apply console destroy env fmt force-unlock get graph import init login logout metadata
  modules output plan providers query refresh show stacks state taint test untaint validate version
  workspace
terraform state: identities list mv pull push replace-provider rm show
terraform workspace: delete list new select show
terragrunt: =terraform dag exec find hcl hclfmt hclvalidate list render run run-all scaffold stack
tfenv: init install list list-remote uninstall use version-name
tilt: ci down up version
timedatectl: list-timezones set-local-rtc set-ntp set-time set-timezone show show-timesync status
  timesync-status
tlp: ac bat bayoff bayon chargeonce discharge fullcharge recalibrate setcharge start stop
tofu: =terraform
tofu state: =terraform state
tofu workspace: =terraform workspace
toolbox: create enter list rm rmi run
tplink-smarthome-api: details discover search send sysinfo
traefik: healthcheck version
transactional-update: apply cleanup dup initrd kdump migration pkg reboot rollback run shell up
trivy: config convert filesystem fs image kubernetes repo repository rootfs sbom vm
trufflehog: docker filesystem git github s3
tsh: apps db kube login logout ls play proxy scp ssh status
tuned-adm: active auto_profile list off profile profile_info recommend verify
tuya-cli: get link list-app mock set
ubnt-systool: cpuload cputemp portstatus
ubus: call list listen monitor send subscribe wait_for
uci: add add_list changes commit del_list delete export get import rename reorder revert set show
udevadm: control hwdb info lock monitor settle test test-builtin trigger verify wait
udisksctl: dump info lock loop-delete loop-setup monitor mount power-off smart-simulate status
  unlock unmount
ufw: allow app default delete deny disable enable insert limit logging prepend reject reload reset
  route show status version
ufw app: default info list update
ufw default: allow deny reject
ufw show: added builtins listening raw
ufw status: numbered verbose
unbound-control: dump_cache flush flush_zone list_forwards list_local_data local_data lookup reload
  start stats stats_noreset status stop
unifi-os: restart shell start stop
update-ca-trust: extract
update-rc.d: defaults disable enable remove
upsdrvctl: shutdown start stop
urbackupclientctl: browse list restore-start start status
usbip: attach bind detach list port unbind
userdbctl: group groups-of-user services ssh-authorized-keys user users-in-group
vagrant: box cloud destroy global-status halt init package plugin port powershell provision push rdp
  reload resume rsync rsync-auto snapshot ssh ssh-config status suspend up upload validate version
  winrm
vagrant box: add list outdated prune remove repackage update
vagrant plugin: install list repair uninstall update
vagrant snapshot: delete list pop push restore save
valkey-cli: =redis-cli
varnishadm: backend.list ban param.set param.show status vcl.list
vault: agent audit auth debug delete events kv lease list login monitor namespace operator patch
  path-help pki plugin policy print proxy read secrets server ssh status token transform transit
  unwrap version version-history write
vault auth: disable enable help list move tune
vault kv: delete destroy enable-versioning get list metadata patch put rollback undelete
vault operator: diagnose generate-root init key-status members migrate raft rekey rotate seal
  step-down unseal usage
vault policy: delete fmt list read write
vault secrets: disable enable list move tune
vault token: capabilities create lookup renew revoke
vaultwarden: backup hash
vboxmanage: clonevm controlvm createvm discardstate export guestproperty import internalcommands
  list modifyvm registervm sharedfolder showvminfo snapshot startvm storageattach unregistervm
vcgencmd: bootloader_config bootloader_version codec_enabled commands display_power get_config
  get_mem get_throttled measure_clock measure_temp measure_volts mem_oom pmicrd version
vcluster: connect create delete disconnect list pause resume
vector: generate graph list tap test top validate vrl
vegeta: attack encode plot report
velero: backup backup-location completion create debug delete describe get install plugin repo
  restore schedule snapshot-location uninstall version
velero backup: create delete describe download get logs
velero restore: create delete describe get logs
velero schedule: create delete describe get pause unpause
virsh: attach-device attach-disk attach-interface autostart blockcommit blockcopy blockjob blockpull
  blockresize capabilities change-media connect console cpu-stats create define desc destroy
  detach-device detach-disk detach-interface dombblkinfo domblkinfo domblklist domblkstat domdisplay
  domfsfreeze domfsthaw domfstrim domid domifaddr domiflist domifstat dominfo dommemstat domrename
  domstate domstats domtime domuuid domxml-from-native dump dumpxml edit emulatorpin freecell help
  hostname iface-list iothreadinfo list managedsave maxvcpus memtune metadata migrate net-autostart
  net-create net-define net-destroy net-dhcp-leases net-dumpxml net-edit net-info net-list net-start
  net-undefine net-update nodedev-detach nodedev-dumpxml nodedev-list nodedev-reattach nodeinfo
  nodememstats nwfilter-list pool-autostart pool-build pool-create pool-define pool-define-as
  pool-delete pool-destroy pool-dumpxml pool-edit pool-info pool-list pool-refresh pool-start
  pool-undefine qemu-agent-command qemu-monitor-command reboot reset restore resume save screenshot
  secret-define secret-list send-key setmaxmem setmem setvcpus shutdown snapshot-create
  snapshot-create-as snapshot-current snapshot-delete snapshot-dumpxml snapshot-info snapshot-list
  snapshot-revert start suspend sysinfo ttyconsole undefine update-device uri vcpucount vcpuinfo
  vcpupin version vncdisplay vol-clone vol-create vol-create-as vol-delete vol-download vol-dumpxml
  vol-info vol-list vol-path vol-resize vol-upload vol-wipe
vllm: bench serve
vmctl: influx opentsdb prometheus remote-read verify-block vm-native
vultr-cli: account backups dns firewall instance kubernetes regions snapshot
warp-cli: connect disconnect dns mode registration settings status tunnel
weed: filer mount server shell upload volume
wg: addconf genkey genpsk help pubkey set setconf show showconf syncconf
wg show: all interfaces
wg-quick: down save strip up
wgcf: generate register status trace update
whipper: accurip cd drive image mblookup offset
wifi: config detect down reload status up
winget: export import install list search show source uninstall upgrade
woodpecker-cli: admin exec info lint log pipeline repo setup
wormhole: receive send ssh
wpa_cli: add_network enable_network list_networks ping reassociate reconfigure reconnect save_config
  scan scan_results select_network set_network status
wpctl: clear-default get-volume inspect set-default set-mute set-profile set-volume settings status
wrangler: deploy deployments dev init kv login logs pages publish r2 tail whoami
xe: host-list sr-list vdi-list vm-list vm-param-get vm-param-set vm-reboot vm-shutdown vm-snapshot
  vm-start
xl: block-attach block-detach console create destroy dmesg info list migrate network-list pause
  reboot restore save shutdown top unpause uptime vcpu-list
xpra: attach detach list start stop
xpu-smi: diag discovery dump health stats topology
ykman: apdu config fido hsmauth info list oath openpgp otp piv script
yum: =dnf
yum history: =dnf history
zerotier-cli: bond dump get info join leave listmoons listnetworks listpeers orbit peers set status
zfs: allow bookmark change-key clone create destroy diff get groupspace hold holds inherit jail list
  load-key mount program project projectspace promote receive recv redact release rename rewrite
  rollback send set share snap snapshot unallow unload-key unmount unshare upgrade userspace version
  wait zone
zigpy: radio
znapzendzetup: create delete disable edit enable export import list
zpool: add attach checkpoint clear create destroy detach events export get history import initialize
  iostat labelclear list offline online prefetch reguid remove reopen replace resilver scrub set
  split status sync trim upgrade version wait
zrepl: configcheck signal status version zfs-abstraction
zypper: addlock addrepo addservice clean dist-upgrade download dup if in info install
  install-new-recommends list-patches list-updates lp lr lu modifyrepo packages patch patch-check
  patches patterns products ps ref refresh remove removelock removerepo repos rm se search services
  up update verify what-provides wp
"""
# Programs of home labs without subcommands.
_PLAIN = """
AdGuardHome HandBrakeCLI VBoxManage a2dismod a2dissite a2enconf a2enmod a2ensite aa-complain
aa-disable aa-enforce aa-genprof aa-logprof aa-status ab abcde acme.sh acpi acpi_listen
add-apt-repository addgroup adduser adguardhome age age-keygen age-plugin-yubikey aide alsamixer
amneziawg anacron ansible ansible-console ansible-doc ansible-inventory ansible-lint
ansible-playbook ansible-pull apache2 apctest apcupsd aplay apparmor_parser apparmor_status apprise
apt-listchanges arc_summary arcstat arecord aria2c armbian-config arp arp-scan arping arptables
arpwatch at atop atq atrm audit2allow auditctl aureport ausearch authentik autossh avahi-browse
avahi-publish avahi-resolve avahi-resolve-address avahi-resolve-host-name avrdude axel badblocks
bandwhich batch bhyve biosdecode blkdiscard blkid bmon bpftrace btrfs-convert btrfsck cal cdparanoia
cdrdao cec-client certtool certutil cfdisk cfssljson cgexec chage chattr chcon check_mk_agent
checkrestart checkupdates chef-client chfn chgpasswd chkconfig chkrootkit chpasswd chronyd chrt chsh
clamdscan clamscan clickhouse-client clinfo cloud-localds clusterdb cmk collectl compsize conntrack
containerd convert cpufreq-info cqlsh createdb createuser cron crontab crowdsec cryfs csync2 cu
cupsctl cupsd cupsdisable cupsenable curl curlie cvlc cwebp date dd ddrescue debootstrap deborphan
debsums debugfs dehydrated delgroup deluge-console deluser delv depmod df dhclient dhcp-lease-list
dhcpcd dhcpdump diceware dietpi-config dietpi-launcher dietpi-update dig dmesg dmidecode dns-sd
dnscrypt-proxy dnsmasq dnsx do-release-upgrade dockerd document_exporter document_importer dog doggo
domoticz dool dosfsck doveconf dpkg dpkg-buildpackage dpkg-deb dpkg-divert dpkg-query
dpkg-reconfigure dracut drill dropdb dropuser dstat du duckdb duf dump1090 dumpcap dumpe2fs
duperemove dust dysk e2fsck e2label ebook-convert ebtables edquota efibootmgr eix eject elinks
emerge esptool et ether-wake etherwake ethtool exfatfsck exiftool exim exim4 exiv2 exportfs f3probe
f3read f3write fail2ban-regex fail2ban-server faillock faillog fancontrol fastfetch fatlabel fatrace
fclones fcrontab fdisk fdupes ferm ffmpeg ffplay ffprobe filebrowser findmnt finger fio firewall-cmd
firewall-offline-cmd flac flock fluent-bit fping free freshclam frigate fsck fsck.ext4 fstrim ftp
fuser fusermount fusermount3 fw_printenv fw_setenv galera_new_cluster gallery-dl gamescope gcx gdisk
gdu geekbench6 genisoimage getcap getenforce getfacl getfattr getsebool gitlab-rake glances glxinfo
gnutls-cli go2rtc goaccess gocryptfs gpart gpasswd gpg gpg-agent gpg-connect-agent gpg2 gpgconf gpgv
gping gpiodetect gpioget gpioinfo gpioset grafana-server groupadd groupdel groupmod groups growisofs
growpart grpck grub-install grub-mkconfig grub2-mkconfig gssdp-discover guestfish guestmount
guestunmount hadolint halt handbrakecli haproxy hashcat hass hciconfig hd-idle hddfancontrol hddtemp
hdparm hey homebridge host hostapd hostid hostname hping3 hpssacli htpasswd http httpd https
hwclock hwinfo i2cdetect i2cdump i2cget i2cset i8kfan identify ifconfig ifdown ifquery ifreload
iftop ifup imagemagick info initdb inotifywait insmod intel_gpu_top invoke-rc.d inxi ionice ioping
iostat iotop iotop-c iozone ip6tables ip6tables-restore ip6tables-save ipa ipcalc ipcrm ipcs iperf
iperf3 ipmi-fan ipmi-sel ipmi-sensors ipmipower iptables iptables-legacy iptables-nft
iptables-restore iptables-save iptables-translate iptraf-ng irsend iscsiadm iwconfig iwgetid iwlist
jdupes jellyfin jexec jls journalctl jpegoptim kadmin kadmin.local kafka-topics.sh kail kcat
kdestroy kdig kexec keytool killall kinit klist kodi kpartx krew kubectx kubelet kubens kubent
kubeseal kvm-ok lame last lastb lastlog lastlog2 ldapadd ldapdelete ldapmodify ldappasswd ldapsearch
ldapwhoami ledctl lftp libcamera-hello librespeed-cli lighttpd lircd llama-bench llama-cli
llama-server lldpctl lm_sensors lnav logger logname logread logrotate looking-glass-client losetup
lp lpadmin lpinfo lpoptions lpq lpr lprm lpstat lsattr lsb_release lsblk lscpu lsfd lshw lsinitramfs
lsmem lsmod lsns lsof lspci lsscsi lstopo lsusb lsyncd ltrace lvchange lvconvert lvcreate lvdisplay
lvextend lvreduce lvremove lvrename lvresize lvs lvscan lxc-attach lxc-autostart lxc-checkconfig
lxc-console lxc-copy lxc-create lxc-destroy lxc-freeze lxc-info lxc-ls lxc-snapshot lxc-start
lxc-stop lxc-unfreeze lynx mail mailq mailx makepkg mariabackup mariadb mariadb-backup mariadb-check
mariadb-dump mariadb-secure-installation mariadb-upgrade masscan matterjs-server mca-cli mcrcon
mdadm mdmon mediainfo megacli memcached memcstat memtester mergerfs mergerfs.balance mergerfs.ctl
mergerfs.dup mergerfs.fsck metaflac mii-tool minicom minidlnad minisign minissdpd mitmproxy mkcert
mke2fs mkfs mkfs.btrfs mkfs.exfat mkfs.ext4 mkfs.fat mkfs.ntfs mkfs.vfat mkfs.xfs mkinitcpio mkisofs
mkswap mkvextract mkvinfo mkvmerge mkvpropedit modinfo modprobe mogrify mokutil mongo mongod
mongodump mongoexport mongoimport mongorestore mongosh mongostat mongotop moosefs mosh mosquitto
mosquitto_passwd mosquitto_pub mosquitto_rr mosquitto_sub mount mount.cifs mount.nfs mover mpd
mpstat mpv msmtp mtr multipath multipathd multitail munin-run mutt mycli mysql
mysql_secure_installation mysql_tzinfo_to_sql mysql_upgrade mysqlcheck mysqld mysqld_safe mysqldump
mysqlimport mysqlsh mysqlshow mysqltuner nagios named-checkconf named-checkzone namei nc ncat ncftp
nebula needrestart neofetch netcat netdata nethogs netmaker netstat networkquality newaliases newgrp
newusers nextcloudcmd nexttrace nfsiostat nfsstat nginx nginx-ui ngrep nice nikto nix-build
nix-channel nix-collect-garbage nix-env nix-shell nix-store nixos-anywhere nixos-generate-config
nixos-install nixos-option nload nmap nmblookup nmon nmtui nmtui-connect node-red node_exporter
notify-send nslookup nsupdate ntfsfix ntpdate ntpq ntpstat nuclei numactl nut-scanner nuttcp
nvidia-settings nvitop nvtop nzbget ocrmypdf omv-firstaid omv-release-upgrade omv-rpc omv-upgrade
openconnect opendkim-genkey opendkim-testkey openrc openvpn opnsense-update opnsense-version optipng
opusenc osinfo-query ovs-appctl ovs-dpctl ovs-ofctl paccache pacdiff pacman pacman-key
pacman-mirrors pactree pam_tally2 pamixer pandoc parted partprobe partx paru pbs-restore pdbedit
pdftk pdftotext pfSsh.php pfctl pfetch pg_activity pg_basebackup pg_config pg_createcluster
pg_ctlcluster pg_dropcluster pg_dump pg_dumpall pg_isready pg_lsclusters pg_receivewal pg_resetwal
pg_restore pg_upgrade pg_upgradecluster pg_waldump pgbench pgcli pgrep photorec php-fpm picocom
pidof pidstat pikaur ping ping6 pkill plexmediaserver pm3 pmap pmxcfs popeye postcat postconf
postgres postmap postqueue postsuper poweroff powertop powerwake prettyping prlimit prometheus
promtail ps psql pstree pulseaudio pvcreate pvdisplay pve7to8 pve8to9 pveperf pvereport pveupdate
pveupgrade pveversion pvmove pvremove pvresize pvs pvscan pw-top pwck pwdx pwgen pwmconfig pwrstat
pxelinux pyinfra qbittorrent-nox qdirstat qemu-io qemu-nbd qemu-system-aarch64 qemu-system-x86_64
qmrestore qpdf qpkg_cli quickemu quickget quota quotaon radeontop rathole rc-service rc-status
rcon-cli rdesktop readsb reboot redfishtool redis-benchmark redis-check-aof redis-check-rdb
redis-server reindexdb remmina renice renovate repquota resize2fs resolvconf restorecon rkhunter
rmlint rmmod rocm-smi rocminfo route rpcclient rpcinfo rpi-eeprom-config rpi-eeprom-update
rpi-imager rpi-update rpicam-hello rpm rsync rsyslogd rtcwake rtl_433 rtl_test rtorrent run-parts
runitor runlevel rustscan s3fs s6-svstat sa-learn sabnzbdplus sadf salt-call salt-key salt-master
salt-minion salt-run salt-ssh samba sanoid sar sas2ircu sas3ircu scanimage scp screenfetch sdparm
sealert semodule sendmail sensors sensors-detect ser2net service sestatus set-inform setcap
setenforce setfacl setfattr setquota setsebool setserial setup-alpine sfdisk sftp sg_format sg_inq
sg_logs sg_readcap sg_scan sg_ses sg_start sg_turs sgdisk shairport-sync showmount shutdown signify
slapadd slapcat slapd slappasswd slaptest smartctl smartd smbclient smbcontrol smbmap smbpasswd
smbstatus smbtree snapclient snapd snapserver snmpbulkwalk snmpd snmpget snmpset snmptable snmptrap
snmpwalk socat sox spamassassin speedtest speedtest-cli sqlcmd sqldiff sqlite3 squid squidclient ss
ssacli ssh ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan sshd sshfs sshpass sshuttle sslscan
ssmtp steamcmd step-ca stern storcli storcli64 strace streamlink stress stress-ng stty sudoedit
sudoreplay supercronic swaks swanctl swaplabel swapoff swapon sync syncoid synogroup synoservice
synoshare synouser sysctl syslog-ng systemd-ask-password systemd-cat systemd-cgls systemd-cgtop
systemd-cryptenroll systemd-detect-virt systemd-escape systemd-inhibit systemd-mount systemd-nspawn
systemd-resolve systemd-run systemd-sysusers systemd-tmpfiles systemd-umount sysupgrade tail
tailscaled tang-show-keys tarsnap taskset tcpdump tcpflow telinit telnet termshark terraform-docs
tesseract testdisk testparm testssl.sh tflint tfsec tftp tftpd timeshift tinc tincd tio tload
tlp-stat tor torify tracepath traceroute traceroute6 transmission-cli transmission-create
transmission-daemon transmission-edit transmission-remote transmission-show tshark tune2fs turbostat
udhcpc uhubctl ulimit umount uname unattended-upgrade unattended-upgrades unbound unbound-anchor
unbound-checkconf unbound-host unison update-alternatives update-ca-certificates update-grub
update-initramfs upnpc upower upsc upscmd upsd upslog upsmon upsrw uptime usb-devices usbreset
useradd userdel usermod users usql v4l2-ctl vacuumdb vainfo valkey-server varnishlog varnishstat
vdpauinfo ventoy veracrypt vgcfgbackup vgcfgrestore vgchange vgcreate vgdisplay vgexport vgextend
vgimport vgreduce vgremove vgrename vgs vgscan victoria-metrics vigr vipw virt-builder virt-cat
virt-clone virt-copy-in virt-copy-out virt-customize virt-df virt-edit virt-filesystems
virt-host-validate virt-inspector virt-install virt-ls virt-manager virt-rescue virt-resize
virt-sparsify virt-sysprep virt-top virt-v2v virt-viewer virt-what virt-xml virt-xml-validate visudo
vlc vmalert vmstat vncserver vncviewer vnstat vpnc vsftpd vulkaninfo vzdump w3m wakeonlan watchtower
wavemon wayvnc wbinfo websocat wget wget2 whois wine winetricks wipefs wireguard-go wireshark wol
wpa_passphrase wpa_supplicant wrk x11vnc xbps-install xbps-query xbps-remove xfreerdp xfs_growfs
xfs_info xfs_quota xfs_repair xh xorriso xrdp xtrabackup yay youtube-dl yt-dlp yubikey-agent
zabbix_agent2 zabbix_agentd zabbix_get zabbix_sender zabbix_server zdb zed zfs-auto-snapshot zmap
znapzend zramctl
"""
# Programs that no home-lab verb would replace: changing folders, files, editors, pagers, text
# filters, version control, build tools of developers, and the shell's own commands.
_EVERYDAY = """
asciinema: auth cat convert play rec session stream upload
asdf: current global install list local plugin reshim uninstall update where which
atuin: account daemon doctor gen-completions history import info init key login logout register
  search server stats status sync
bazel: build clean query run test
brew: autoremove bundle cask cleanup commands config deps doctor edit fetch info install leaves link
  list log missing outdated pin reinstall search services shellenv tap uninstall unlink unpin untap
  update upgrade uses
brew services: cleanup info kill list restart run start stop
bun: add build create dev init install link outdated pm publish remove run test update upgrade x
bundle: add check config exec init install list lock outdated show update
bundler: =bundle
cabal: build install repl run update
cargo: add audit bench binstall build check clean clippy doc fetch fix fmt init install metadata new
  nextest outdated publish remove run search test tree uninstall update upgrade version
chezmoi: add apply cd data destroy diff doctor edit forget git init merge purge re-add source-path
  status update
claude: config doctor install mcp update
code: serve-web tunnel
codex: exec login logout mcp resume
composer: create-project dump-autoload global install outdated remove require self-update show
  update validate
conda: activate clean config create deactivate env info init install list remove run search update
corepack: disable enable prepare use
dconf: dump list load read reset write
deno: add bench bundle cache check compile eval fmt install lint repl run serve task test upgrade
direnv: allow deny edit exec reload revoke status
dotnet: add build clean new nuget pack publish restore run test tool
fisher: install list remove update
fnm: current default env install list use
gem: build cleanup contents env info install list outdated search uninstall update
gh: alias api attestation auth browse cache codespace completion config extension gist gpg-key issue
  label org pr preview project release repo ruleset run search secret ssh-key status variable
  workflow
gh auth: login logout refresh setup-git status switch token
gh cache: delete list
gh gist: clone create delete edit list rename view
gh issue: close comment create delete develop edit list lock pin reopen status transfer unlock unpin
  view
gh pr: checkout checks close comment create diff edit list lock merge ready reopen review status
  unlock update-branch view
gh release: create delete delete-asset download edit list upload verify view
gh repo: archive clone create delete edit fork gitignore license list rename set-default sync
  unarchive view
gh run: cancel delete download list rerun view watch
gh secret: delete list set
gh variable: delete get list set
gh workflow: disable enable list run view
git: add am annotate apply archive bisect blame branch bundle cat-file check-ignore checkout
  cherry-pick clean clone commit config count-objects credential describe diff difftool fetch
  filter-branch filter-repo flow format-patch fsck gc grep gui help init lfs log ls-files ls-remote
  ls-tree maintenance merge merge-base mergetool mv notes prune pull push range-diff rebase reflog
  remote repack replace request-pull rerere reset restore rev-list rev-parse revert rm shortlog show
  show-ref sparse-checkout stage stash status submodule subtree switch symbolic-ref tag update-index
  update-ref verify-commit verify-tag version whatchanged worktree
git bisect: bad good log next replay reset run skip start
git lfs: env fetch fsck install lock locks logs ls-files migrate prune pull push status track
  uninstall unlock untrack update
git remote: add get-url prune remove rename rm set-branches set-head set-url show update
git stash: apply branch clear create drop list pop push save show store
git submodule: absorbgitdirs add deinit foreach init set-branch set-url status summary sync update
git worktree: add list lock move prune remove repair unlock
glab: alias api auth ci completion config issue label mr release repo schedule snippet ssh-key
  variable
glab ci: artifact cancel config delete get lint list retry run status trace trigger view
glab issue: board close create delete list note reopen subscribe unsubscribe update view
glab mr: approve approvers checkout close create delete diff for issues list merge note rebase
  reopen revoke subscribe todo unsubscribe update view
glab repo: archive clone contributors create delete fork list mirror search transfer view
go: build clean doc env fix fmt generate get install list mod run telemetry test tool version vet
  work
go mod: download edit graph init tidy vendor verify why
golangci-lint: fmt run
gradle: assemble build check clean tasks test
gsettings: get list-keys list-recursively list-schemas reset set
hatch: build clean config dep env fmt new publish run shell status test version
hg: add commit diff log pull push status update
hugo: build config convert deploy env gen import list mod new server version
hyprctl: clients dispatch keyword monitors reload version workspaces
jj: abandon bookmark commit describe diff edit git log new op rebase show split squash st status
  undo
jupyter: console kernelspec lab nbconvert notebook
k9s: help info version
llm: chat keys logs models prompt
make: all build check clean dist distclean install test uninstall
mamba: =conda
meson: compile configure dist init install setup test
mise: activate doctor exec install list ls outdated plugins prune run self-update set settings tasks
  trust uninstall up upgrade use watch where which
mix: compile deps ecto format new phx run test
mkdocs: build get-deps gh-deploy new serve
mvn: clean compile deploy install package test verify
npm: access audit cache ci config create dedupe deprecate exec explain explore fund i info init
  install link list login logout ls outdated pack ping prefix prune publish rebuild remove repo root
  run run-script search start stop test uninstall unlink update version view whoami
nvm: alias current install list ls ls-remote uninstall use which
oh-my-posh: init upgrade
omz: changelog plugin reload theme update version
pdm: add build init install list lock remove run sync update
pip: cache check config debug download freeze hash help index inspect install list lock search show
  uninstall wheel
pip3: =pip
pipenv: check graph install lock run shell sync uninstall update
pipx: ensurepath environment inject install install-all list pin reinstall reinstall-all run runpip
  uninject uninstall unpin upgrade upgrade-all
pnpm: add approve-builds audit build config create deploy dev dlx exec fetch i import init install
  link list outdated pack prune publish rebuild remove run setup start store test up update why
poetry: add build cache check config env export init install list lock new publish remove run self
  shell show update version
port: clean installed search selfupdate uninstall upgrade
pre-commit: autoupdate clean gc install install-hooks run uninstall
pyenv: commands exec global init install local rehash root shell uninstall update version versions
  which
rails: console db destroy generate new routes runner server test
ruff: check clean format rule server version
rustup: check component default doc install override run self show target toolchain uninstall update
stack: build exec ghci install run setup test
starship: config explain init preset toggle
svn: add checkout cleanup commit diff export info log revert status switch update
swift: build package run test
tea: actions admin branches clone comment issues labels login logout milestones notifications open
  organizations pulls releases repos times webhooks whoami
tig: blame grep log reflog show stash status
tmux: a attach attach-session detach has-session kill-server kill-session kill-window list-sessions
  ls new new-session new-window rename-session send-keys source source-file split-window
tmuxinator: edit list new start stop
uv: add auth build cache export format help init lock pip publish python remove run self sync tool
  tree venv version
uv pip: check compile freeze install list show sync tree uninstall
uv python: dir find install list pin uninstall update-shell upgrade
uv tool: dir install list run uninstall update-shell upgrade
vite: build dev preview
vitest: run watch
volta: install list pin uninstall
yadm: add alt bootstrap clone commit decrypt diff encrypt init pull push status
yarn: add audit build cache config create dev dlx exec global info init install link list outdated
  pack publish remove run start test upgrade why workspace workspaces
zellij: action attach delete-session kill-session list-sessions ls options run setup
zig: build cc fmt init run test
zoxide: add edit import init query remove
"""
_EVERYDAY_PLAIN = """
7z 7za 7zz Rscript abbr abduco ack ag alias apropos ar arch ash autoconf autojump automake
autoreconf awk b2sum b3sum base32 base64 basename basenc bash bat batcat bc bg bind bindkey black
bpytop broot bsdtar btm btop builtin bunx bunzip2 busybox byobu bzcat bzip2 cat cc cd chgrp chmod
chown chromium chroot cksum clang clang-format clear cls cmake cmatrix cmp codium colordiff column
comm command compgen complete cowsay cp cpio csh csplit csvcut csvlook ctest ctop cut dasel dash dc
declare delta diff dirname dirs disown doas dos2unix dotenv dtach echo ed egrep elixir emacs
emacsclient enable entr env envsubst erl eslint eval evince ex exa exec exit expand expect export
expr eza factor fakeroot fallocate false fc fd fdfind feh fg fgrep figlet file find fish
fish_add_path fish_config flake8 fmt fold fortune funced funcsave functions fx fzf g++ gawk gcc gdb
gedit getconf ghc gitui gmake gofmt gojq google-chrome gotop grep gsed gunzip gzip hash hd head
hexdump history htop hx hyperfine i3-msg iconv id iex install ipython isort j jar java javac jest
jless jo jobs join jq just kak kill ksh l la lazydocker lazygit ld ldd less let lf ll ln loadkeys
local locale locale-gen locate logout lolcat ls lsd lua luajit lz4 lzma man mawk mcedit mcfly md5sum
miller mkdir mkfifo mknod mksquashfs mktemp mlocate mlr more mv mypy nano nautilus ncdu nl nnn node
nodejs nohup nox nproc npx nsenter nu numfmt nvim objdump od open parallel passwd paste patch
patchelf pbcopy pbpaste perl php-cs-fixer pico pigz pkexec plocate popd prettier printenv printf
pushd pv pwd pwsh pylint pyright pytest python python2 python3 rake rar read readelf readlink
readonly realpath rename reset return rev rg rm rmdir run0 rustc screen script scriptreplay sdiff
sed seq set setopt setsid setxkbmap sh sha1sum sha256sum sha512sum shellcheck shfmt shift shopt
shred shuf sk sl sleep sort source split startx stat stdbuf stow string strings strip su subl sudo
swaymsg sxiv tac tar task tcsh tee thunar time timeout tldr toilet top touch tox toybox tput tr trap
trash trash-list trash-put tree true truncate tsc tsx tty type typeset ugrep umask unalias unbuffer
unexpand uniq unix2dos unlink unrar unset unshare unsquashfs unxz unzip unzstd updatedb uvx valgrind
vared vdir vi viddy view vifm vim vimdiff virtualenv w wait watch wc whatis whence where whereis
which who whoami wl-copy wl-paste xargs xclip xdg-open xdotool xmllint xmlstarlet xmodmap xonsh
xrandr xsel xset xsv xxd xxhsum xz xzcat yazi yes yq z zathura zcat zgrep zi zip zipinfo zless zsh
zstd zstdcat
"""

_TREE: dict[str, frozenset[str]] = {}  # by program, and by program with subcommands
_DAILY: set[str] = set()


def _rows(table: str) -> dict[str, str]:
    """The subcommands of each line, by the text before its colon."""
    lines = table.strip().replace("\n  ", " ").splitlines()
    return {name: words for name, _, words in (line.partition(": ") for line in lines)}


def _fill() -> None:
    """Parse the tables, once per process."""
    everyday = _rows(_EVERYDAY)
    rows = {**everyday, **_rows(_PROGRAMS)}
    for name, words in rows.items():
        if words.startswith("="):
            other, more = words[1:], ""
            while other not in rows:
                other, _, word = other.rpartition(" ")
                more += f" {word}"
            words = rows[other] + more
        _TREE[name] = frozenset(words.split())
    everyday_names = {name for name in everyday if " " not in name} | set(_EVERYDAY_PLAIN.split())
    for name in (*_PLAIN.split(), *everyday_names):
        _TREE.setdefault(name, frozenset())
    _DAILY.update(everyday_names)


def is_program(name: str) -> bool:
    """Whether a name without a path is a program or a shell's own command in the list."""
    if not _TREE:
        _fill()
    return name in _TREE and " " not in name


def subcommands(words: str) -> frozenset[str]:
    """The subcommands of a program ("docker") or of a subcommand ("docker compose"); empty if the
    list has none."""
    if not _TREE:
        _fill()
    return _TREE.get(words, frozenset())


def is_everyday(name: str) -> bool:
    """Whether a program is for everyday work that no home-lab verb would replace: files, text,
    editors, version control, development."""
    if not _TREE:
        _fill()
    return name in _DAILY
