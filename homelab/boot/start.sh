#!/bin/sh -
''':'
# The first 4096 bytes of homelab.pyz are for sh, down to `exit`, and for Python, which takes these
# lines for a string, from there on. A zip archive follows, which `python3 homelab.pyz` runs.
if [ ! -f "$0" ]; then
  echo 'homelab: sh does not say which file it reads; run homelab by its path' >&2
  exit 78
fi
if [ "${HOMELAB_START-}" != again ] && command -v python3 >/dev/null; then
  exec python3 -I -S -c 'import sys;h=open(sys.argv[1],"rb").read(4096);exec(h if len(h)>4095 else "sys.stderr.write(\"homelab: %s is not a whole copy; copy it here again\\n\"%sys.argv[1]);sys.exit(78)")' "$0" "$@"
fi
unset HOMELAB_START
for homelab in python3.14 python3.13 python3.12 python3.11 python3.10 python3.9; do
  if "$homelab" -I -S -c 'import sys;sys.exit(sys.version_info<(3,9))' </dev/null 2>/dev/null; then
    exec "$homelab" -I -S -c 'import sys;h=open(sys.argv[1],"rb").read(4096);exec(h if len(h)>4095 else "sys.stderr.write(\"homelab: %s is not a whole copy; copy it here again\\n\"%sys.argv[1]);sys.exit(78)")' "$0" "$@"
  fi
done
echo 'homelab: no Python 3.9 or newer is in PATH, as python3 or as python3.9 to python3.14;' \
  'install one, or run homelab as /path/to/python FILE' >&2
exit 78
'''
