"""leftovers: what an editor or a hurry leaves behind.

Code in a comment is recognised line by line, by its form: a `//` line that ends in `;` or `{` and
reads as a call, an assignment, a statement or the head of a block, where prose would have two words
side by side. Not looked at are `///` lines and lines indented below their `//`: those hold
examples."""

import re

from .source import CPP, Violation

SCRIPTS = (".py", ".sh", ".cmake", "CMakeLists.txt", "/run")
NOTES = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")

NAME = r"[A-Za-z_][\w.\[\]]*(?:(?:::|->|\.)~?\w+|<[^;{}]*?>)*"
CALL = rf"(?:co_await |co_return |return )?{NAME}(?:\(.*\))+"
ASSIGNMENT = rf"(?:(?:const|constexpr|static|{NAME})[&*]* ){{0,3}}{NAME} [-+*/|&^]?= \S.*"
STATEMENT = (
    r"(?:co_return|co_await|co_yield|return|throw|delete|goto)\b[^;]*"
    r"|break|continue|(?:\+\+|--)\w+"
)
BUILTIN = r"auto|bool|char|int|long|double|float|\w+_t|\w+::[\w:<>]+"
DECLARATION = rf"(?:const |static |unsigned )*(?:{BUILTIN})[&*]* \w+"
ENDED = re.compile(rf"(?:{CALL}|{ASSIGNMENT}|{STATEMENT}|{DECLARATION}(?:\(.*\)|\{{.*\}})?);$")
OPENED = re.compile(
    r"(?:(?:\} )?(?:if|for|while|switch|else|do|try|catch)\b.*"
    r"|(?:class|struct|namespace|template)\b.*|.*\)(?: const| noexcept| override)*) ?\{$"
)
CLOSED = re.compile(r"\}[);]*$|#\s*(?:include|define|if|ifdef|ifndef|endif)\b.*")
SIDE_BY_SIDE = re.compile(r"(?<![\w\"'])(\w+) +\w")
LEADING = "return co_return co_await throw new delete const auto goto sizeof".split()


def check_leftovers(tree):
    for path in tree.files:
        faults = []
        if path.endswith(CPP + SCRIPTS + (".md",)):
            faults += _text(tree, path)
        if path.endswith(CPP):
            faults += _cpp(tree.source(path))
        yield from (Violation(path, line, "leftovers", message) for line, message in faults)


def _text(tree, path):
    text = tree.text(path)
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        yield len(lines), "end the file with a newline"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "take away the white space at the end"
        note = None if path.endswith(".md") else NOTES.search(line)
        if note:
            yield number, f"{note.group()}: do it, or open an issue"


def _cpp(source):
    for number, line in enumerate(source.lines, 1):
        if "\t" in line:
            yield number, "spaces, not a tab"
        if re.search(r"[@\\]brief\b", source.comments.get(number, (0, ""))[1]):
            yield number, "no brief tag: the first sentence is the brief"
    for number, comment in source.comments.items():
        if source.is_comment_line(number) and is_code(comment.text):
            yield number, "code in a comment: delete it, or say it in words"


def is_code(comment):
    """Whether a comment's line reads as code."""
    match = re.fullmatch(r"// ?(\S.*?)\s*", comment)
    if match is None:
        return False
    line = match.group(1)
    if OPENED.fullmatch(line) or CLOSED.fullmatch(line):
        return True
    return ENDED.fullmatch(line) is not None and not _prose(line)


def _prose(line):
    """Whether words stand side by side where code has something between them."""
    rest = re.sub(r"\"[^\"]*\"", '""', line)
    declared = re.match(rf"{DECLARATION}(?=[;({{])|(?:const |static )*{NAME}[&*]* \w+(?= = )", rest)
    rest = rest[declared.end() :] if declared else rest
    return any(word not in LEADING for word in SIDE_BY_SIDE.findall(rest))
