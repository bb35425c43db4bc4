"""Real Spark, kept awake for many small runs: python recorder.py PATH_OF_generate.py [PORT]

POST {"setup": [sql], "cases": [{"sql", "conf", "unordered"}]} gives one golden record a case, in a session of its own.
Prints the port when it listens, and ends with its standard input unless a port was given.
"""
import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[1])))
sys.dont_write_bytecode = True
import generate  # noqa: E402

os.chdir(tempfile.mkdtemp(prefix="recorder-"))
generate.FAST_CONF["spark.sql.codegen.wholeStage"] = "false"  # most of a small query's time is compiling it
RUNNER = generate.Runner(os.getcwd())


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        session = RUNNER.open()
        for sql in asked["setup"]:
            session.sql(sql)
        answers = [RUNNER.run(session, {"conf": {}, "unordered": False, **case}) for case in asked["cases"]]
        RUNNER.close(session)
        body = json.dumps(answers).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


SERVER = HTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
if len(sys.argv) < 3:
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(SERVER.server_address[1], flush=True)
SERVER.serve_forever()
