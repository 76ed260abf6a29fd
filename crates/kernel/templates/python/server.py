"""An HTTP server from the standard library that restarts when a file changes."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parent
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))


def index():
    return "text/html; charset=utf-8", (ROOT / "index.html").read_bytes()


def current_time():
    now = datetime.now(timezone.utc).isoformat()
    answer = {"time": now, "python": sys.version.split()[0]}
    return "application/json", json.dumps(answer).encode()


ROUTES = {"/": index, "/api/time": current_time}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        route = ROUTES.get(self.path.split("?")[0])
        if route is None:
            self.answer(404, "text/plain; charset=utf-8", b"There is no such page.\n")
        else:
            self.answer(200, *route())

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve():
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    print(f"Ready at http://localhost:{PORT}/", flush=True)
    server.serve_forever()


def changed_at():
    return max(path.stat().st_mtime_ns for path in ROOT.glob("**/*.py"))


def watch():
    """Runs the server in a child process, and a new one after every change."""
    while True:
        before = changed_at()
        child = subprocess.Popen([sys.executable, __file__, "--serve"])
        try:
            while changed_at() == before:
                time.sleep(0.5)
        finally:
            child.terminate()
            child.wait()
        print("A file changed, restarting", flush=True)


if __name__ == "__main__":
    try:
        serve() if "--serve" in sys.argv else watch()
    except KeyboardInterrupt:
        pass
