import os
import sys

direct = "__file__" not in globals()  # not by `python3 FILE`: the archive has this text too
if direct:
    del sys.argv[0]
if sys.version_info < (3, 9):  # in syntax that every Python since 2.6 reads, down to the end
    if direct:
        os.environ["HOMELAB_START"] = "again"  # tells sh that this one is too old
        os.execv("/bin/sh", ["/bin/sh", "-"] + sys.argv)
    sys.stderr.write(
        "homelab: this is Python %d.%d and homelab needs 3.9 or newer; run it as"
        " python3.X FILE with a newer one\n" % tuple(sys.version_info[:2])
    )
    sys.exit(78)
try:
    archive = place = os.path.realpath(sys.argv[0])
    try:
        with open(archive, "rb") as file:
            copy = os.memfd_create("homelab")
            while os.sendfile(copy, file.fileno(), None, 1 << 24):
                pass
        low = []
        while copy < 3:  # a closed stdin, stdout or stderr: their numbers are not ours
            low.append(copy)
            copy = os.dup(copy)
        for each in low:
            os.close(each)
        if os.path.exists("/proc/self/fd/%d" % copy):
            place = "/proc/self/fd/%d" % copy
        else:
            os.close(copy)
    except (AttributeError, OSError):
        pass  # no Linux, no /proc
    sys.path[: not direct] = [place + "/site-packages"]
    sys.dont_write_bytecode = True

    from homelab.__main__ import main

    main(archive)
except KeyboardInterrupt:
    os._exit(130)
