"""Runs Python for a test in a network namespace: one JSON object a line in, {"code": ...}, one out.

Every piece of code sees what earlier ones defined; its last line, when it is an expression, is the answer.
"""
import ast
import json
import logging
import socket
import struct
import sys
import threading
import time

logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import *  # noqa: E402,F403

space = dict(globals())

for line in sys.stdin:
    request = json.loads(line)
    try:
        tree = ast.parse(request["code"])
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "test", "exec"), space)
        result = eval(compile(ast.Expression(last.value), "test", "eval"), space) if last else None
        answer = {"result": result}
    except Exception as error:  # The test is told, and decides.
        answer = {"failure": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
