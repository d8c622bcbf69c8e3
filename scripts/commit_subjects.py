"""Check the messages of commits: `area[, area]: imperative` or a plain imperative, and a body that says why.

python scripts/commit_subjects.py                 every commit after the one from which the rule holds
python scripts/commit_subjects.py --message FILE  the message of a commit that is being made
"""

import re
import subprocess
import sys
from pathlib import Path

AFTER = "cdccfb2f75573af2fc9cdcc1fbf62c49f3274f55"
"""The commit after which the rule holds."""
LONGEST = 72

AREAS = re.compile(r"[a-z0-9_./-]+(, [a-z0-9_./-]+)*: ")
SCISSORS = "# ------------------------ >8 ------------------------"

# "adds", "added" and "adding" are no imperatives. These verbs are, though they end like them.
ENDINGS = re.compile(r"(?<!s)s$|(?<!e)ed$|freed$|agreed$|guaranteed$|ing$")
VERBS = {
    "bias",
    "bring",
    "cling",
    "embed",
    "fling",
    "focus",
    "ping",
    "ring",
    "shed",
    "sing",
    "spring",
    "string",
    "swing",
}
# A subject that begins so is a statement.
NO_VERBS = {"a", "an", "the", "no", "all", "every", "each", "it", "this"}


def mistakes(message: str) -> list[str]:
    """What is wrong with a message; nothing where it is right."""
    subject, _, rest = message.strip("\n").partition("\n")
    found = []
    if len(subject) > LONGEST:
        found.append(f"the subject has {len(subject)} characters; at most {LONGEST} are allowed")
    if subject.endswith("."):
        found.append("the subject ends with a full stop; leave it out")
    areas = AREAS.match(subject)
    verb = subject[areas.end() if areas else 0 :].split(" ")[0].rstrip(",")
    if not re.fullmatch(r"[a-z][a-z-]*", verb):
        found.append(f"the subject must be [area[, area]: ]imperative in lower case, got {verb!r}")
    elif verb in NO_VERBS or (ENDINGS.search(verb) and verb not in VERBS):
        found.append(f"the subject must begin with an imperative (add, not adds, added or adding), got {verb!r}")
    if rest and not rest.startswith("\n"):
        found.append("the second line must be empty")
    if not rest.strip():
        found.append("the body is empty; say why")
    return found


def git(*arguments: str) -> str:
    """Return what git prints."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def without_comments(message: str) -> str:
    """A message as git will keep it."""
    lines = message.partition(SCISSORS)[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def commits() -> list[str]:
    """The commits that the rule is about, without merges, the first one first."""
    known = subprocess.run(["git", "cat-file", "-e", f"{AFTER}^{{commit}}"], capture_output=True, check=False)
    if known.returncode != 0:
        print(f"commit subjects: {AFTER[:7]} is not in this clone; checking the commits that are")
    span = f"{AFTER}..HEAD" if known.returncode == 0 else "HEAD"
    return git("rev-list", "--no-merges", "--reverse", span).split()


def main(arguments: list[str]) -> int:
    """Print each mistake, and return the exit status."""
    if arguments[:1] == ["--message"] and len(arguments) == 2:
        checked = {"message": without_comments(Path(arguments[1]).read_text("utf-8"))}
    elif arguments:
        print(__doc__, file=sys.stderr)
        return 2
    elif subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, check=False).returncode != 0:
        print("commit subjects: this is no clone of git; nothing to check")
        return 0
    else:
        checked = {commit[:7]: git("show", "--no-patch", "--format=%B", commit) for commit in commits()}
    wrong = [
        f"{name}: {each}: {message.strip().partition(chr(10))[0]!r}"
        for name, message in checked.items()
        for each in mistakes(message)
    ]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
