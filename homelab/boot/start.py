import os
import sys

# the file's bytes, and where in it the modules for each Python are: build.py fills this in
SIZE, BLOCKS = 0, {}  # type: ignore[var-annotated]
direct = "__file__" not in globals()  # not by `python3 FILE`: the archive also has this text
if direct:
    del sys.argv[0]
if sys.version_info < (3, 9):  # down to the end in syntax that every Python since 2.6 reads
    if direct:
        os.environ["HOMELAB_START"] = "again"  # tells sh that this Python is too old
        os.execv("/bin/sh", ["/bin/sh", "-"] + sys.argv)
    sys.stderr.write(
        "homelab: Python %d.%d is too old: homelab needs 3.9 or newer; run it as python3.X FILE\n"
        % tuple(sys.version_info[:2])
    )
    sys.exit(78)
try:
    archive = os.path.realpath(sys.argv[0])
    sys.dont_write_bytecode = True
    torn = "homelab: %s is not a whole copy; copy it here again\n" % archive
    try:
        file = os.open(archive, os.O_RDONLY)
    except OSError:  # deleted since
        sys.stderr.write(torn)
        sys.exit(78)
    low = []
    while file < 3:  # a stream is closed; its number must not be reused
        low.append(file)
        file = os.dup(file)
    for number in low:
        os.close(number)
    mark = os.fstat(file)
    magic = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
    compiled = magic in BLOCKS
    offset, rest, size = BLOCKS[magic if compiled else b""]
    import marshal

    try:
        if mark.st_size < SIZE:
            raise EOFError
        if compiled:
            sources = b""
            block = os.pread(file, size - rest, offset + rest)
        else:
            import zlib

            sources = zlib.decompress(
                os.pread(file, size, offset), -15
            )  # raw deflate, as in zip archives
            block = sources[rest:]
        size = int.from_bytes(block[-4:], "little")
        index = marshal.loads(block[-4 - size : -4])
        module = block[slice(*index["homelab.boot.bytecode"][1:])]
        names = {"__name__": "homelab.boot.bytecode"}
        exec(marshal.loads(module) if compiled else module, names)
    except Exception:  # also after a crash, or a copy that reserves space first: zeros to the end
        sys.stderr.write(torn)
        sys.exit(78)
    names["install"](block, index, sources, file, offset, mark.st_mtime_ns, archive)  # type: ignore[operator]
    sys.path[: not direct] = []

    from homelab.__main__ import main

    main(archive)
except KeyboardInterrupt:
    os._exit(130)
