"""Pure: the public list of long options: options of several programs, or of one that home labs use
often. Other long options in a history are not shown by name, because a secret may look like one.
"""

from __future__ import annotations

_NAMES = """
abbrev abbrev-ref abi abort above accept-all accept-dns accept-hosts accept-paths accept-routes
access access-token account account-key account-name action activate active add add-link
add-my-sob add-repo add-rich-rule add-service add-to addcurrent addr address addresses
addworkspace admin advertise-exit-node advertise-routes after after-context agent aggressive album
algorithm alias align all all-branches all-commits all-containers all-devices all-extras all-files
all-headers all-inactive all-namespaces all-tags allow allow-dirty allow-discards allow-move
allow-unconfigured alphaout always-make amend analysis analyze and annotate annotate-stdin apache
api api-group api-key api-prefix app app-id apparent-size append apply approve arch archive arg
arg-file args armor artist as ascii asdeps asexplicit ask ask-become-pass aslookup assemble
assetnote-wordlist assignee assumeyes async at attach attr attribute attribute-walk attributes
audio audio-format audio-quality audit-level auth auth-type authentication authfile author auto
auto-open-devtools-for-tabs auto-orphans auto-prune auto-select autoconsole autoremove autostart
availability-zone available average aws-account-id az-cli-auth background backup backupdir
badbytes bar bare base base-path base32 base64 basedir basefolder basic batch battery baud
baudrate bbox become before before-context benchmark best bg bin binary binary-files bind bios
bitrate block board body body-file bookmark boot boot-directory bootstrap branch branches brief
brightness browse browser browser-auth bruteforce bs bssid bucket build build-arg build-dir
builder buildkitd-flags bundle bus button button-no-terminal bwlimit by-file byengine byfmt bytes
bytype ca ca-key cache cached calendar capabilities caption capture card-edit cask cat cc cdrom
cert cert-expiry certificate certificate-arn change change-interface changelog channel channels
characters chars charset chart chat check check-chars check-data-csum checkout checks checksum
chgexit children chroot cipher city class classify clean cleanup clear clear-cache clear-env
cleared clearsign client client-id client-secret clip clipboard clone close closed cluster
cluster-name cmd code codegen collection colocate color colors cols column columns comm command
comment comment-lines comments commit committer compact compile component compose compress
concurrency config config-file config-path configfile configuration configure conflict connect
connectivity-only console consumer-key consumer-secret containall container containers contains
content contents context continue continue-on-error continuous controller convert-links convert-to
cookie copy copy-links copy-to core cores correct-email correct-name cors count country coverage
cpu cpu-percent cpulimit cpus create create-gpu-instance create-home create-slot crop crypted css
csv ctime current current-replicas custom-trusted-root cwd daemon daemonize dangling data
data-length data-only database datadir date days db dbname dbuser debug debugaddr decode
decompress decorate decrypt dedup-by-email deep deepen default default-compute-instance define
delay delete delete-branch delete-emptydir-data deleted delimiter demangle density dep dependency
deplist deployment deptest depth dereference desc describe description dest dest-namespace
dest-server destdir destination destroy-unreferenced-disks detach detail details dev device
dictionary diff diff-ignore-all-space diff-name-only differences dir directories directory
directory-prefix disable disable-cache disable-dependency-detection disable-web-security
disassemble disconnect disk disk-size disk-usage display display-name dist distro dither divisor
dmenu dns dns-server doc docker domain domain-name dot download download-dir download-metadata
download-only download-path downloadonly draft driver dry dry-run dryrun dsd dump dump-config
dump-header dump-settings duration edge edit editable edition editor email empty enable
enable-two-phase enabled encode encoded encoding encrypt encrypt-key end enqueue entrypoint
enumerate env env-file env-filter environment environment-overrides envs eos-on-shutdown erase
error errors escape esp-path eval event example excl exclude exclude-dir exclude-editable
exclude-rules exclude-services exclude-standard exclude-task exclude-type excluded-checks exe exec
executable execute exit-node exit-status expanded expect-status-code expire-time expiry explain
export export-all export-secret-keys exports expr expression ext extended extended-regexp
extension extensions extents extra extra-args extra-index-url extra-vars extract extract-audio
extract-to fahrenheit fail fail-not-exist fail-on-exist failed fakeroot fancy fast fast-open
fasttrack features field field-separator fields file file-system file-type filename files
files-with-matches fill filter filter-only-euser filter-pattern final-tag find find-links finger
firmware-setup first fix fixed-strings flags flash flat flavor flush folder follow follow-link
font for force force-midi force-recreate foreground fork fork-point form format formats formatter
formula fps framework freq frequency from from-file fromfile frozen fs fsync full full-gen-key
full-generate-key full-if-older-than full-path full-ref full-upgrade fullscreen fuzzy gain
generate generate-cli-skeleton generate-name geoip geometry get get-branch get-file gid gio git
git-ignore github glob global governor governors gpg-sign gpu grab grace-period graph grep
greppable group group-id groups gui guides halt handle hard hash header headers heading headless
heads health heatmap height help help-all help-cmd help-format hidden highlight hold home homepath
hookscript host hostname hostpci html httpd https-only human human-numeric-sort human-readable
hwfreq icmp icon icons id identify identity idle-toggle idlist if-not-exists iface ifconfig ignore
ignore-all-space ignore-case ignore-daemonsets ignore-length ignore-missing ignore-scripts
ignore-unfixed ignore-whitespace image images implementation import in-place include include-path
include-untracked increment incremental indent index index-url individual infected infile info
informative-errors init init-csum-tree init-extent-tree initial-branch initial-setup initialize
initrd inodes inplace input input-file input-type inputbox insecture insecure insert insert-after
insert-before inspect install install-daemon installed instance-id instance-ids interactive
interface internal interval into inventory inventory-file invert invert-check invert-match
invert-paths io ip ipv4 ipv6 is-ancestor issue issuer iterations job job-id job-name jobid jobs js
json jump jvm keep keep-daily keep-last keep-monthly keep-open keep-weekly keep-within keep-yearly
kernel key key-file keyfile keyring keyserver keywords kill kill-whom kind kitebuilder-list kty
kubeconfig kustomize kver label labels lang language last latest legacy legend length level lib
library libs license limit limit-rate limits line line-length line-number line-numbers lines link
list list-all list-all-zones list-archive list-boots list-devices list-encodings list-formats
list-generations list-genres list-gpu-instances list-hosts list-interfaces list-keys
list-languages list-modules list-options list-targets list-themes list-types list-versions listall
listcfg listen listen-host listen-port listening listfiles listinstalled live load load-restrictor
loader local local-auth local-line locale localized locallist locate-keys location lock locked log
log-file log-level logfile logical login loglevel logpriority long loop ls lsign-key lts lxcpath
mac machine machine-readable mail mailmap-file mailto main maintain manifest manifest-path market
master match match-tag materials mathlib max max-age max-args max-connection-per-host max-count
max-depth max-line-length max-parallel-hosts max-procs max-size max-used-space maxdays maximize
mem member memory memory-swap merge merged merges message metadata method metrics midi midi-clip
min minify minimal mirror missing missing-ok mkdir mode model modified modify module module-name
modules monitor monthly more mount mouse move move-home mp msgbox mtu multi multiline multiplier
name name-only named names nameserver namespace namespaced namespaces negative net net0 network
new new-instance new-name new-vault-password-file new-window newer newest-only newfile next nginx
nmap no no-act no-audio no-backup no-block no-browser no-cache no-checkout no-clobber no-commit
no-config no-create no-daemon no-default-features no-depends no-deps no-dereference no-dev no-dns
no-download no-edit no-elide no-email no-ff no-git-tag-version no-gui no-header no-hidden
no-hostname no-ignore no-include-dependencies no-index no-install no-install-recommends no-kernel
no-legend no-merges no-output no-pager no-parent no-pass no-password no-patch no-preserve
no-pretty no-progress no-prompt no-prune no-reflogs no-reload no-restore no-root no-server no-src
no-start no-stop-on-failure no-stream no-sync no-tail no-title no-undefined no-unlock-indicator
no-wall no-warn no-window-system nocolor nocommit noconfirm nodaemon node nodes nofile nogui
noheading noheadings non-interactive noop normalize nosplash not-required notes notify noview now
nowait null num number numbered numeric numeric-sort nv object-format octave off offline offset
old-email omit omit-digest-tags omit-scope on onboot once oneline online only only-binary
only-delimited only-fixed only-matching onto opacity open open-tty operator opt optimize option
optional optional-argument options or order org organization orphans os os-type ostype others otp
out out-dir out-file outdated outdir outfile output output-all output-dir output-directory
output-document output-file output-filename output-format output-mode output-name output-path
outputs override override-channels overwrite owner package package-lock-only packages padding page
page-requisites pager pages panic-on parallel parent parents parsable parse parseable parser
part-type partial partition partition-key pass-stdin passphrase passthrough passthru password
password-id password-stdin patch path path-regex path-rename path-to-restore paths pattern pause
payload pdf per-page permanent permissions persist persistent personal pgdata physical pid pidfile
pids-limit pipe pkg placeholder plain platform platforms play-pause playback player playlist-items
plugin plugin-opts po pod-selector pointer policy pool populate port portable ports position post
poweroff pre prefix presentation preserve preserve-env preset preset-mode pretty preview previous
primary print print-config print-only print-type priority private private-window proc processes
prod production products profile program progress project project-conf project-dir project-name
projects prompt prompt-interactive property proto protocol provider provision proxy proxy-server
prune prune-empty-dirs prune-old pty public public-key publish publisher purge push put put-file
python python-version qos qrcode quality quarterly queries query queue queues quiet quit radix
raid-devices random random-agent range rate raw raw-field raw-output read read-only readonly realm
reason rebase reboot recent recipient recipients-file record recreate recurse recurse-paths
recurse-submodules recursive recv recv-keys ref refactor reference references refresh
refresh-build refs regex regexp regexp-ignore-case region regions register registry reinstall
reject reject-paths rekey relative relay release releasever reload reltime remote remote-name
remote-time remotes remove remove-all remove-all-storage remove-orphans remove-service
remove-source-branch removeworkspace rename repair repeat repeated repl replace replace-text
replicas repo repoid report report-wide reporter reportformat repos repository repository-url
request required requirement requirements res reserved-space reset reset-cache resizefs resolution
resolve resource resource-arn resource-group restart restore restore-descendants restricted resume
resume-from retries retry reuseaddr rev reverse revision revisions rewrite rgb rm rmi role
role-arn role-name root root-password rootfs roots rotate round row-total rows rsh rule rule-name
rules rules-file run runtime runtime-control runtime-to-permanent runtime-version rw safe
safe-mode sandbox save save-dev saver scale scan scanners schema schema-only scissors scope scopes
score screen screenshot screentime script scripts scsi0 sdk search seconds secret section secure
seed select selector self-heal semaphores separator serial serve server service services session
set set-branch set-disabled set-enabled set-image set-upstream setopt settings setup severity sha1
sha1-name share shares shell shields-up shmems short show show-all show-current show-email
show-failed-attempts show-ips show-origin show-source show-stash show-stats show-toplevel
show-types showme shutdown shutter side-by-side sif-id sign signal signature signer-workflow
signing-key silent similar simple simplify simulate since single single-branch site size skel skip
skip-chars skip-existing skip-git skip-unavailable skip-unused skip-worktree skiplock
skiplockstorage skips sku sleep-interval slideshow slot smart snapshot snapshots-metadata snippet
socket soft solve song sort sort-amount sort-by sort-override sound source source-ip source-port
sourcemap sources sp-env-auth space spaces sparse spec special speed split squash squash-msg src
srpm ssh ssl sso stable stack staged standalone standard start start-at start-commit
start-datetime start-position start-tag stashed stat stat-only state static statistics stats
status status-filter stdin stdin-commits stdout step-name stop stop-datetime stop-position stopped
storage storage-account store str strategy strategy-option stream strict string strip strip-all
strip-comments strip-debug structure style su-mode subdomain subject subrepos subresource
subscription subtitles sudo sudo-mode suffix suite sum summarize summary super svg switch symbolic
symbols symlinks symmetric sync sync-policy synchronous syntax syslog system sysupgrade tab table
table-name tablespace-mapping tabs tag tags tail tap tarball tarballs target target-branch
target-bridge target-directory target-port target-storage task tasks tcp temperature template
tenant-id terminate terse test test-cert test-config test-framework tests text theme think
thinpool thirdparty threads threads-show three threshold throttle tiling time timeout times
timestamp timestamps timing title tls-verify to to-code token tool tool-help toolchain top topic
topology tor total totp trace track traditional transform transparent tree tree-filter tries ttl
tty type types udev udid udp uid ultra umount unavailable undo unicode unicodes unified uninstall
unique unit universal unix unix-socket unlock unreachable unreleased unset until untracked-files
unused update update-all update-cache update-path update-snapshots update-value upgradable upgrade
upgrades upload uptodate urgency uri url urls usb use use-config user user-agent user-data-dir
user-id username users uuid vacuum-size vacuum-time validate value values vanilla variable variant
vault-password-file vcs verb verbose verbose-versions verbosity verify version vg vgname vhost
view virt-type visibility vlc vm vm-bytes vmid vmstate vnc voices volume volumes volumes-from wait
warn warnings watch web webroot webroot-path wheel-dir when why width wiki wildcards window
window-size-pixels with with-filename with-local-disks with-source with-token without wordlist
words workdir worker workers workgroup working-directory workspace workspaces worktree wrap
writable-tmpfs write write-changes write-tree ws wtmp-only www www-prefix xattr xpath xyz yaml
yarn year yes yesno zero zero-superblock zero-terminated zeroconf zip zone zpaq
"""
_known: set[str] = set()


def is_public(name: str) -> bool:
    """Whether a long option (`--tail`) is in the list."""
    if not _known:
        _known.update(_NAMES.split())
    return name[:2] == "--" and name[2:] in _known
