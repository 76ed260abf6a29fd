#!/usr/bin/env python3
"""Records sessions of real programs as asciicast v2 files beside this script.

    record.py            records every session
    record.py vim htop   records these

Times are not kept: what matters is the order of output and resizes.
"""

import codecs
import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = pathlib.Path(__file__).parent
BYTES_MAX = 95_000

NUMBERS = "".join(f"{n} the quick brown fox {'=' * (n % 90)} jumps\n" for n in range(400))
SOURCE = "".join(
    f"def f{n}(x):\n\t'''Grüße, 世界 {n} 🎉'''\n\treturn x * {n}  # {'long comment ' * (n % 9)}\n\n"
    for n in range(60)
)
PROGRESS = r"""
import sys, time
for n in range(101):
    bar = '█' * (n // 2) + '░' * (50 - n // 2)
    sys.stdout.write(f'\r\x1b[2K\x1b[32m{bar}\x1b[0m {n:3}% \x1b[2m{n * 13} kB/s\x1b[22m')
    sys.stdout.flush()
    time.sleep(0.005)
print()
for n in range(30):
    print(f'\x1b[38;5;{n + 16}m{n}\x1b[0m \x1b[48;2;{n * 8};40;90mtrue colour\x1b[K\x1b[0m')
"""
SPINNER = r"""
import sys, time
print('\x1b]0;npm install\x07', end='')
names = ['react', 'react-dom', 'vite', 'typescript', '@xterm/xterm', 'left-pad']
for n in range(90):
    frame = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[n % 10]
    sys.stdout.write(f'\x1b[1G\x1b[0K\x1b[36m{frame}\x1b[39m reify:\x1b[1m{names[n % 6]}\x1b[22m: '
                     f'timing reifyNode:node_modules/{names[n % 6]} Completed in {n * 7}ms')
    if n % 17 == 0:
        sys.stdout.write('\r\x1b[K\x1b[33mnpm\x1b[39m \x1b[1;30;43mwarn\x1b[0m deprecated '
                         f'{names[n % 6]}@1.0.{n}: this version is no longer supported, please upgrade '
                         'to the newest one as soon as you can\n')
    sys.stdout.flush()
    time.sleep(0.005)
print('\x1b[1G\x1b[0K\nadded 312 packages, and audited 313 packages in 4s\n')
print('\x1b]8;;https://docs.npmjs.com/\x1b\\docs\x1b]8;;\x1b\\ \x1b[4:3m\x1b[58:2::255:0:0mcurly\x1b[0m')
"""

# Per session: columns, rows, command, and steps: text to type, (columns, rows), or seconds.
SESSIONS = {
    "vim": (80, 24, "vim -u NONE -N -c 'syntax on' -c 'set nu mouse=a' source.py", [
        0.6, "ggjjjjA  # typed\x1b", 0.2, "yyp5dd:split\r", 0.3, "\x04\x04", 0.2, (100, 30), 0.4,
        "/return\rnnn", 0.2, "ihello 世界 \x1b", 0.2, (60, 20), 0.4, ":q!\r", 0.3, "u\x12vjjj", 0.3, ":\x15help\r", 0.5,
        "\x06\x06", 0.3, ":qa!\r", 0.3,
    ]),
    "htop": (90, 24, "sh -c 'for n in 1 2 3 4 5 6 7 8; do sleep 9$n & done; htop -d 3'", [1.2, "\x1b[B\x1b[B", 0.5, (110, 30), 0.8, "t", 0.5, "q", 0.3]),
    "less": (80, 24, "less -R numbers.txt", [
        0.4, "   ", 0.3, "/99\rnn", 0.3, (60, 20), 0.4, "G", 0.3, "bb", 0.2, "q", 0.3,
    ]),
    "tmux": (100, 30, "tmux -f /dev/null -L stead-recording new-session 'bash --norc'", [
        0.6, "ls -la --color\r", 0.4, '\x02"', 0.5, "seq 1 50\r", 0.3, "\x02%", 0.5, "echo tmux 世界\r", 0.4,
        (80, 24), 0.6, "\x02[", 0.2, "\x1b[5~", 0.2, "q", 0.2, "\x02d", 0.4,
    ]),
    "progress": (80, 24, "python3 progress.py", [1.5]),
    "install": (72, 20, "python3 spinner.py", [0.25, (50, 18), 0.3, (90, 22), 1.0]),
    "shell": (80, 24, "bash --norc --noprofile", [
        0.4, "cat numbers.txt | head -120\r", 0.5, (61, 24), 0.4, "ls --color -la /usr/bin | head -40\r", 0.4,
        "echo some long command line that will wrap around because it is longer than the terminal is wide \x01\x1bf\x1bf\x0b\r",
        0.3, (100, 15), 0.3, "\x0c", 0.2, "printf '\\e[5;10r\\e[6;1Hinside\\n\\n\\n\\n\\nmargins\\e[r'\r", 0.3,
        (100, 40), 0.3, "tput smacs; echo lqqqk; tput rmacs; clear; seq 1 60\r", 0.4, (40, 10), 0.3, (120, 40), 0.3, "exit\r", 0.3,
    ]),
}


def size(fd, cols, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def record(name, directory):
    cols, rows, command, steps = SESSIONS[name]
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(directory)
        environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": directory, "PS1": "$ ",
                       "PATH": os.environ["PATH"], "COLORTERM": "truecolor"}
        time.sleep(0.1)
        # A machine of its own, so that no name or process of this one is recorded.
        inside = f"hostname box; exec {command}"
        os.execvpe("unshare", ["unshare", "-upf", "--mount-proc", "sh", "-c", inside], environment)
    size(fd, cols, rows)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    events, total = [], 0

    def drain(seconds):
        nonlocal total
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([fd], [], [], left)[0]:
                return
            try:
                data = os.read(fd, 65536)
            except OSError:
                return
            if not data:
                return
            total += len(data)
            text = decoder.decode(data)
            if events and events[-1][1] == "o":
                events[-1][2] += text
            else:
                events.append([0, "o", text])

    for step in steps:
        if isinstance(step, str):
            os.write(fd, step.encode())
        elif isinstance(step, tuple):
            events.append([0, "r", f"{step[0]}x{step[1]}"])
            size(fd, *step)
        else:
            drain(step)
    drain(0.3)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)
    os.close(fd)
    header = {"version": 2, "width": cols, "height": rows, "title": name}
    lines = [json.dumps(header)] + [json.dumps(it, ensure_ascii=False) for it in events]
    (HERE / f"{name}.cast").write_text("\n".join(lines) + "\n")
    print(name, total, "bytes")
    assert total < BYTES_MAX, "too large to commit"


def main():
    with tempfile.TemporaryDirectory() as directory:
        for file, text in [("numbers.txt", NUMBERS), ("source.py", SOURCE), ("progress.py", PROGRESS), ("spinner.py", SPINNER)]:
            pathlib.Path(directory, file).write_text(text)
        for name in sys.argv[1:] or SESSIONS:
            record(name, directory)
        subprocess.run(["tmux", "-L", "stead-recording", "kill-server"], check=False, capture_output=True)


main()
