"""preprocessor: what belongs to the ground floors alone. Conditional compilation is for core/ and
os/; the kernel, its headers, its calls and its EINTR, is for os/; macros are few and named BRAID_.
"""

import re

from .source import OURS, Violation, folder_of

MACROS = 5
CONDITIONS = ("if", "ifdef", "ifndef", "elif", "elifdef", "elifndef")
STANDARD = set(
    """algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat
    charconv chrono cinttypes climits clocale cmath codecvt compare complex concepts
    condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring
    ctgmath ctime cuchar cwchar cwctype deque exception execution expected filesystem format
    forward_list fstream functional future generator initializer_list iomanip ios iosfwd
    iostream istream iterator latch limits list locale map mdspan memory memory_resource mutex
    new numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span spanstream sstream stack stacktrace
    stdexcept stop_token streambuf string string_view strstream syncstream system_error thread
    tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant
    vector version""".split()
)

# A call with `::` and nothing before it is a call of C, and so is one of these names without it.
# The names are those that nobody takes for a function of his own.
GLOBAL_CALL = re.compile(r"(?<![\w>)\]])::\s*([a-z_]\w*)\s*\(")
BARE_CALL = re.compile(
    r"""(?<![\w:.>~])(syscall|mmap|munmap|mremap|mprotect|madvise|msync|mlock|ftruncate|memfd_create
    |shm_open|shm_unlink|epoll_\w+|eventfd|timerfd_\w+|signalfd|inotify_\w+|pidfd_\w+|waitpid|waitid
    |vfork|_exit|execv\w*|execl\w*|posix_spawn\w*|sched_\w+|pthread_\w+|sigaction|sigprocmask
    |sigaddset|sigemptyset|sigfillset|prctl|ioctl|fcntl|pipe2|dup2|dup3|accept4|recvmsg|sendmsg
    |socketpair|setsockopt|getpid|getppid|gettid|getrlimit|setrlimit|prlimit|clock_gettime
    |nanosleep|clock_nanosleep)\s*\(""",
    re.X,
)
NOT_CALLS = ("new", "delete", "operator", "sizeof", "alignof", "decltype")


def check_preprocessor(tree):
    for header in tree.headers():
        folder = folder_of(header.path)
        yield from _conditions(header, folder)
        yield from _defines(header)
        if folder != "os":
            yield from _kernel(header)
    yield from _count(tree)
    for source in tree.sources(OURS, ".hpp"):
        for match in re.finditer(r"\busing\s+namespace\b", source.code):
            message = "no `using namespace` in a header: name what is used"
            yield Violation(source.path, source.line(match.start()), "preprocessor", message)


def _conditions(header, folder):
    for line, name, _ in header.directives():
        if name in CONDITIONS and folder not in ("core", "os"):
            message = f"#{name} only in core/ and os/: ask for a constant of theirs"
            yield Violation(header.path, line, "preprocessor", message)


def _defines(header):
    for line, name, rest in header.directives():
        macro = re.match(r"\w*", rest).group()
        if name in ("define", "undef") and not macro.startswith("BRAID_"):
            message = f"#{name} {macro}: macros are named BRAID_..., and a constant is better"
            yield Violation(header.path, line, "preprocessor", message)


def _count(tree):
    seen = {}
    for header in tree.headers():
        for line, _, rest in header.directives():
            for macro in re.findall(r"\bBRAID_\w+", rest):
                seen.setdefault(macro, (header.path, line))
    for macro, (path, line) in list(seen.items())[MACROS:]:
        message = f"{macro} is one macro more than {MACROS} ({', '.join(seen)}): do without"
        yield Violation(path, line, "preprocessor", message)


def _kernel(header):
    def fault(line, message):
        return Violation(header.path, line, "preprocessor", message)

    for include in header.includes():
        target = include.target
        if target and not target.startswith("braid/") and target not in STANDARD:
            message = f"system header {include.spelling} only in os/: use what os/ makes of it"
            yield fault(include.line, message)
    for pattern in (GLOBAL_CALL, BARE_CALL):
        for match in pattern.finditer(header.code):
            if match.group(1) not in NOT_CALLS:
                message = f"system call {match.group(1)}() only in os/: call what os/ makes of it"
                yield fault(header.line(match.start(1)), message)
    for match in re.finditer(r"\bEINTR\b", header.code):
        yield fault(header.line(match.start()), "EINTR only in os/: let os/ retry the call")
