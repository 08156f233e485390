"""descriptors: every descriptor of the library is close-on-exec from birth.

Seen are calls that spell their flags themselves. `open`, `socket`, `pipe`, `dup`, `accept` are
names that a class may have too: they are taken for the system's with `::` before them, the first
two also if an argument is one of the system's flags."""

import re

from .source import Violation, balanced

# The call, and the flag it must have; without a flag the call is refused for the one named.
NEEDS = {
    "open": "O_CLOEXEC",
    "openat": "O_CLOEXEC",
    "creat": None,
    "socket": "SOCK_CLOEXEC",
    "socketpair": "SOCK_CLOEXEC",
    "accept4": "SOCK_CLOEXEC",
    "accept": None,
    "pipe2": "O_CLOEXEC",
    "pipe": None,
    "dup": None,
    "memfd_create": "MFD_CLOEXEC",
    "eventfd": "EFD_CLOEXEC",
    "epoll_create1": "EPOLL_CLOEXEC",
    "epoll_create": None,
    "timerfd_create": "TFD_CLOEXEC",
    "signalfd": "SFD_CLOEXEC",
    "inotify_init1": "IN_CLOEXEC",
    "inotify_init": None,
    "mkostemp": "O_CLOEXEC",
    "mkstemp": None,
    "recvmsg": "MSG_CMSG_CLOEXEC",
}
INSTEAD = {
    "creat": "open() with O_CLOEXEC",
    "accept": "accept4() with SOCK_CLOEXEC",
    "pipe": "pipe2() with O_CLOEXEC",
    "dup": "fcntl() with F_DUPFD_CLOEXEC",
    "epoll_create": "epoll_create1() with EPOLL_CLOEXEC",
    "inotify_init": "inotify_init1() with IN_CLOEXEC",
    "mkstemp": "mkostemp() with O_CLOEXEC",
}
NEVER = r"(?!)"
AMBIGUOUS = dict.fromkeys(("pipe", "dup", "accept", "creat"), NEVER)
AMBIGUOUS.update(open=r"\bO_[A-Z]+", socket=r"\b[AP]F_[A-Z]+")
CALL = re.compile(r"(?<![\w.>~])(?<!\w::)(::\s*)?\b(%s)\s*\(" % "|".join(NEEDS))
NUMBER = re.compile(r"\bsyscall\s*\(\s*(?:SYS|__NR)_(\w+)")


def check_descriptors(tree):
    for header in tree.headers():
        for line, message in _faults(header):
            yield Violation(header.path, line, "descriptors", message)


def _faults(header):
    for match in CALL.finditer(header.code):
        name, opening = match.group(2), match.end() - 1
        if _is_systems(header.code, match):
            yield from _judge(header, name, match.start(2), opening)
    for match in NUMBER.finditer(header.code):
        if match.group(1) in NEEDS:
            opening = header.code.index("(", match.start())
            yield from _judge(header, match.group(1), match.start(1), opening)
    for match in re.finditer(r"\bF_DUPFD\b", header.code):
        yield header.line(match.start()), "F_DUPFD leaks into what is executed: F_DUPFD_CLOEXEC"
    for match in re.finditer(r"\bstd::(basic_)?[io]?fstream\b", header.code):
        message = "a file stream is not close-on-exec: open a descriptor with O_CLOEXEC"
        yield header.line(match.start()), message
    for match in re.finditer(r"\bfopen\s*\(", header.code):
        call = header.text[match.start() : balanced(header.code, match.end() - 1)]
        if not re.search(r'"[rwa][^"]*e[^"]*"\s*\)$', call):
            yield header.line(match.start()), 'fopen() needs the mode letter e, as in "re"'


def _is_systems(code, match):
    name = match.group(2)
    if match.group(1):
        return True
    before = code[max(0, match.start() - 80) : match.start()]
    word = re.search(r"(\w+|\S)?\s*$", before).group(1) or ""
    keywords = ("return", "co_return", "else", "do", "case", "throw")
    if re.match(r"[\w*&>]", word) and word not in keywords and not before.endswith(" && "):
        return False  # a declaration of that name
    arguments = code[match.end() : balanced(code, match.end() - 1)]
    return re.search(AMBIGUOUS.get(name, ""), arguments) is not None


def _judge(header, name, start, opening):
    flag = NEEDS[name]
    if flag is None:
        yield header.line(start), f"{name}() makes a descriptor that leaks: {INSTEAD[name]}"
    elif not re.search(rf"\b{flag}\b", header.code[opening : balanced(header.code, opening)]):
        yield header.line(start), f"{name}() needs {flag} in the call itself"
