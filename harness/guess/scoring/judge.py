"""Thinks of numbers, answers the questions of the candidate on the other end of stdin and stdout, and counts them."""

import json
import os
import random
import sys

ROUNDS = 20
HIGHEST = 1000
# More than any search needs: a candidate that asks for ever is no search.
MOST = ROUNDS * HIGHEST


def end(answer):
    # The candidate has no such descriptor: what it prints is a guess, and never an answer.
    with os.fdopen(int(os.environ["BELLJAR_SCORE_FD"]), "w") as out:
        json.dump(answer, out)
    # Without what is still in the buffer of stdout: the candidate may be gone.
    os._exit(0)


def say(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:
        end({"reject": "it stopped listening"})


def guess():
    # Bounded: the candidate may send a line without an end.
    line = sys.stdin.buffer.readline(16)
    if not line:
        end({"reject": "it stopped asking"})
    if not line.strip().isdigit():
        end({"reject": "it asked for no number: %r" % line})
    return int(line)


# New for each try, the same for both sides of a comparison, and nothing that the candidate knows.
numbers = random.Random(os.environ["BELLJAR_SEED"])
questions = 0
for _ in range(ROUNDS):
    number = numbers.randint(1, HIGHEST)
    say("between 1 %d" % HIGHEST)
    while True:
        questions += 1
        if questions > MOST:
            end({"reject": "more than %d questions" % MOST})
        asked = guess()
        say("right" if asked == number else "higher" if asked < number else "lower")
        if asked == number:
            break
end({"score": questions / ROUNDS, "metrics": {"rounds": ROUNDS}, "explanation": "%d questions" % questions})
