"""Ours: judges what src/pack.awk wrote, when all of its processes are dead. Prints one answer, and nothing else to stdout."""

import json
import os
import stat


def judge(items, bins):
    if len(bins) != len(items):
        return {"reject": f"{len(bins)} bins for {len(items)} items"}
    content = {}
    for line, (size, bin) in enumerate(zip(items, bins), 1):
        # What a candidate wrote may be anything: it counts only if it is just what it should be.
        if not (bin.isascii() and bin.isdigit() and len(bin) < 10):
            return {"reject": f"bins:{line}: no number of a bin"}
        content[bin] = content.get(bin, 0) + int(size)
        if content[bin] > 100:
            return {"reject": f"bins:{line}: bin {bin} holds {content[bin]} of 100"}
    waste = 100 * len(content) - sum(content.values())
    return {"score": len(content), "metrics": {"waste": waste}, "explanation": f"{len(items)} items"}


def written(path, most=1_000_000):
    """The lines of a regular file: never a link's, never a pipe's, never too many."""
    about = os.lstat(path)
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        raise OSError("no regular file of a fitting size")
    with open(path, "rb") as file:
        return file.read(most).decode("ascii", "replace").splitlines()


with open(os.environ["BELLJAR_IN"] + "/items") as file:
    items = file.read().splitlines()
try:
    bins = written(os.environ["BELLJAR_OUT"] + "/bins")
except OSError as error:
    print(json.dumps({"reject": f"$BELLJAR_OUT/bins: {error}"}))
else:
    print(json.dumps(judge(items, bins)))
