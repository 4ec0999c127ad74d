"""Asks a name server for an address, once; the exit status says whether there was one.

Run as a file by a bare interpreter in the node's network namespace, where the cluster's DNS is.
"""

import socket
import struct
import sys

QUERY_ID = 4711
TYPE_A, CLASS_IN = 1, 1


def question(name: str) -> bytes:
    """A DNS query for the name's IPv4 address."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    header = struct.pack(">6H", QUERY_ID, 0x0100, 1, 0, 0, 0)  # recursion desired, one question
    return header + labels + b"\0" + struct.pack(">2H", TYPE_A, CLASS_IN)


def is_answer(reply: bytes) -> bool:
    """Whether a reply is to our query, without error and with at least one record."""
    if len(reply) < 12:
        return False
    query_id, flags, _, records, _, _ = struct.unpack(">6H", reply[:12])
    return bool(query_id == QUERY_ID and flags & 0x8000 and not flags & 0x000F and records)


def main(server: str, name: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        try:
            client.sendto(question(name), (server, 53))
            return 0 if is_answer(client.recv(512)) else 1
        except OSError:
            return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
