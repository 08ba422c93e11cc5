"""Ours: writes what src/pack.awk reads. Everything is drawn from the seed: the same seed, the same items.

make.py COUNT
"""

import os
import random
import sys

draw = random.Random(int(os.environ["BELLJAR_SEED"]))
with open(os.environ["BELLJAR_IN"] + "/items", "w") as items:
    for _ in range(int(sys.argv[1])):
        items.write(f"{draw.randint(5, 70)}\n")
