# SPDX-License-Identifier: MIT
"""Shared by the scripts of this folder: a network and a mount namespace of their own, a
sender of SIP, and sipglass in it.

Each script is called with the program to test. Without root, or without what a script
needs, it says so and exits with 77. Nothing outside of its namespaces is changed, so that
several may run at a time."""

import atexit
import fcntl
import os
import pty
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 20  # s for what takes a moment: a busy machine is no fault
SOON = 3       # s for what takes a second at most, on a machine that has time for it
TOLD = re.compile(r"(\d+) packets captured, (\d+) SIP messages in them; "
                  r"dropped: (\d+) by the kernel, (\d+) by the interface")
failures = []


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def check(right, text):
    if not right:
        failures.append(text)
        print("FAILED: %s" % text, flush=True)


def finish():
    """The last line of each script."""
    print("%d failures" % len(failures) if failures else "all as it should be")
    sys.exit(1 if failures else 0)


def start(*tools):
    """The first: go into namespaces of our own. Returns the program."""
    if not sys.platform.startswith("linux"):
        skip("namespaces are of Linux")
    if os.geteuid() != 0:
        skip("namespaces take root")
    for tool in ("unshare", "ip") + tools:
        if not shutil.which(tool):
            skip("no %s here" % tool)
    program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "./sipglass")
    if "SIPGLASS_FAULTS" not in os.environ:
        inside = ["unshare", "--net", "--mount", "--propagation", "private"]
        if subprocess.run(inside + ["true"], stderr=subprocess.DEVNULL).returncode:
            skip("namespaces are not allowed here")
        os.environ["SIPGLASS_FAULTS"] = "1"
        os.environ.pop("SUDO_USER", None)  # who runs it: nobody
        os.execvp("unshare", inside + [sys.executable, "-B"] + sys.argv)
    os.environ["HOME"] = folder()  # no configuration is read, and none of anyone written
    for name in ("XDG_CONFIG_HOME", "SIPGLASSRC"):
        os.environ.pop(name, None)
    # in a build with sanitizers: who looks for leaks reads /proc, which is refused here
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0:verify_asan_link_order=0"
    run("ip", "link", "set", "lo", "up")
    return program


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def folder():
    """A new one that anyone may write to, gone at the end."""
    name = tempfile.mkdtemp(prefix="sipglass-faults-")
    os.chmod(name, 0o777)
    atexit.register(shutil.rmtree, name, True)
    return name


def small_disk(kilobytes):
    """A folder with room for so much."""
    name = folder()
    try:
        run("mount", "-t", "tmpfs", "-o", "mode=777,size=%dk" % kilobytes, "tmpfs", name)
    except (OSError, subprocess.CalledProcessError):
        skip("a tmpfs cannot be mounted here")
    atexit.register(subprocess.run, ["umount", "-l", name])
    return name


def has_sanitizers(program):
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


def preload(work):
    """The environment that has preload.c in the program."""
    library = os.path.join(work, "preload.so")
    compiler = os.environ.get("CC", "cc").split()
    source = os.path.join(HERE, "preload.c")
    done = subprocess.run(compiler + ["-shared", "-fPIC", "-o", library, source, "-ldl"],
                          stderr=subprocess.PIPE)
    if done.returncode:
        print(done.stderr.decode())
        skip("preload.c cannot be compiled here")
    return {"LD_PRELOAD": library}


# --- traffic


def veth(send="v0", receive="v1"):
    """A cable: what is sent into one end is captured at the other, once."""
    done = subprocess.run(["ip", "link", "add", send, "type", "veth", "peer", "name",
                           receive], stderr=subprocess.PIPE)
    if done.returncode:
        skip("no veth here: " + done.stderr.decode().strip())
    for device in (send, receive):
        # nothing else is to be sent: no neighbour discovery
        with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % device, "w") as file:
            file.write("1")
        run("ip", "link", "set", device, "arp", "off", "up")


def options(number, padding=0):
    return (("OPTIONS sip:b@192.0.2.2 SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d\r\n"
             "Max-Forwards: 70\r\n"
             "From: <sip:a@192.0.2.1>;tag=t%d\r\n"
             "To: <sip:b@192.0.2.2>\r\n"
             "Call-ID: c%d@192.0.2.1\r\n"
             "CSeq: 1 OPTIONS\r\n"
             "Subject: %s\r\n"
             "Content-Length: 0\r\n\r\n") % (number, number, number, "x" * padding)).encode()


def ethernet(message):
    """A frame of UDP from 192.0.2.1 to 192.0.2.2, without checksums."""
    udp = struct.pack("!4H", 5060, 5060, 8 + len(message), 0) + message
    ip = struct.pack("!2B3H2BH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
    ip += socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2")
    return b"\2\0\0\0\0\2" + b"\2\0\0\0\0\1" + b"\x08\0" + ip + udp


class Sender:
    """Sends calls of one OPTIONS each into one end of a cable."""

    def __init__(self, device="v0"):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((device, 0))
        self.sent = 0

    def send(self, count, padding=0, rate=5000):
        began = time.monotonic()
        for i in range(count):
            self.socket.send(ethernet(options(self.sent, padding)))
            self.sent += 1
            if rate and i % 10 == 9:
                time.sleep(max(0, began + i / rate - time.monotonic()))

    def flood(self):
        """As fast as it goes, until the function that is returned is called."""
        stop = threading.Event()

        def work():
            while not stop.is_set():
                self.send(1, rate=0)

        thread = threading.Thread(target=work)
        thread.start()
        return lambda: (stop.set(), thread.join())


# --- the program


class Sipglass:
    """It runs, and captures when the constructor returns. screen: on a pseudo terminal."""

    def __init__(self, program, *arguments, screen=False, limits=(), env=None, stdout=None,
                 wait=True, before=None, cwd=None):
        self.errors = tempfile.TemporaryFile()
        self.output = None
        self.seen = bytearray()
        self.piped = bytearray()
        self.master = None
        environment = dict(os.environ, TERM="xterm", LC_ALL="C", **(env or {}))

        def prepare():
            for what, most in limits:
                resource.setrlimit(what, (most, most))
            if screen:  # it is the controlling terminal
                os.setsid()
                os.close(os.open(os.ttyname(0), os.O_RDWR))
            if before:
                before()

        if screen:
            self.master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 30, 160, 0, 0))
            stdin = stdout = slave
        else:
            stdin = subprocess.DEVNULL
            if stdout == "pipe":
                source, stdout = os.pipe()
                self.output = stdout
                threading.Thread(target=self.drain, args=[source], daemon=True).start()
            elif stdout is None:
                stdout = self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program] + list(arguments), stdin=stdin,
                                        stdout=stdout, stderr=self.errors, cwd=cwd,
                                        env=environment, preexec_fn=prepare)
        self.pid = self.process.pid
        if isinstance(self.output, int):
            os.close(self.output)
            self.output = None
        if screen:
            os.close(slave)
            threading.Thread(target=self.watch, daemon=True).start()
        if wait:
            self.until(lambda: self.status("NoNewPrivs") == "1" or not self.runs(),
                       "it does not begin to capture")

    def drain(self, source):
        """What a good reader of a pipe does."""
        while piece := os.read(source, 1 << 20):
            self.piped += piece
        os.close(source)

    def watch(self):
        """What a terminal does with the screen."""
        try:
            while True:
                piece = os.read(self.master, 65536)
                if not piece:
                    return
                self.seen += piece
        except (OSError, TypeError):
            pass

    def text(self):
        """What was drawn until now, without control sequences."""
        return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()].|\x1b[=>]", b" ",
                      self.seen).decode(errors="replace")

    def type(self, keys):
        os.write(self.master, keys)

    def runs(self):
        return self.process.poll() is None

    def status(self, name):
        """A line of /proc/PID/status."""
        try:
            with open("/proc/%d/status" % self.pid) as file:
                for line in file:
                    if line.startswith(name + ":"):
                        return line.split(":", 1)[1].strip()
        except OSError:
            pass
        return ""

    def until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                check(False, what)
                return False
            time.sleep(0.01)
        return True

    def told(self):
        """Standard error until now."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def kill(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status; -N: killed by signal N."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            check(False, "%s: runs on after %s s" % (self.process.args, seconds))
            self.process.kill()
            return self.process.wait()

    def end(self, number=signal.SIGTERM):
        """After a moment for the last packets, ask it to end; the exit status."""
        time.sleep(0.3)
        if self.runs():
            self.kill(number)
        return self.wait()

    def written(self):
        """Standard output."""
        if not self.output:
            return self.piped
        self.output.seek(0)
        return self.output.read()

    def counted(self):
        """Packets captured, messages, dropped by the kernel, by the interface."""
        found = TOLD.search(self.told())
        check(found, "no counters at the end: %r" % self.told())
        return [int(n) for n in found.groups()] if found else [0] * 4


def messages_in(program, capture):
    """How many messages it finds in a file; None: the file is damaged."""
    done = subprocess.run([program, "-q", "--json=message", "-I", capture],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return len(done.stdout.splitlines()) if done.returncode == 0 else None
