#!/usr/bin/env python3
"""terminal.py COLUMNS COMMAND...: runs it on a terminal of so many columns (and 24 lines), and prints what the terminal got."""
import fcntl, os, pty, struct, sys, termios

pid, terminal = pty.fork()
if pid == 0:
    # The size is there before the command is.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
while True:
    try:
        got = os.read(terminal, 65536)
    except OSError:  # the command has ended
        break
    if not got:
        break
    os.write(1, got.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
