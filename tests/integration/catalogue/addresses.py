"""Row CF03: URLs that a profile must not lead the hub to, however they are spelt."""

from __future__ import annotations

SPELT = (
    "http://127.0.0.1/", "https://127.0.0.1/", "https://127.0.0.1:{port}/", "https://127.1:{port}/",
    "https://127.0.1:{port}/", "https://127.255.255.254:{port}/", "https://2130706433:{port}/",
    "https://0x7f000001:{port}/", "https://0X7F.0.0.1:{port}/", "https://0x7f.1:{port}/", "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/", "https://0177.0.0.0x1:{port}/", "https://127.0.0.1.:{port}/",
    "https://127.0.0.1..:{port}/", "https://0/", "https://0.0.0.0:{port}/", "https://0x0:{port}/",
    "https://localhost:{port}/", "https://LOCALHOST:{port}/", "https://localhost.:{port}/",
    "https://api.localhost:{port}/", "https://[::1]:{port}/", "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::]:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/",
    "https://[0:0:0:0:0:ffff:7f00:0001]:{port}/", "https://[::127.0.0.1]:{port}/", "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b::127.0.0.1]:{port}/", "https://[64:ff9b:1::7f00:1]:{port}/", "https://[2002:7f00:1::]:{port}/",
    "https://[2002:a9fe:a9fe::1]/", "https://[::ffff:169.254.169.254]/", "https://[fe80::1]/", "https://[fe80::1%25lo]/",
    "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[100::1]/",
    "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://2852039166/",
    "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://10.0.0.1/",
    "https://10.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://0xC0A80101/", "https://100.64.0.1/",
    "https://192.0.0.192/", "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
    "https://256.1.1.1/", "https://1.2.3.4.5/", "https://0x100000000/", "https://127.0.0.0x/",
    "http://api.partner.example/", "http://8.8.8.8/",
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:{port}/_", "dict://127.0.0.1:{port}/",
    "ldap://127.0.0.1/", "unix:///var/run/docker.sock", "jar:https://127.0.0.1!/", "javascript:alert(1)",
    "data:text/plain,x", "//127.0.0.1:{port}/", "127.0.0.1:{port}", "https:127.0.0.1:{port}", "https:///127.0.0.1",
    "https://api.partner.example@127.0.0.1:{port}/", "https://127.0.0.1:{port}@api.partner.example/",
    "https://user:pass@127.0.0.1:{port}/", "https://api.partner.example\\@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@api.partner.example/", "https://api.partner.example#@127.0.0.1:{port}/",
    "https://127.0.0.1 /", "https://127.0.0.1\t/", "https://127.0.0.1%00.api.partner.example/",
    "https://%31%32%37.0.0.1:{port}/", "https://127。0。0。1:{port}/", "https://①②⑦.⓪.⓪.①:{port}/",
    "https://ⓛocalhost:{port}/", "https://[::1", "https://[127.0.0.1]:{port}/", "https://127.0.0.1:99999/",
    "https://{{host}}/", "https://${{HOST}}/",
)  # fmt: skip
"""Refused when they are saved, and connected to by no means. ``{port}`` is where something listens."""

RESOLVED = (
    "127.0.0.1", "127.0.0.53", "0.0.0.0", "10.0.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:1::1", "ff02::1", "2001:db8::1",
)  # fmt: skip
"""What a name may resolve to that is of no use to any partner: only connecting tells."""
