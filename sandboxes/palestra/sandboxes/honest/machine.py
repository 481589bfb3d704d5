"""What programs ask of the machine: threads, children, pipes, files, clocks, signals."""

from __future__ import annotations

import dataclasses

from palestra.sandboxes.honest.programs import ROOMY, HonestProgram, python
from palestra.sandboxes.report import Level

_THREADS = """
import threading
total, lock = 0, threading.Lock()
def add():
    global total
    for _ in range(1000):
        with lock: total += 1
threads = [threading.Thread(target=add) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(total)
"""
_POOL = """
import multiprocessing as m
def square(x): return x * x
if __name__ == "__main__":
    with m.get_context("{method}").Pool(2) as pool: print(pool.map(square, range(5)))
"""
_QUEUE = """
import multiprocessing as m
def work(q): q.put("from a child")
if __name__ == "__main__":
    c = m.get_context("fork")
    q = c.Queue()
    p = c.Process(target=work, args=(q,))
    p.start(); print(q.get()); p.join(); print(p.exitcode)
"""
_EXECUTOR = """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import multiprocessing as m
def f(x): return x + 1
if __name__ == "__main__":
    with ThreadPoolExecutor(4) as e: print(list(e.map(f, [1, 2])))
    with ProcessPoolExecutor(2, m.get_context("fork")) as e: print(list(e.map(f, [3, 4])))
"""
_ASYNCIO = """
import asyncio
async def main():
    a, b = await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0.01, 2))
    p = await asyncio.create_subprocess_exec("echo", "hi", stdout=-1)
    out, _ = await p.communicate()
    print(a + b, out.decode().strip(), await asyncio.to_thread(len, "abc"))
asyncio.run(main())
"""
_SQLITE = """
import sqlite3
with sqlite3.connect("data.db") as c:
    c.execute("create table t (x)"); c.executemany("insert into t values (?)", [(i,) for i in range(100)])
c = sqlite3.connect("data.db"); print(c.execute("select sum(x) from t").fetchone())
"""
_FIFO = """
import os
os.mkfifo("pipe")
if os.fork() == 0:
    open("pipe", "w").write("through"); os._exit(0)
print(open("pipe").read()); os.wait()
"""
_ALARM = """
import signal, time
def ring(*_): raise TimeoutError
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try: time.sleep(10)
except TimeoutError: print("rang")
"""
_HANDLER = """
import os, signal
got = []
signal.signal(signal.SIGUSR1, lambda *_: got.append("usr1"))
os.kill(os.getpid(), signal.SIGUSR1)
print(got)
"""
_FORK = """
import os
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(w, b"child"); os._exit(7)
print(os.read(r, 5).decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
_TEMP = """
import os, tempfile
with tempfile.NamedTemporaryFile("w+") as f:
    f.write("t"); f.flush(); print(open(f.name).read())
with tempfile.TemporaryDirectory() as d: print(os.listdir(d))
"""
_FILES = """
import os, pathlib, shutil
pathlib.Path("a/b").mkdir(parents=True)
pathlib.Path("a/b/c").write_text("x" * 1000)
os.rename("a/b/c", "a/d"); os.symlink("d", "a/e"); os.link("a/d", "a/f"); os.chmod("a/d", 0o600)
shutil.copytree("a", "z"); print(sorted(os.listdir("z")), len(open("z/e").read()), os.stat("a/d").st_nlink)
shutil.rmtree("a"); print(os.path.exists("a"))
"""
_LOCK = """
import fcntl
with open("l", "w") as f:
    fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_UN); print("locked")
"""
_MMAP = """
import mmap
with open("m", "w+b") as f:
    f.truncate(4096); m = mmap.mmap(f.fileno(), 4096); m[:2] = b"hi"; print(m[:2])
"""
_SHARED = """
from multiprocessing import shared_memory
s = shared_memory.SharedMemory(create=True, size=1000); s.buf[0] = 7; print(s.buf[0]); s.close(); s.unlink()
"""
_CLOCK = """
import time
a, b, c = time.monotonic(), time.time(), time.process_time()
time.sleep(0.05)
print(time.monotonic() - a >= 0.05, time.time() > 1.6e9, time.process_time() - c < 0.05, time.tzname[0])
"""
_SESSION = """
import subprocess
p = subprocess.Popen(["sleep", "30"], start_new_session=True); p.kill(); print(p.wait())
"""
_LOOPBACK = """
import socket, threading
s = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=lambda: s.accept()[0].sendall(b"hello")).start()
print(socket.create_connection(s.getsockname()).recv(9))
"""
_MISSING = "import subprocess as s\ntry: s.run(['no-such'])\nexcept FileNotFoundError: print('no')"
_USER = "import os; print(os.getuid() == os.geteuid(), os.access('.', os.W_OK), os.path.isdir(os.environ['HOME']))"


def _in_namespaces(name: str, source: str, stdout: str) -> HonestProgram:
    return dataclasses.replace(python(name, source, stdout), level=Level.NAMESPACES)


MACHINE: tuple[HonestProgram, ...] = (
    python("threads", _THREADS, "8000"),
    _in_namespaces("pool of forked processes", _POOL.format(method="fork"), "[0, 1, 4, 9, 16]"),
    _in_namespaces("pool of spawned processes", _POOL.format(method="spawn"), "[0, 1, 4, 9, 16]"),
    _in_namespaces("queue between processes", _QUEUE, "from a child\n0"),
    _in_namespaces("executors", _EXECUTOR, "[2, 3]\n[4, 5]"),
    python("asyncio with a child", _ASYNCIO, "3 hi 3"),
    python("subprocess", "import subprocess as s; print(s.run(['echo', 'x'], capture_output=True).stdout)", "b'x\\n'"),
    python("subprocess by a shell", "import subprocess as s; print(s.getoutput('echo a | tr a b'))", "b"),
    python("subprocess that fails", "import subprocess as s; print(s.run(['false']).returncode)", "1"),
    python("subprocess that prints", "import subprocess as s; s.run(['echo', 'direct'])", "direct"),
    python("missing executable", _MISSING, "no"),
    python("the interpreter again", "import subprocess as s, sys; s.run([sys.executable, '-c', 'print(5)'])", "5"),
    python("child in a session of its own", _SESSION, "-9"),
    python("os.system", "import os; print(os.system('exit 3') >> 8)", "3"),
    python("fork and pipe", _FORK, "child 7"),
    python("exec", "import os; os.execvp('echo', ['echo', 'instead'])", "instead"),
    python("SQLite in a file", _SQLITE, "(4950,)"),
    python("temporary files", _TEMP, "t\n[]"),
    python("files, links and folders", _FILES, "['b', 'd', 'e', 'f'] 1000 2\nFalse"),
    python("locked file", _LOCK, "locked"),
    python("mapped file", _MMAP, "b'hi'"),
    _in_namespaces("shared memory", _SHARED, "7"),
    python("FIFO", _FIFO, "through"),
    python("alarm", _ALARM, "rang"),
    python("signal handler", _HANDLER, "['usr1']"),
    python("sleep", "import time; time.sleep(0.1); print('awake')", "awake"),
    python("clocks", _CLOCK, "True True True UTC"),
    python("a file of 10 MiB", "print(open('f', 'wb').write(b'x' * (10 << 20)))", str(10 << 20)),
    python("1000 files", "for i in range(1000): open(f'f{i}', 'w').close()\nprint(i)", "999"),
    python("200 open files", "a = [open('/dev/null') for _ in range(200)]; print(len(a))", "200"),
    python("150 MiB of memory", "print(len(b'x' * (150 << 20)))", str(150 << 20)),
    python("memory error caught", "try: bytearray(1 << 46)\nexcept MemoryError: print('caught')", "caught"),
    python("devices", "print(*open('/dev/zero', 'rb').read(3), len(open('/dev/urandom', 'rb').read(4)))", "0 0 0 4"),
    python("null device", "print(open('/dev/null', 'w').write('x'), open('/dev/null').read())", "1 "),
    python("socket pair", "import socket; a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))", "b'x'"),
    python("user and home", _USER, "True True True"),
    python("only its own file", "import os; print(os.listdir())", "['main.py']"),
    python("limits can be read", "import resource as r; print(r.getrlimit(r.RLIMIT_CORE)[0] <= 1)", "True"),
    python("number of cores", "import os; print(os.cpu_count() >= 1, len(os.sched_getaffinity(0)) >= 1)", "True True"),
    dataclasses.replace(
        python("own loopback", _LOOPBACK, "b'hello'"),
        limits=dataclasses.replace(ROOMY, loopback=True),
        level=Level.NAMESPACES,
    ),
)
