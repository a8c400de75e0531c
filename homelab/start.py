import os
import sys

# the file's bytes, and where in it is the bytecode for which Python: build.py fills this in
SIZE, BLOCKS = 0, {}  # type: ignore[var-annotated]
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
    sys.dont_write_bytecode = True
    file = open(archive, "rb")
    if os.fstat(file.fileno()).st_size < SIZE:
        sys.stderr.write("homelab: %s is no whole copy; copy it here again\n" % archive)
        sys.exit(78)
    block = BLOCKS.get(sys.modules["_frozen_importlib_external"].MAGIC_NUMBER)
    if block:
        import marshal

        file.seek(block[0])
        codes = marshal.loads(file.read(block[1]))
        names = {"__name__": "homelab.bytecode"}
        exec(marshal.loads(codes["homelab.bytecode"][1]), names)
        names["install"](codes, archive)  # type: ignore[operator]
    else:  # the sources, from a copy in memory
        try:
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
    sys.path[: not direct] = [] if block else [place + "/site-packages"]
    file.close()

    from homelab.__main__ import main

    main(archive)
except KeyboardInterrupt:
    os._exit(130)
